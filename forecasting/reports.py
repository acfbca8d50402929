"""Won and lost deals by what they have in common, from the cells."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from babel import Locale
from django.db.models import Sum
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from contacts.models import Source
from crm.access import Reach, owned_by
from crm.models import Team, User, Workspace
from crm.periods import Period
from forecasting.models import Freshness, StaleCell, WinLossCell
from forecasting.weighting import ratio
from pipeline.models import LossReason, Outcome, Product, WinReason

Dimension = WinLossCell.Dimension
DIMENSIONS = ["reason", "person", "team", "product", "sector", "month", "source", "country", "competitor"]
FROM_ALL = {"person": "owner_id", "team": "team_id", "month": "month"}  # told by the cell itself


@dataclass(slots=True)
class WinLossRow:
    """Deals that share one value of the dimension. Values in the workspace's currency at the rate of the close date."""

    key: str
    label: str
    won_deals: int = 0
    won_value: Decimal = Decimal(0)
    lost_deals: int = 0
    lost_value: Decimal = Decimal(0)
    not_convertible: int = 0

    @property
    def closed_deals(self) -> int:
        return self.won_deals + self.lost_deals

    @property
    def win_rate(self) -> Decimal | None:
        """Won ÷ (won + lost) by count; null where nothing closed."""
        return ratio(Decimal(self.won_deals), Decimal(self.closed_deals))

    @property
    def value_win_rate(self) -> Decimal | None:
        return ratio(self.won_value, self.won_value + self.lost_value)

    @property
    def average_won(self) -> Decimal | None:
        return ratio(self.won_value, Decimal(self.won_deals))

    @property
    def average_lost(self) -> Decimal | None:
        return ratio(self.lost_value, Decimal(self.lost_deals))

    def add(self, outcome: str, deals: int, value: Decimal, not_convertible: int) -> None:
        self.not_convertible += not_convertible
        if outcome == Outcome.WON:
            self.won_deals += deals
            self.won_value += value
        else:
            self.lost_deals += deals
            self.lost_value += value


@dataclass(slots=True)
class WinLoss:
    period: Period
    by: str
    currency: str
    rows: list[WinLossRow]
    total: WinLossRow
    fresh_at: datetime | None
    stale_since: datetime | None
    with_reason: int = 0
    months: list[WinLossRow] = field(default_factory=list)

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
) -> WinLoss:
    """Deals closed in the period, split `by` one of DIMENSIONS.

    By product a deal counts once for each of its products; the total is always of distinct deals.
    """
    cells = WinLossCell.objects.filter(owned_by(reach, reach.reads), month__gte=period.start, month__lt=period.end)
    if owner:
        cells = cells.filter(owner=owner)
    if team:
        cells = cells.filter(team_id__in=teams_below(team))
    if pipeline:
        cells = cells.filter(pipeline=pipeline)
    column = FROM_ALL.get(by, "key")
    grouped = (
        cells.filter(dimension=Dimension.ALL if by in FROM_ALL else by)
        .values_list(column, "outcome")
        .annotate(Sum("deals"), Sum("value"), Sum("not_convertible"))
    )
    raw: dict[Any, WinLossRow] = {}
    for key, outcome, deals, value, not_convertible in grouped:
        identity = (key, outcome) if by == "reason" else key
        row = raw.setdefault(identity, WinLossRow("" if key is None else str(key), ""))
        row.add(outcome, deals, value, not_convertible)
    _label(by, raw)
    months = _by_month(cells)
    total = WinLossRow("", _("All"))
    for month in months:
        total.add(Outcome.WON, month.won_deals, month.won_value, month.not_convertible)
        total.add(Outcome.LOST, month.lost_deals, month.lost_value, 0)
    reasons = cells.filter(dimension=Dimension.REASON).exclude(key="").aggregate(count=Sum("deals"))["count"]
    return WinLoss(
        period=period,
        by=by,
        currency=Workspace.current().currency_id,
        rows=_sorted(by, list(raw.values())),
        total=total,
        fresh_at=Freshness.objects.values_list("at", flat=True).first(),
        stale_since=StaleCell.objects.order_by("id").values_list("marked_at", flat=True).first(),
        with_reason=reasons or 0,
        months=months,
    )


def _by_month(cells: Any) -> list[WinLossRow]:
    rows: dict[date, WinLossRow] = {}
    grouped = cells.filter(dimension=Dimension.ALL).values_list("month", "outcome")
    for month, outcome, deals, value, missing in grouped.annotate(Sum("deals"), Sum("value"), Sum("not_convertible")):
        rows.setdefault(month, WinLossRow(f"{month:%Y-%m}", "")).add(outcome, deals, value, missing)
    return [rows[month] for month in sorted(rows)]


def _sorted(by: str, rows: list[WinLossRow]) -> list[WinLossRow]:
    if by == "month":
        return sorted(rows, key=lambda row: row.key)
    return sorted(rows, key=lambda row: (-(row.won_value + row.lost_value), row.label))


def _label(by: str, raw: dict[Any, WinLossRow]) -> None:
    nothing = {
        "reason": _("No reason given"),
        "person": "",
        "team": _("No team"),
        "product": _("No product"),
        "sector": _("No sector"),
        "source": _("No source"),
        "country": _("No country"),
        "competitor": _("No competitor"),
    }
    ids = [int(row.key) for row in raw.values() if row.key.isdigit()]
    names: dict[Any, str] = {}
    match by:
        case "reason":
            names = {(str(pk), "won"): name for pk, name in WinReason.objects.values_list("pk", "name")}
            names |= {(str(pk), "lost"): name for pk, name in LossReason.objects.values_list("pk", "name")}
        case "person":
            names = dict(User.objects.filter(pk__in=ids).values_list("pk", "name"))
        case "team":
            names = dict(Team.objects.filter(pk__in=ids).values_list("pk", "name"))
        case "product":
            names = {str(pk): name for pk, name in Product.objects.filter(pk__in=ids).values_list("pk", "name")}
        case "source":
            names = {str(pk): name for pk, name in Source.objects.filter(pk__in=ids).values_list("pk", "name")}
        case "country":
            names = dict(Locale.parse((get_language() or "en").replace("-hans", "_Hans")).territories)
    for identity, row in raw.items():
        if by == "month":
            row.key = f"{identity:%Y-%m}"
        row.label = names.get(identity) or row.key or nothing.get(by, "")


def teams_below(team: int) -> list[int]:
    """The team and all below it."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in Team.objects.values_list("pk", "parent_id"):
        children[parent].append(pk)
    found, queue = [], [team]
    while queue:
        found.append(queue.pop())
        queue += children[found[-1]]
    return found
