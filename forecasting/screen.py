"""What the forecast's page shows beyond the numbers: lines with their addresses, neighbouring periods, the headline."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.models import Currency, Workspace
from crm.period_choice import Calendar
from crm.periods import Period
from forecasting.adjustments import Adjusted, Seats, Subject, shown
from forecasting.charts import Bullet, CardBar, Words, bullet, card_bar
from forecasting.display import shown_currencies
from forecasting.forms import Asked
from forecasting.links import Opening
from forecasting.table import Table
from forecasting.templatetags.forecast import compact
from forecasting.weighting import MEASURES, Row
from forecasting.wording import types_offered
from pipeline.models import Pipeline, Product

MANY = 24  # rows: with more of them, teams that only have people are folded at first
DEEPEST = 6  # steps of indentation


# ── Lines ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(slots=True)
class Line:
    row: Row
    values: dict[str, Decimal | None]  # by column, as the view wants them
    cell: str  # begins the addresses of what explains its numbers
    css: str
    quota_url: str
    set_url: str
    folds: bool | None = None  # whether it begins folded; None: nothing below it
    open_url: str = ""  # where the lines below it are, if they are not here
    bar: CardBar | None = None
    narrow_url: str = ""
    adjusted: dict[str, Adjusted] = field(default_factory=dict)  # by column
    adjust_url: str = ""  # without the measure; empty: one may not

    @property
    def attained(self) -> int | None:
        """In percent, as the small bar wants it."""
        return None if self.row.attainment is None else round(self.row.attainment * 100)

    @property
    def sets_one(self) -> bool:
        """Whether `set_url` is the form of one quota, not the grid."""
        return "?" not in self.set_url

    @property
    def indent(self) -> int:
        return min(self.row.depth, DEEPEST)


def opening_of(row: Row, period: Period, pipeline: int | None, *, family: str = "", as_of: str = "") -> Opening:
    named = {"pipeline": pipeline, "as_of": as_of}
    params = [*row.deals, *((name, str(value)) for name, value in named.items() if value)]
    if family:
        params += [("product", str(pk)) for pk in Product.objects.filter(family=family).values_list("pk", flat=True)]
    return Opening(period, urlencode(params))


def lines_of(table: Table, asked: Asked, opened: Collection[str] = ()) -> list[Line]:
    """In a long table what lies below a folded line is only sent once somebody opens it."""
    parents = {row.parent for row in table.rows}
    above_teams = {row.parent for row in table.rows if row.kind == "team"}
    folded = _folded(table.rows, parents, above_teams) - set(opened)
    absent: set[str] = set()
    seats = Seats(table.tree)
    lines = []
    for row in table.rows:
        if row.parent in absent or row.parent in folded:
            absent.add(row.key)
            continue
        line = line_of(row, table.period, asked, has_teams=row.key in above_teams)
        if table.is_judged and seats.may_adjust(row):
            line.adjust_url = adjust_url(row, table.period)
        if row.key in parents:
            line.folds = row.key in folded
            line.open_url = f"{asked.address}&{urlencode([('open', key) for key in (*opened, row.key)])}"
        lines.append(line)
    return lines


def line_of(row: Row, period: Period, asked: Asked, *, has_teams: bool = False) -> Line:
    css = "region" if row.kind == "team" and has_teams else row.kind
    adjusted = shown(row, cumulative=asked.is_cumulative)
    values = {measure: row.value(measure, cumulative=asked.is_cumulative) for measure in MEASURES}
    return Line(
        row=row,
        values=values | {column: cell.amount for column, cell in adjusted.items()},
        adjusted=adjusted,
        cell=reverse("forecasting:cell", args=[row.key, "won"]).removesuffix("won/"),
        css=css,
        quota_url=quota_history_url(row, period),
        set_url=quota_url(row, period) if row.may_set_quota else "",
    )


def _folded(rows: Iterable[Row], parents: set[str], above_teams: set[str]) -> set[str]:
    """In a long table all teams of people alone but the first."""
    rows = list(rows)
    if len(rows) <= MANY:
        return set()
    leaves = [row.key for row in rows if row.key in parents and row.key not in above_teams and row.depth]
    return set(leaves[1:])


def quota_history_url(row: Row, period: Period) -> str:
    if not row.id:
        return f"{reverse('forecasting:quotas')}?{urlencode({'period': period.key})}"
    subject = {"owner" if row.kind == "person" else "team": row.id, "period": period.key}
    return f"{reverse('forecasting:quota-history')}?{urlencode(subject)}"


def quota_url(row: Row, period: Period) -> str:
    """Where a quota is set: the one of a month or a quarter, else the grid of the year."""
    if period.kind in {"month", "quarter"} and row.subject:
        return reverse("forecasting:quota", args=[row.subject, period.key])
    return f"{reverse('forecasting:quotas')}?{urlencode({'period': period.key})}"


def adjust_url(row: Row, period: Period) -> str:
    """Where the figures of a line are adjusted; the measure is to follow."""
    return f"{reverse('forecasting:forecast')}adjustments/{Subject.of(row).key}/{period.key}/"


def cards_of(lines: list[Line], asked: Asked) -> list[Line]:
    """For the phone: the whole, and what is directly below it; a team's card leads to the team."""
    cards = [line for line in lines if line.row.depth < 2]
    for line in cards:
        line.bar = card_bar(line.row)
        if line.row.kind == "team":
            line.narrow_url = asked.but(team=line.row.id)
    return cards


