"""What the columns of a board are: its open stages, or the months in which its deals are expected to close."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Case, CharField, DateField, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.lookups import GreaterThanOrEqual, LessThan
from django.utils.translation import gettext as _

from crm.periods import BadPeriod, add_months, month_of, month_start, parse
from crm.templatetags.penstock import day
from pipeline.models import BY_CLOSE, Deal, Outcome, Pipeline, Stage
from pipeline.sorting import Sort
from pipeline.valuing import Totals, Valuing, totals_by, totals_of_stages

MONTHS = 6
PAST, UNDATED, LATER = "past", "undated", "later"
BEGINNING = date(1, 1, 1)


@dataclass(frozen=True, slots=True)
class Slot:
    """A column before it has cards. Its key names it in ids, in addresses, and in what the browser sends."""

    key: str
    name: str
    asked: Mapping[str, str]  # its deals, as filters have it
    stage: Stage | None = None
    days: tuple[date, date] | None = None


class SlotKind(NamedTuple):
    """Columns that one query is asked about: for each row of `each`, the deals that `narrow` leaves."""

    each: str
    values: list[Any]
    narrow: Q


class StageColumns:
    by = ""
    extra: tuple[str, ...] = ()  # what else is read of a deal

    def __init__(self, stages: Sequence[Stage] = (), sort: str = "") -> None:
        self.sort = Sort.of(sort)
        self.slots = [Slot(str(stage.pk), stage.name, {"stage": str(stage.pk)}, stage) for stage in stages]

    def kinds(self, slots: Sequence[Slot]) -> list[SlotKind]:
        stages = [slot.stage.pk for slot in slots if slot.stage]
        is_open = Q(outcome=RawSQL("'open'", []))  # for every plan: their indexes hold no others
        return [SlotKind("unnest(%s::bigint[]) AS s(id)", [stages], Q(stage=RawSQL("s.id", [])) & is_open)]

    def sums(
        self, deals: Callable[[], QuerySet[Deal]], valuing: Valuing, keys: set[str], known: Hashable | None
    ) -> dict[str, Totals]:
        stages = [int(key) for key in keys]
        if known:
            found = totals_of_stages(stages, deals, valuing, known)
        else:
            found = totals_by("stage_id", deals().filter(stage__in=stages), valuing)
        return {str(stage): totals for stage, totals in found.items()}

    def key_of(self, row: Any) -> str:
        return str(row["stage_id"])


class MonthColumns:
    """Past due, this month and the next five, no date; `start` turns to later months, which are all there is then."""

    by = "month"
    extra: tuple[str, ...] = ("expected_close_on",)

    def __init__(self, pipeline: Pipeline, sort: str, today: date, start: str) -> None:
        self.sort = Sort.of(sort, default="close")
        self.pipeline, self.today = pipeline, today
        self.is_first = (begin := _later_month(start, today)) == month_start(today)
        self.months = [add_months(begin, number) for number in range(MONTHS)]
        self.end = add_months(begin, MONTHS)
        self.slots = self._slots()

    def _slots(self) -> list[Slot]:
        months = [
            self._slot(f"{month:%Y-%m}", day(month, "MMMM"), max(month, self.today), add_months(month, 1))
            for month in self.months
        ]
        if not self.is_first:
            return months
        undated = {**self._open, "undated": "1"}
        past = self._slot(PAST, _("Past due"), BEGINNING, self.today)
        return [past, *months, Slot(UNDATED, _("No date"), undated)]

    def _slot(self, key: str, name: str, start: date, end: date) -> Slot:
        asked = {**self._open, "expected_from": start.isoformat(), "expected_before": end.isoformat()}
        return Slot(key, name, asked, days=(start, end))

    @property
    def _open(self) -> dict[str, str]:
        return {"pipeline": str(self.pipeline.pk), "outcome": Outcome.OPEN.value}

    @property
    def earlier(self) -> str | None:
        """The month that the page before starts with; empty: the first page."""
        if self.is_first:
            return None
        start = add_months(self.months[0], -MONTHS)
        return f"{start:%Y-%m}" if start > month_start(self.today) else ""

    @property
    def later(self) -> str:
        return f"{self.end:%Y-%m}"

    def kinds(self, slots: Sequence[Slot]) -> list[SlotKind]:
        days = [slot.days for slot in slots if slot.days]
        kinds = []
        if days:
            each = "unnest(%s::date[], %s::date[]) AS s(start, stop)"
            start, stop = (RawSQL(f"s.{name}", [], DateField()) for name in ("start", "stop"))
            within = Q(GreaterThanOrEqual(BY_CLOSE, start)) & Q(LessThan(BY_CLOSE, stop))
            bounds = [[start for start, _stop in days], [stop for _start, stop in days]]
            kinds.append(SlotKind(each, bounds, self._board & within))
        if len(days) < len(slots):
            kinds.append(SlotKind("(SELECT 1) AS s", [], self._board & Q(expected_close_on=None)))
        return kinds

    def sums(
        self, deals: Callable[[], QuerySet[Deal]], valuing: Valuing, keys: set[str], known: Hashable | None
    ) -> dict[str, Totals]:
        """All columns at once, and what is still later."""
        return totals_by("key", deals().filter(self._board).annotate(key=self._key()), valuing)

    @property
    def _board(self) -> Q:
        return Q(pipeline=self.pipeline, outcome=Outcome.OPEN)

    def _key(self) -> Case:
        months = [
            When(expected_close_on__lt=add_months(month, 1), then=Value(f"{month:%Y-%m}")) for month in self.months
        ]
        return Case(
            When(expected_close_on=None, then=Value(UNDATED)),
            When(expected_close_on__lt=max(self.months[0], self.today), then=Value(PAST)),
            *months,
            default=Value(LATER),
            output_field=CharField(),
        )

    def key_of(self, row: Any) -> str:
        expected: date | None = row["expected_close_on"]
        return PAST if expected and expected < self.today else month_key(expected)


Columns = StageColumns | MonthColumns


def _later_month(text: str, today: date) -> date:
    try:
        asked = parse(text).start if text else today
    except BadPeriod:
        asked = today
    return month_start(max(asked, today))


def month_key(expected: date | None) -> str:
    return f"{expected:%Y-%m}" if expected else UNDATED


def last_day_of(key: str) -> date | None:
    """The day that a drop on a month means; None for the column without a date. Raises BadPeriod."""
    return None if key == UNDATED else month_of(parse(key).start).last_day
