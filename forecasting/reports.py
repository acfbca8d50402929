"""Won and lost deals by what they have in common, from the cells."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from django.db.models import Q, QuerySet, Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.models import Source
from crm.access import Reach, owned_by, teams_below
from crm.models import Team, User, Workspace
from crm.periods import Period, add_months, month_start
from forecasting.freshness import Fresh, freshness
from forecasting.models import WinLossCell
from forecasting.weighting import ratio
from forecasting.wording import month_label
from pipeline.models import LossReason, Outcome, Product, WinReason

Dimension = WinLossCell.Dimension
DIMENSIONS = ["reason", "person", "team", "product", "sector", "month", "source", "country", "competitor"]
FROM_ALL = {"person": "owner_id", "team": "team_id", "month": "month"}  # told by the cell itself
TREND = 12  # months in a row whose win rates are shown
SUMS = (Sum("deals"), Sum("value"), Sum("not_convertible"))


@dataclass(slots=True)
class WinLossRow:
    """Deals that share one value of the dimension. Values in the workspace's currency at the rate of the close date.

    `*_missing` are among the deals but, for want of a rate, not in the values.
    """

    key: str
    label: str
    won_deals: int = 0
    won_value: Decimal = Decimal(0)
    won_missing: int = 0
    lost_deals: int = 0
    lost_value: Decimal = Decimal(0)
    lost_missing: int = 0

    @property
    def closed_deals(self) -> int:
        return self.won_deals + self.lost_deals

    @property
    def closed_value(self) -> Decimal:
        return self.won_value + self.lost_value

    @property
    def not_convertible(self) -> int:
        return self.won_missing + self.lost_missing

    @property
    def win_rate(self) -> Decimal | None:
        """Won ÷ (won + lost) by count; null where nothing closed."""
        return ratio(Decimal(self.won_deals), Decimal(self.closed_deals))

    @property
    def value_win_rate(self) -> Decimal | None:
        return ratio(self.won_value, self.closed_value)

    @property
    def average_won(self) -> Decimal | None:
        return ratio(self.won_value, Decimal(self.won_deals - self.won_missing))

    @property
    def average_lost(self) -> Decimal | None:
        return ratio(self.lost_value, Decimal(self.lost_deals - self.lost_missing))

    def add(self, outcome: str, deals: int, value: Decimal, missing: int) -> None:
        if outcome == Outcome.WON:
            self.won_deals, self.won_value = self.won_deals + deals, self.won_value + value
            self.won_missing += missing
        else:
            self.lost_deals, self.lost_value = self.lost_deals + deals, self.lost_value + value
            self.lost_missing += missing

    def include(self, other: "WinLossRow") -> None:
        self.add(Outcome.WON, other.won_deals, other.won_value, other.won_missing)
        self.add(Outcome.LOST, other.lost_deals, other.lost_value, other.lost_missing)


@dataclass(slots=True)
class WinLoss:
    """`trend`: the months up to the period's last one that has begun, at least twelve. `also`: further splits."""

    period: Period
    by: str
    currency: str
    rows: list[WinLossRow]
    total: WinLossRow
    fresh: Fresh
    with_reason: int = 0
    months: list[WinLossRow] = field(default_factory=list)
    trend: list[WinLossRow] = field(default_factory=list)
    also: dict[str, list[WinLossRow]] = field(default_factory=dict)

    @property
    def fresh_at(self) -> datetime | None:
        return self.fresh.at

    @property
    def stale_since(self) -> datetime | None:
        return self.fresh.stale_since

    @property
    def won(self) -> list[WinLossRow]:
        return sorted((row for row in self.rows if row.won_deals), key=lambda row: -row.won_value)

    @property
    def lost(self) -> list[WinLossRow]:
        return sorted((row for row in self.rows if row.lost_deals), key=lambda row: -row.lost_value)


