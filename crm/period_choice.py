"""The period that a page is asked for, the ones beside it, and how one gets from one to the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _

from crm.calendar import fiscal_calendar
from crm.models import Workspace
from crm.period_words import period_label
from crm.periods import YEARS, BadPeriod, Period


def asked_period(query: Mapping[str, Any], kind: str = "quarter") -> Period:
    """`?period=2026-Q4|2026-11|2026|2026-07..2026-12`, or `from` and `to`, two months; else the `kind` of today."""
    calendar = fiscal_calendar()
    first, last = query.get("from"), query.get("to")
    try:
        return calendar.parse(f"{first}..{last}" if first and last else query.get("period", ""))
    except BadPeriod:
        return calendar.period_of(kind, Workspace.current().today)


class Step(NamedTuple):
    label: str
    url: str
    is_current: bool = False


@dataclass(frozen=True)
class Calendar:
    """The chosen period, the ones beside it, and the same moment as a month, a quarter, a year."""

    query: QueryDict
    period: Period
    kinds: tuple[str, ...] = ("month", "quarter", "year")

    def _url(self, period: Period) -> str:
        query = self.query.copy()
        for name in ("from", "to", "after"):
            query.pop(name, None)
        query["period"] = period.key
        return f"?{query.urlencode(safe='.')}"

    def _beside(self, steps: int) -> Step | None:
        if not YEARS.start < self.period.start.year < YEARS.stop - 2:
            return None
        period = fiscal_calendar().beside(self.period, steps)
        return Step(period_label(period), self._url(period))

    @property
    def previous(self) -> Step | None:
        return self._beside(-1)

    @property
    def next(self) -> Step | None:
        return self._beside(1)

    @property
    def switch(self) -> list[Step]:
        names = {"month": _("Month"), "quarter": _("Quarter"), "year": _("Year")}
        today = Workspace.current().today
        day = today if today in self.period else self.period.start
        calendar = fiscal_calendar()
        return [
            Step(names[kind], self._url(calendar.period_of(kind, day)), kind == self.period.kind) for kind in self.kinds
        ]

    @property
    def is_now(self) -> bool:
        return Workspace.current().today in self.period

    @property
    def others(self) -> list[tuple[str, str]]:
        """The rest of the address, for forms that only change the period."""
        kept = {"period", "from", "to", "after"}
        return [(name, value) for name, values in self.query.lists() if name not in kept for value in values if value]
