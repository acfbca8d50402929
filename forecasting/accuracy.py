"""How right the forecast was: what was locked on a day of a period against what was won in it. Locked figures alone."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q, Sum

from crm.access import Reach, owned_by
from crm.calendar import fiscal_calendar
from crm.models import Workspace
from crm.periods import Period
from forecasting.measuring import Error, errors
from forecasting.models import AdjustmentSnapshot, ForecastCell, ForecastSnapshot, SnapshotDay
from forecasting.seating import below
from forecasting.tree import Tree
from forecasting.weighting import Figures

HORIZONS = (1, 30, 60)  # days of the period: the end of its first one, of its thirtieth …
STATIC, COMMIT, ADJUSTED = MEASURES = ("static", "commit", "adjusted")
PERIODS = 8  # are looked at
Line = tuple[int | None, int | None]  # owner, team: whose adjustments count

LOCKED = """
SELECT p.number, s.category, sum(s.deals)::int, sum(s.base_amount), sum(s.base_weighted)
FROM unnest(%(starts)s::date[], %(ends)s::date[], %(days)s::date[]) WITH ORDINALITY AS p(start, until, day, number)
CROSS JOIN LATERAL (
    SELECT DISTINCT ON (owner_id, month, team_id, node_id, pipeline_id, currency_id, category)
           category, deals, base_amount, base_weighted
    FROM ({cells}) AS cell
    WHERE month >= p.start AND month < p.until AND day <= p.day
    ORDER BY owner_id, month, team_id, node_id, pipeline_id, currency_id, category, day DESC
) AS s
GROUP BY p.number, s.category"""


class Point(NamedTuple):
    """One of the figures locked: of a period, at the end of its nth day."""

    period: Period
    horizon: int

    @property
    def day(self) -> date:
        return self.period.start + timedelta(days=self.horizon - 1)


@dataclass(slots=True)
class Told:
    """A period that has ended: what was won, and what each day's figures had said."""

    period: Period
    actual: Decimal
    said: dict[tuple[int, str], Decimal] = field(default_factory=dict)  # (horizon, measure) → figure


@dataclass(frozen=True, slots=True)
class Accuracy:
    currency: str
    periods: list[Told]
    errors: dict[tuple[int, str], Error]
    locked_since: date | None

    @property
    def is_known(self) -> bool:
        return any(told.said for told in self.periods)


def accuracy(
    reach: Reach,
    period: Period,
    *,
    team: int | None = None,
    owner: int | None = None,
    pipeline: int | None = None,
) -> Accuracy:
    """Of the periods like this one that have ended, the newest last."""
    workspace = Workspace.current()
    periods = ended(period, workspace.today)
    scope = owned_by(reach, reach.reads) & _narrowed(team, owner, pipeline, workspace.today)
    points = _locked_points(periods)
    figures = _figures(points, scope)
    lines = _lines(reach, team, owner) if pipeline is None else None
    differences = _differences(points, lines) if lines is not None else {}
    actual = _won(periods, scope)
    told = {each: Told(each, actual[each]) for each in periods}
    for point in points:
        said, known = told[point.period].said, figures[point]
        static = known.won + known.weighted
        said[point.horizon, STATIC] = static
        said[point.horizon, COMMIT] = known.cumulative_commit
        if lines is not None:
            said[point.horizon, ADJUSTED] = static + differences.get(point, Decimal(0))
    first = SnapshotDay.objects.order_by("day").values_list("day", flat=True).first()
    return Accuracy(workspace.currency_id, list(told.values()), _errors(told.values()), first)


def ended(period: Period, today: date) -> list[Period]:
    """The last periods of this kind that are over, up to this one."""
    calendar = fiscal_calendar()
    kind = period.kind if period.kind in {"month", "quarter", "year"} else "month"
    each = calendar.period_of(kind, min(period.last_day, today))
    found: list[Period] = []
    while len(found) < PERIODS and each.start.year > 1901:
        if each.end <= today:
            found.append(each)
        each = calendar.period_of(kind, each.start - timedelta(days=1))
    return found[::-1]