def win_loss(
    reach: Reach,
    period: Period,
    *,
    by: str = "reason",
    owner: int | None = None,
    team: int | None = None,
    pipeline: int | None = None,
    also: Sequence[str] = (),
) -> WinLoss:
    """Deals closed in the period, split `by` one of DIMENSIONS, and by those of `also`.

    By product a deal counts once for each of its products; the total is always of distinct deals.
    """
    cells = _narrowed(reach, owner, team, pipeline)
    inside = Q(month__gte=period.start, month__lt=period.end)
    since, until = _trend(period)
    every = _months(cells, Period(since, period.end).months)
    months = [row for row in every if row.key >= f"{period.start:%Y-%m}" and row.closed_deals]
    total = WinLossRow("", _("All"))
    for row in months:
        total.include(row)
    reasons = cells.filter(inside, dimension=Dimension.REASON).exclude(key="").aggregate(count=Sum("deals"))["count"]
    return WinLoss(
        period=period,
        by=by,
        currency=Workspace.current().currency_id,
        rows=months if by == "month" else _split(cells.filter(inside), by),
        total=total,
        fresh=freshness(),
        with_reason=reasons or 0,
        months=months,
        trend=[row for row in every if row.key < f"{until:%Y-%m}"],
        also={each: _split(cells.filter(inside), each) for each in also},
    )


def _narrowed(reach: Reach, owner: int | None, team: int | None, pipeline: int | None) -> QuerySet[WinLossCell]:
    cells = WinLossCell.objects.filter(owned_by(reach, reach.reads))
    if owner:
        cells = cells.filter(owner=owner)
    if team:
        cells = cells.filter(team_id__in=teams_below(team))
    return cells.filter(pipeline=pipeline) if pipeline else cells


def _trend(period: Period) -> tuple[date, date]:
    """The months of the period that have begun, and as many before them as make a year."""
    next_month = add_months(month_start(Workspace.current().today), 1)
    until = min(period.end, max(next_month, add_months(period.start, 1)))
    return min(period.start, add_months(until, -TREND)), until


def _months(cells: QuerySet[WinLossCell], months: list[date]) -> list[WinLossRow]:
    """One row for each of these months, also where nothing closed."""
    rows = {month: WinLossRow(f"{month:%Y-%m}", month_label(month)) for month in months}
    cells = cells.filter(dimension=Dimension.ALL, month__gte=months[0], month__lte=months[-1])
    for month, outcome, *sums in cells.values_list("month", "outcome").annotate(*SUMS):
        rows[month].add(outcome, *sums)
    return list(rows.values())


def _split(cells: QuerySet[WinLossCell], by: str) -> list[WinLossRow]:
    """By value, the largest first. Reasons of winning and of losing are apart even where they share a name."""
    cells = cells.filter(dimension=Dimension.ALL if by in FROM_ALL else by)
    raw: dict[Any, WinLossRow] = {}
    for key, outcome, *sums in cells.values_list(FROM_ALL.get(by, "key"), "outcome").annotate(*SUMS):
        identity = (key, outcome) if by == "reason" else key
        row = raw.setdefault(identity, WinLossRow("" if key is None else str(key), ""))
        row.add(outcome, *sums)
    names = _names(by, [int(row.key) for row in raw.values() if row.key.isdigit()])
    for identity, row in raw.items():
        row.label = names.get(identity) or row.key or _nothing(by)
    return sorted(raw.values(), key=lambda row: (-row.closed_value, row.label))


def _nothing(by: str) -> str:
    return {
        "reason": _("No reason given"),
        "team": _("No team"),
        "product": _("No product"),
        "sector": _("No sector"),
        "source": _("No source"),
        "country": _("No country"),
        "competitor": _("No competitor"),
    }.get(by, "")


def _names(by: str, ids: Iterable[int]) -> dict[Any, str]:
    match by:
        case "reason":
            won = {(str(pk), "won"): name for pk, name in WinReason.objects.values_list("pk", "name")}
            return won | {(str(pk), "lost"): name for pk, name in LossReason.objects.values_list("pk", "name")}
        case "person":
            return dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
        case "team":
            return dict(Team.objects.filter(pk__in=ids).values_list("pk", "name"))
        case "product":
            return {str(pk): name for pk, name in Product.objects.filter(pk__in=ids).values_list("pk", "name")}
        case "source":
            return {str(pk): name for pk, name in Source.objects.filter(pk__in=ids).values_list("pk", "name")}
        case "country":
            return dict(Locale.parse((get_language() or "en").replace("-hans", "_Hans")).territories)
    return {}
