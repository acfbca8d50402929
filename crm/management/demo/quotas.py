"""A quota for every seller, team and region in every month, some of them revised on the way."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.db.models.functions import TruncMonth

from crm.management.demo.company import Demo, Seller, Territory
from crm.models import Team, User
from crm.periods import add_months, month_of, quarter_of
from forecasting.actions import set_quota
from forecasting.types import COUNT, ForecastType
from pipeline.models import Deal, Outcome

BACK = 24
NOTES = ["After the mid-year review", "Two sites moved to next year", "New framework agreement", "Region’s plan raised"]


def plan(demo: Demo) -> None:
    """Quotas that history makes believable: near what was won around that month, over what each usually reaches."""
    won = _won()
    months = list(_months(demo.today))
    of_region: dict[int, dict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for territory in demo.territories:
        head = next(head for team, head in demo.regions if team.pk == territory.team.parent_id)
        for month, amount in _plan_team(demo, territory, head, won, months).items():
            assert territory.team.parent_id is not None
            of_region[territory.team.parent_id][month] += amount
    for region, _head in demo.regions:
        for month in months:
            _set(demo, of_region[region.pk][month], month, by=demo.director, team=region)
    _plan_other_types(demo, of_region)


def _plan_other_types(demo: Demo, of_region: dict[int, dict[date, Decimal]]) -> None:
    """How many deals each team is to win this quarter and next, and what each region of one product family."""
    this = quarter_of(demo.today, demo.workspace.fiscal_start)
    family = ForecastType("revenue", demo.products[0].family)
    won = Deal.objects.filter(outcome=Outcome.WON, closed_on__gte=this.shift(-1).start, closed_on__lt=this.start)
    for quarter in (this, this.shift(1)):
        for territory in demo.territories:
            head = next(head for team, head in demo.regions if team.pk == territory.team.parent_id)
            count = Decimal(won.filter(team=territory.team).count() + 4)
            set_quota(team=territory.team, period=quarter, amount=count, type=COUNT, note="Plan", by=head)
        for region, _head in demo.regions:
            whole = sum((of_region[region.pk][month] for month in quarter.months), Decimal(0))
            amount = _rounded(float(whole) * 0.4)
            set_quota(team=region, period=quarter, amount=amount, type=family, note="Plan", by=demo.director)


def _won() -> dict[tuple[int, date], Decimal]:
    rows = Deal.objects.filter(outcome=Outcome.WON, base_amount__isnull=False)
    sums = rows.annotate(month=TruncMonth("closed_on")).values_list("owner_id", "month").annotate(Sum("base_amount"))
    return {(owner, month): amount for owner, month, amount in sums}


def _months(today: date) -> Iterator[date]:
    """From two years ago to the end of next quarter."""
    last = quarter_of(quarter_of(today).end).end
    month = add_months(today.replace(day=1), -BACK)
    while month < last:
        yield month
        month = add_months(month, 1)


def _plan_team(
    demo: Demo, territory: Territory, head: User, won: dict[tuple[int, date], Decimal], months: list[date]
) -> dict[date, Decimal]:
    totals: dict[date, Decimal] = defaultdict(Decimal)
    for seller in territory.sellers:
        by = head if seller.user == territory.manager else territory.manager
        for month in months:
            if _works(seller, month):
                usual = _usual(won, seller, month, demo.today)
                amount = _rounded(usual / seller.reach * demo.rng.uniform(0.92, 1.1))
                totals[month] += _set(demo, amount, month, by=by, owner=seller.user)
    for month in months:
        stretch = demo.rng.choice([0, 0, 0, 5_000, 10_000, -5_000])
        totals[month] = _set(demo, totals[month] + stretch, month, by=head, team=territory.team)
    return totals


def _works(seller: Seller, month: date) -> bool:
    return add_months(seller.from_on, 1) <= month and (seller.until_on is None or month < seller.until_on)


def _usual(won: dict[tuple[int, date], Decimal], seller: Seller, month: date, today: date) -> float:
    """A month's average around that month, as far as it is over."""
    last = add_months(today.replace(day=1), -1)
    middle = min(month, add_months(last, -2))
    around = [add_months(middle, step) for step in range(-3, 4)]
    known = [float(won.get((seller.user.pk, each), 0)) for each in around if each <= last and _works(seller, each)]
    return max(sum(known) / len(known) if known else 0.0, 10_000.0)


def _rounded(amount: float) -> Decimal:
    return Decimal(round(amount / 1000) * 1000)


def _set(
    demo: Demo, amount: Decimal, month: date, *, by: User, owner: User | None = None, team: Team | None = None
) -> Decimal:
    """Set it; one in twelve was revised later."""
    amount = max(amount, Decimal(1000))
    period = month_of(month, demo.workspace.fiscal_start)
    if demo.rng.random() < 1 / 12:
        first = _rounded(float(amount) * demo.rng.choice([0.9, 0.95, 1.05, 1.1]))
        set_quota(owner=owner, team=team, period=period, amount=first, note="Plan", by=by)
        set_quota(owner=owner, team=team, period=period, amount=amount, note=demo.rng.choice(NOTES), by=by)
    else:
        set_quota(owner=owner, team=team, period=period, amount=amount, note="Plan", by=by)
    return amount
