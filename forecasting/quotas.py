"""Quotas as the forecast counts them: those of a period, in the workspace's currency, at each one's plan rate."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from django.db.models import Case, OuterRef, Q, QuerySet, When

from crm.calendar import fiscal_calendar
from crm.models import PlanRate, Workspace
from crm.money import WIDE, round_to
from crm.periods import Period
from forecasting.models import Quota
from forecasting.rows import plain_rows
from forecasting.types import REVENUE, ForecastType

Subject = tuple[str, int]  # "person" or "team", and its id


class Part(NamedTuple):
    """One quota: `amount` in the workspace's currency (None: no rate is known), and as it was set.

    A number of deals is the same in every currency, and has none.
    """

    start: date
    end: date
    amount: Decimal | None
    set_amount: Decimal
    currency: str
    version: int

    @property
    def period(self) -> Period:
        return fiscal_calendar().at(self.start, self.end)


def subject_of(owner_id: int | None, team_id: int | None) -> Subject:
    return ("person", owner_id) if owner_id else ("team", team_id or 0)


def with_plan_rate(quotas: QuerySet[Any], currency_column: str = "currency") -> Any:
    """Annotates `plan_rate`: the period's own, else the newest not later than the quota's first day.

    Either stays while rates move, so that attainment does not wobble.
    """
    base = Workspace.current().currency_id
    told = PlanRate.told(base, OuterRef(currency_column), OuterRef("starts_on"), OuterRef("ends_on"))
    return quotas.annotate(plan_rate=Case(When(**{currency_column: base}, then=None), default=told.rate))


def in_base(amount: Decimal, currency: str, rate: Decimal | None, base: str, digits: int) -> Decimal | None:
    if currency == base:
        return amount
    return None if rate is None else round_to(WIDE.multiply(amount, rate), digits)


class PeriodQuotas:
    """All quotas of a type that lie in a period. A quarter's own quota counts before those of its months."""

    def __init__(self, period: Period, type: ForecastType = REVENUE) -> None:
        workspace = Workspace.current()
        base, digits = workspace.currency_id, workspace.currency.digits
        within = Q(starts_on__gte=period.start, ends_on__lte=period.end, unit=type.unit, family=type.family)
        found: dict[Subject, list[Part]] = defaultdict(list)
        columns = ("owner_id", "team_id", "plan_rate", "starts_on", "ends_on", "amount", "currency_id", "version")
        known = ("quotas", base, period.start, period.end, type)
        quotas = plain_rows(lambda: with_plan_rate(Quota.objects.filter(within)).values_list(*columns), known=known)
        for owner, team, rate, start, end, amount, currency, version in quotas:
            worth = amount if type.is_count else in_base(amount, currency, rate, base, digits)
            found[subject_of(owner, team)].append(Part(start, end, worth, amount, currency or "", version))
        self.all = dict(found)
        self.parts = {subject: counting(parts) for subject, parts in found.items()}

    def of(self, subject: Subject) -> list[Part]:
        return self.parts.get(subject, [])

    @property
    def not_convertible(self) -> int:
        """How many count nowhere for want of a rate."""
        return sum(part.amount is None for parts in self.parts.values() for part in parts)


def overlapping(parts: Iterable[Part], others: Sequence[Part]) -> list[Part]:
    """Those of `parts` that share a day with one of `others`."""
    return [part for part in parts if any(part.start < other.end and other.start < part.end for other in others)]


def merged(own: Sequence[Part], below: Sequence[Part]) -> Sequence[Part]:
    """What a team owes: its own quotas, and where it has none those of everybody below."""
    if not own:
        return below
    replaced = overlapping(below, own)
    return [*own, *(part for part in below if part not in replaced)]


def difference(own: Sequence[Part], below: Sequence[Part]) -> Decimal | None:
    """Quotas below less the team's own, signed, over the time of its own; None where there is nothing to compare."""
    if not own:
        return None
    members, mine = total(overlapping(below, own)), total(own)
    return None if members is None or mine is None else members - mine


def beside(part: Part, parts: Iterable[Part]) -> Decimal | None:
    """What the months of a quarter come to less its own quota, signed: shown, never counted. None: no months."""
    within = [each for each in parts if each is not part and part.start <= each.start and each.end <= part.end]
    months = total(within)
    return None if months is None or part.amount is None else months - part.amount


def counting(parts: Iterable[Part]) -> list[Part]:
    """The longest first; what lies within one that counts already does not count again."""
    parts = sorted(parts)
    for before, after in pairwise(parts):
        if before.end > after.start:
            break
    else:
        return parts
    taken: list[Part] = []
    for part in sorted(parts, key=lambda part: (part.start - part.end, part.start)):
        if not overlapping([part], taken):
            taken.append(part)
    return taken


def total(parts: Iterable[Part]) -> Decimal | None:
    """Null where nothing was set."""
    amounts = [part.amount for part in parts if part.amount is not None]
    return sum(amounts, Decimal(0)) if amounts else None