def _narrowed(team: int | None, owner: int | None, pipeline: int | None, today: date) -> Q:
    condition = Q(node_id__in=below([team], today)) if team else Q()
    condition &= Q(owner_id=owner) if owner else Q()
    return condition & Q(pipeline_id=pipeline) if pipeline else condition


def _locked_points(periods: list[Period]) -> list[Point]:
    """The days of each period that are locked: none can be made up."""
    points = [Point(period, horizon) for period in periods for horizon in HORIZONS]
    points = [point for point in points if point.day < point.period.end]
    locked = set(SnapshotDay.objects.filter(day__in=[point.day for point in points]).values_list("day", flat=True))
    return [point for point in points if point.day in locked]


def _figures(points: list[Point], scope: Q) -> dict[Point, Figures]:
    found: dict[Point, Figures] = {point: Figures() for point in points}
    cells, params = ForecastSnapshot.objects.filter(scope, family="").query.sql_with_params()
    names = {f"p{number}": value for number, value in enumerate(params)}
    named = cells.replace("%", "%%") % () if not params else cells % tuple(f"%({name})s" for name in names)
    asked = {
        "starts": [point.period.start for point in points],
        "ends": [point.period.end for point in points],
        "days": [point.day for point in points],
    }
    with connection.cursor() as cursor:
        cursor.execute(LOCKED.format(cells=named), names | asked)
        for number, category, deals, amount, weighted in cursor.fetchall():
            found[points[number - 1]].add(category, deals, amount, weighted, 0)
    return found


def _won(periods: list[Period], scope: Q) -> dict[Period, Decimal]:
    """By real close date, as it is known now."""
    won: dict[Period, Decimal] = defaultdict(Decimal)
    if not periods:
        return won
    cells = ForecastCell.objects.filter(
        scope, category="won", month__gte=periods[0].start, month__lt=periods[-1].end
    ).values_list("month")
    for month, amount in cells.annotate(Sum("base_amount")):
        won[next(each for each in periods if month in each)] += amount
    return won


def _lines(reach: Reach, team: int | None, owner: int | None) -> Iterable[Line] | None:
    """Whose adjusted lines add up to what was asked; None stands for all of a person's lines."""
    if owner:
        return [(owner, None)]
    roots = Tree(reach, fiscal_calendar().period_of("month", Workspace.current().today), team).roots
    if team is None and reach.reads is None and len(roots) != 1:
        return [(None, None)]
    return [(None, root.pk) for root in roots]


def _differences(points: list[Point], lines: Iterable[Line]) -> dict[Point, Decimal]:
    """What adjustments had made of the static figure, as locked."""
    key = ("starts_on", "ends_on", "owner_id", "team_id")
    whose = Q(pk__in=[])
    for owner, team in lines:
        whose |= Q(owner_id=owner) if owner else Q(owner_id=None, team_id=team)
    rows: dict[Any, dict[Any, list[tuple[date, Decimal]]]] = defaultdict(lambda: defaultdict(list))
    for start, end, who, team, day, difference in (
        AdjustmentSnapshot.objects.filter(whose).order_by("day").values_list(*key, "day", "difference")
    ):
        rows[start, end][who, team].append((day, difference))
    found: dict[Point, Decimal] = {}
    for point in points:
        known = rows.get((point.period.start, point.period.end), {}).values()
        newest = [[each for day, each in line if day <= point.day][-1:] for line in known]
        found[point] = sum((each for line in newest for each in line), Decimal(0))
    return found


def _errors(told: Iterable[Told]) -> dict[tuple[int, str], Error]:
    pairs: dict[tuple[int, str], list[tuple[Decimal, Decimal]]] = defaultdict(list)
    for each in told:
        for slot, figure in each.said.items():
            pairs[slot].append((figure, each.actual))
    return {slot: errors(both) for slot, both in pairs.items()}
