"""Many quotas at once, as somebody means them: a pasted block, a year that is spread, a period that is copied forward.

A proposal sets nothing: it is shown against what there is, and then handed to the verb.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from django.db.models import Q
from django.utils.translation import gettext as _

from crm.calendar import fiscal_calendar, periods_in
from crm.errors import Refused
from crm.models import Currency, Team, User, Workspace
from crm.money import WIDE, apportion, round_to
from crm.periods import Period, add_months
from forecasting.counting import amount_of, cells_of
from forecasting.models import CellCategory
from forecasting.quotas import Part, PeriodQuotas, counting, total
from forecasting.rows import plain_rows
from forecasting.seating import below
from forecasting.setting import Entry
from forecasting.types import ForecastType

Shape = Literal["even", "won", "quotas"]
Subject = User | Team
YEAR = 12  # months


@dataclass(slots=True)
class Proposal:
    """`unread` says what of it was not understood, in sentences."""

    entries: list[Entry]
    unread: list[str] = field(default_factory=list)


def digits_of(type: ForecastType, currency: str) -> int:
    return 0 if type.is_count else Currency.objects.get(pk=currency or Workspace.current().currency_id).digits


# ── A year, spread ─────────────────────────────────────────────────────────────────────────────────


def spread(
    subject: Subject,
    year: Period,
    amount: Decimal,
    *,
    into: str = "month",
    shape: Shape = "even",
    currency: str = "",
    type: ForecastType,
    note: str = "",
) -> Proposal:
    """`amount` over the months or quarters of a year, to the cent: evenly, or as last year was won or planned."""
    periods = [period for period in periods_in(year, fiscal_calendar()) if period.kind == into]
    weights = _weights(subject, periods, shape, type)
    if not any(weights):
        raise Refused(shape=_("There is nothing of last year to go by: spread it evenly."))
    parts = apportion(amount, weights, digits_of(type, currency))
    return Proposal(
        [Entry(subject, period, part, currency, type, note) for period, part in zip(periods, parts, strict=True)]
    )


def _weights(subject: Subject, periods: Sequence[Period], shape: Shape, type: ForecastType) -> list[Decimal]:
    if shape == "even":
        return [Decimal(len(period.months)) for period in periods]
    earlier = [_moved(period, -YEAR) for period in periods]
    if shape == "won":
        return _won(subject, earlier, type)
    kind = "person" if isinstance(subject, User) else "team"
    whole = Period(earlier[0].start, earlier[-1].end)
    parts = PeriodQuotas(whole, type).all.get((kind, subject.pk), [])
    return [_planned(parts, period) for period in earlier]


def _won(subject: Subject, periods: Sequence[Period], type: ForecastType) -> list[Decimal]:
    whole = Q(month__gte=periods[0].start, month__lt=periods[-1].end)
    whose = Q(owner_id=subject.pk)
    if isinstance(subject, Team):
        whose = Q(node_id__in=below([subject.pk], Workspace.current().today))
    cells = cells_of(type).filter(whole, whose, category=CellCategory.WON)
    by_month = dict(plain_rows(lambda: cells.values_list("month").annotate(sum_amount=amount_of(type))))
    return [sum((Decimal(by_month.get(month, 0)) for month in period.months), Decimal(0)) for period in periods]


def _planned(parts: Sequence[Part], period: Period) -> Decimal:
    """Of quotas that were set for exactly it or for parts of it; else its share of the longer one around it."""
    inside = total(counting([part for part in parts if period.start <= part.start and part.end <= period.end]))
    if inside is not None:
        return inside
    around = [part for part in parts if part.start <= period.start and period.end <= part.end]
    return sum(((part.amount or Decimal(0)) / len(part.period.months) for part in around[:1]), Decimal(0))


def _moved(period: Period, months: int) -> Period:
    return fiscal_calendar().at(add_months(period.start, months), add_months(period.end, months))


# ── A period, copied forward ───────────────────────────────────────────────────────────────────────


def copy_forward(
    subjects: Iterable[Subject], period: Period, *, percent: Decimal = Decimal(0), type: ForecastType, note: str = ""
) -> Proposal:
    """What was set in a period, for the next one of its kind, so many percent more or less."""
    known = {("person" if isinstance(each, User) else "team", each.pk): each for each in subjects}
    months = len(period.months)
    digits: dict[str, int] = {}
    proposal = Proposal([])
    for whose, parts in PeriodQuotas(period, type).all.items():
        if (subject := known.get(whose)) is None:
            continue
        for part in sorted(parts):
            if part.currency not in digits:
                digits[part.currency] = digits_of(type, part.currency)
            amount = round_to(WIDE.multiply(part.set_amount, 1 + percent / 100), digits[part.currency])
            entry = Entry(subject, _moved(part.period, months), amount, part.currency, type, note)
            proposal.entries.append(entry)
    if not proposal.entries:
        raise Refused(period=_("Nothing is set in this period to copy."))
    return proposal