# ── The headline ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Headline:
    """The numbers on top: one's own quota for whoever sells, else everybody's."""

    line: Line
    is_own: bool
    bullet: Bullet
    quotas: int  # people below who have one
    period: Period
    pace: Decimal | None
    days_left: int | None  # of the running period

    @property
    def row(self) -> Row:
        return self.line.row

    @property
    def pace_is_late(self) -> bool:
        """Its words stand left of it."""
        return float(self.bullet.pace.rstrip("%") or 0) > 50


def pace_of(quota: Decimal | None, period: Period, today: date) -> Decimal | None:
    """What would have to be won by the end of today to reach the quota evenly; None outside the period."""
    if quota is None or today not in period:
        return None
    return quota * ((today - period.start).days + 1) / period.days


def headline_of(table: Table, own: Row | None, asked: Asked) -> Headline:
    row, today = own or table.total, Workspace.current().today
    pace = pace_of(row.quota, table.period, today)
    figures = row.figures
    words = Words(
        won=(_("Won"), compact(figures.won)),
        commit=(_("Commit"), compact(figures.cumulative_commit)),
        best=(_("Best case"), compact(figures.cumulative_best_case)),
        quota=(_("Quota"), compact(row.quota or Decimal(0))),
        pace=(_("Pace today"), compact(pace or Decimal(0))),
        forecast=(_("Raw forecast") if "forecast" in row.adjusted else _("Forecast"), compact(row.static_forecast)),
    )
    with_quota = {each.id for each in table.rows if each.kind == "person" and each.quota is not None}
    return Headline(
        line=line_of(row, table.period, asked),
        is_own=own is not None,
        bullet=bullet(row, pace, words),
        quotas=len(with_quota),
        period=table.period,
        pace=pace,
        days_left=table.days_left if today in table.period else None,
    )


# ── The whole ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Screen:
    table: Table
    headline: Headline
    lines: list[Line]
    cards: list[Line]
    calendar: Calendar
    everyone: Opening
    overdue_url: str
    own_url: str = ""  # the reader's own line alone; empty: there is nothing else
    all_url: str = ""  # and with everybody's
    pace: Decimal | None = None  # how much of the period is over, in percent

    @property
    def pipelines(self) -> QuerySet[Pipeline]:
        return Pipeline.objects.all()

    @property
    def types(self) -> list[tuple[str, str]]:
        return types_offered()

    @property
    def currencies(self) -> list[Currency]:
        return shown_currencies()

    @property
    def pace_at(self) -> str:
        """On the scale of the small bars, whose quota stands at two thirds."""
        return "" if self.pace is None else f"{self.pace:.1f}"


def screen_of(table: Table, query: QueryDict, *, reach: Reach, asked: Asked) -> Screen:
    """Whoever answers for nobody reads their own quota on top."""
    narrowed = asked.owner or asked.team
    own = None if reach.is_manager or narrowed else table.of_person(reach.user_id)
    lines = lines_of(table, asked, query.getlist("open"))
    everyone = opening_of(table.total, table.period, asked.pipeline, family=table.type.family, as_of=asked.as_of)
    today = Workspace.current().today
    has_others = asked.owner == reach.user_id or (reach.user_id in table.people and len(table.people) > 1)
    return Screen(
        table=table,
        headline=headline_of(table, own, asked),
        lines=lines,
        cards=cards_of(lines, asked),
        calendar=Calendar(query, table.period),
        everyone=everyone,
        overdue_url=everyone.overdue(today),
        own_url=asked.but(owner=reach.user_id) if has_others else "",
        all_url=asked.but(owner=None),
        pace=pace_of(Decimal(100), table.period, today),
    )
