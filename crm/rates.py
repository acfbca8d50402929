"""The verbs of rates that come in files, and of those that quotas are planned with."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from crm import events
from crm.bulk import append
from crm.calendar import fiscal_calendar, keep
from crm.changes import check
from crm.errors import Refused
from crm.jobs import LeftOut
from crm.models import Currency, ExchangeRate, FiscalPeriod, PlanRate, User, Workspace
from crm.periods import YEARS, Period
from crm.rate_files import RateLine
from crm.signals import rates_changed

# ── Files ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class RateReport:
    """What became of each rate of a file."""

    set: int = 0  # of days that had none
    corrected: int = 0  # of days that had another one
    unchanged: int = 0
    left_out: list[LeftOut] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)  # rates of currencies that there are none of here

    @property
    def written(self) -> int:
        return self.set + self.corrected

    @property
    def rows(self) -> int:
        return self.written + self.unchanged + len(self.left_out) + self.unknown.total()

    @property
    def report(self) -> list[LeftOut]:
        """One line for each row that was left out, and one for each unknown currency."""
        words = _("is not a currency here (rates left out: %(count)d)")
        return [*self.left_out, *(LeftOut(code, words % {"count": n}) for code, n in sorted(self.unknown.items()))]


@transaction.atomic
def import_rates(lines: Iterable[RateLine], *, source: str, dry_run: bool = False, by: User | None) -> RateReport:
    """Set the rates of a file. Those that are known stay as they are; of two for one day the newer row holds."""
    base = str(Workspace.current().currency_id)
    reader = _Reader(base)
    for line in lines:
        reader.read(line)
    report, rows = reader.report, reader.rows
    if dry_run or not rows:
        return report
    for row in rows:
        row.by = by
    append(ExchangeRate, rows)
    days = sorted({row.on for row in rows})
    data = {"name": source, "count": len(rows), "base": base, "from": str(days[0]), "to": str(days[-1])}
    events.record([events.event("rate.imported", Workspace.current(), by=by, is_public=True, data=data)])
    codes = sorted({row.currency_id for row in rows})
    rates_changed.send(sender=ExchangeRate, currency_ids=codes, since=days[0])
    return report


class _Reader:
    """Compares each line with what is known, and with the lines before it."""

    def __init__(self, base: str) -> None:
        self.base, self.report = base, RateReport()
        self.rows: list[ExchangeRate] = []
        self.currencies = set(Currency.objects.values_list("pk", flat=True))
        known = ExchangeRate.objects.filter(base_id=base).order_by("id")
        self.known = {(code, on): rate for code, on, rate in known.values_list("currency_id", "on", "rate")}
        self.here: dict[tuple[str, date], Decimal] = {}

    def read(self, line: RateLine) -> None:
        key = (line.currency, line.on)
        if problem := line.problem or self._problem(line):
            self.report.left_out.append(LeftOut(line.label, problem))
        elif line.currency not in self.currencies:
            self.report.unknown[line.currency or "?"] += 1
        elif key in self.here or self.known.get(key) == line.rate:
            self.report.unchanged += 1
        else:
            self.report.corrected += key in self.known
            self.report.set += key not in self.known
            self.here[key] = line.rate
            self.rows.append(ExchangeRate(currency_id=line.currency, base_id=self.base, on=line.on, rate=line.rate))

    def _problem(self, line: RateLine) -> str:
        if line.currency == self.base:
            return _("%(code)s is the base currency: its rate is 1.") % {"code": self.base}
        if line.on.year not in YEARS:
            return _("This day is too far away.")
        if self.here.get((line.currency, line.on), line.rate) != line.rate:
            return _("The file has another rate for this day above.")
        return ""


# ── Plan rates ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def set_plan_rate(*, currency: Currency, period: Period, rate: Decimal | None, by: User | None) -> PlanRate | None:
    """What quotas of the period count one unit of `currency` for; None: at the newest rate of its first day again.

    It holds for the quotas of the period and of those within it that have none of their own.
    """
    base = str(Workspace.current().currency_id)
    if currency.pk == base:
        raise Refused(currency=_("%(code)s is the base currency: its rate is 1.") % {"code": base})
    period = fiscal_calendar().at(period.start, period.end)
    if period.kind == "range":
        raise Refused(period=_("A plan rate is for a month, a quarter or a year of the fiscal calendar."))
    keep(period)
    row = FiscalPeriod.objects.select_for_update().get(kind=period.kind, starts_on=period.start)
    before = PlanRate.holding(base).filter(period=row, currency=currency).first()
    if (before.rate if before else None) == rate:
        return before
    planned = PlanRate(period=row, currency=currency, base_id=base, rate=rate, by=by)
    if rate is not None:
        check(planned)
    planned.save()
    data = {"name": currency.pk, "period": period.key, "base": base, "rate": None if rate is None else str(rate)}
    events.record([events.event("planrate.set", planned, by=by, is_public=True, data=data)])
    events.announce("forecast")
    return planned
