"""What the win and loss report shows, beyond the numbers: sentences, addresses, drawings."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.utils.translation import gettext as _

from crm.access import Reach, people_in
from crm.models import Team
from crm.period_choice import Calendar
from crm.periods import Period, parse
from crm.templatetags.penstock import percent
from forecasting.charts import share
from forecasting.figures import Dots, RateLine, rate_dots, rate_line
from forecasting.forms import Asked
from forecasting.links import Params, closed_deals
from forecasting.reports import DIMENSIONS, WinLoss, WinLossRow
from forecasting.weighting import ratio
from forecasting.wording import short_label
from pipeline.models import Outcome, Pipeline

ALSO = ("source", "competitor")  # drawn beside the reasons
FEW = 10  # closed deals: below, a rate says nothing
MOST = 8  # lines of a drawing
NOTABLE = Decimal("0.02")  # a change of the win rate


# ── Lines ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Reason:
    label: str
    deals: int
    value: Decimal
    part: Decimal | None
    average: Decimal | None
    width: str
    url: str


@dataclass(frozen=True, slots=True)
class Split:
    row: WinLossRow
    won_url: str
    lost_url: str
    won_width: str
    lost_width: str


@dataclass(frozen=True, slots=True)
class Rates:
    """Win rates of several kinds of deals, drawn and as a table."""

    finding: str
    rows: list[tuple[WinLossRow, str]]
    drawing: Dots

    @property
    def drawn(self) -> list[tuple[WinLossRow, str, Any]]:
        return [(row, url, dot) for (row, url), dot in zip(self.rows, self.drawing.dots, strict=True)]


@dataclass(frozen=True, slots=True)
class Trend:
    finding: str
    rows: list[tuple[WinLossRow, str]]
    drawing: RateLine

    @property
    def points(self) -> list[tuple[Any, WinLossRow]]:
        return [(point, self.rows[point.number][0]) for point in self.drawing.points]

    @property
    def months(self) -> list[tuple[str, str, str]]:
        """The first with its year."""
        rows = [row for row, _url in self.rows]
        return [
            (x, rows[number].label if number == 0 else short_label(parse(rows[number].key)), anchor)
            for x, number, anchor in self.drawing.months
        ]

    @property
    def last_rate(self) -> Decimal | None:
        last = self.drawing.last
        return self.rows[last.number][0].win_rate if last else None


@dataclass(frozen=True)
class Report:
    calendar: Calendar
    by: list[tuple[str, str]]
    people: Any
    teams: list[tuple[int, str]]
    pipelines: Sequence[Pipeline]
    trend: Trend
    lost: list[Reason]
    won: list[Reason]
    lost_finding: str
    won_finding: str
    by_label: str
    split_finding: str
    splits: list[Split]
    rates: list[Rates]
    total: Split
    reason_share: Decimal | None
    reason_url: str
    unconverted_url: str
    is_apportioned: bool


# ── Making them ────────────────────────────────────────────────────────────────────────────────────


def report_of(found: WinLoss, query: QueryDict, *, reach: Reach, asked: Asked) -> Report:
    scope = _scope(asked)
    top = max((value for row in found.rows for value in (row.won_value, row.lost_value)), default=Decimal(0))
    period, by = found.period, found.by
    lost, won = reasons_of(found, "lost", top, scope), reasons_of(found, "won", top, scope)
    total = _split_of("", found.total, period, Decimal(0), scope)
    return Report(
        calendar=Calendar(query, period),
        by=[(each, names_of()[each]) for each in DIMENSIONS],
        people=people_in(reach),
        teams=_teams(reach),
        pipelines=list(Pipeline.objects.all()),
        trend=_trend_of(found, scope),
        lost=lost,
        won=won,
        lost_finding=largest_loss(lost),
        won_finding=_largest_win(won),
        by_label=names_of()[by],
        split_finding=_split_finding(found),
        splits=[_split_of(by, row, period, top, scope) for row in found.rows],
        rates=[_rates_of(each, rows, found, scope) for each, rows in found.also.items()],
        total=total,
        reason_share=ratio(Decimal(found.with_reason), Decimal(found.total.closed_deals)),
        reason_url=closed_deals("", "", "", period, (*scope, ("reason", "none"))),
        unconverted_url=closed_deals("", "", "", period, (*scope, ("unconverted", "1"))),
        is_apportioned=by == "product",
    )


def names_of() -> dict[str, str]:
    return {
        "reason": _("Reason"),
        "person": _("Person"),
        "team": _("Team"),
        "product": _("Product"),
        "sector": _("Sector"),
        "month": _("Month"),
        "source": _("Source"),
        "country": _("Country"),
        "competitor": _("Competitor"),
    }


def _scope(asked: Asked) -> tuple[tuple[str, str], ...]:
    return tuple((name, str(value)) for name, value in asked.narrowed.items() if value)


def _teams(reach: Reach) -> list[tuple[int, str]]:
    teams = Team.objects.all() if reach.reads is None else Team.objects.filter(pk__in=reach.reads)
    return list(teams.order_by("name", "pk").values_list("pk", "name"))


def reasons_of(found: WinLoss, outcome: str, top: Decimal, scope: Params) -> list[Reason]:
    if found.by != "reason":
        return []
    won = outcome == Outcome.WON
    whole = found.total.won_value if won else found.total.lost_value
    return [
        Reason(
            label=row.label,
            deals=row.won_deals if won else row.lost_deals,
            value=row.won_value if won else row.lost_value,
            part=ratio(row.won_value if won else row.lost_value, whole),
            average=row.average_won if won else row.average_lost,
            width=share(row.won_value if won else row.lost_value, top),
            url=closed_deals("reason", row.key, outcome, found.period, scope),
        )
        for row in (found.won if won else found.lost)
    ]


def _split_of(by: str, row: WinLossRow, period: Period, top: Decimal, scope: Params) -> Split:
    if by == "month":
        by, period = "", parse(row.key)
    return Split(
        row=row,
        won_url=closed_deals(by, row.key, "won", period, scope),
        lost_url=closed_deals(by, row.key, "lost", period, scope),
        won_width=share(row.won_value, top),
        lost_width=share(row.lost_value, top),
    )


def _rates_of(by: str, rows: list[WinLossRow], found: WinLoss, scope: Params) -> Rates:
    shown = sorted(rows, key=lambda row: -row.closed_deals)[:MOST]
    shown.sort(key=lambda row: -(row.win_rate or 0))
    overall = float(found.total.win_rate or 0)
    return Rates(
        finding=_best_and_worst(by, shown),
        rows=[(row, closed_deals(by, row.key, "", found.period, scope)) for row in shown],
        drawing=rate_dots([(row.won_deals, row.closed_deals) for row in shown], overall),
    )


def _trend_of(found: WinLoss, scope: Params) -> Trend:
    rows = [(row, closed_deals("", "", "", parse(row.key), scope)) for row in found.trend]
    return Trend(_movement(found.trend), rows, rate_line([row.win_rate for row in found.trend]))


# ── Findings ───────────────────────────────────────────────────────────────────────────────────────


def largest_loss(reasons: list[Reason]) -> str:
    if not reasons:
        return _("Nothing was lost")
    first = reasons[0]
    return _("“%(reason)s” costs most: %(part)s of what was lost") % {
        "reason": first.label,
        "part": percent(first.part),
    }


def _largest_win(reasons: list[Reason]) -> str:
    if not reasons:
        return _("Nothing was won yet")
    first = reasons[0]
    return _("“%(reason)s” brings most: %(part)s of what was won") % {
        "reason": first.label,
        "part": percent(first.part),
    }


def _best_and_worst(by: str, rows: list[WinLossRow]) -> str:
    telling = [row for row in rows if row.closed_deals >= FEW and row.key]
    if len(telling) < 2:
        return {
            "source": _("Too few closed deals to tell the sources apart"),
            "competitor": _("Too few closed deals to tell the competitors apart"),
        }[by]
    best, worst = telling[0], telling[-1]
    words = {"best": best.label, "worst": worst.label, "high": percent(best.win_rate), "low": percent(worst.win_rate)}
    return {
        "source": _("%(best)s wins %(high)s, %(worst)s %(low)s"),
        "competitor": _("Against %(best)s %(high)s are won, against %(worst)s %(low)s"),
    }[by] % words


def _split_finding(found: WinLoss) -> str:
    """Who or what wins most often, of those with enough deals to say so; else what brought most."""
    known = [row for row in found.rows if row.label]
    telling = sorted((row for row in known if row.closed_deals >= FEW), key=lambda row: -(row.win_rate or 0))
    if len(telling) > 1:
        words = {"best": telling[0].label, "high": percent(telling[0].win_rate), "n": telling[0].closed_deals}
        return _("%(best)s wins most often: %(high)s of %(n)s") % words
    most = max(known, key=lambda row: row.won_value, default=None)
    if most is None or not most.won_deals:
        return _("Nothing was won yet")
    return _("%(most)s brought most of what was won") % {"most": most.label}


def _movement(rows: list[WinLossRow]) -> str:
    """The first three months against the last three."""
    before, after = WinLossRow("", ""), WinLossRow("", "")
    for row in rows[:3]:
        before.include(row)
    for row in rows[-3:]:
        after.include(row)
    if min(before.closed_deals, after.closed_deals) < FEW or before.win_rate is None or after.win_rate is None:
        return _("Too few closed deals to see where the win rate goes")
    change = after.win_rate - before.win_rate
    words = {"rate": percent(after.win_rate), "was": percent(before.win_rate), "n": len(rows)}
    if abs(change) < NOTABLE:
        return _("The win rate has held at %(rate)s over %(n)s months") % words
    if change > 0:
        return _("The win rate rose from %(was)s to %(rate)s in %(n)s months") % words
    return _("The win rate slipped from %(was)s to %(rate)s in %(n)s months") % words
