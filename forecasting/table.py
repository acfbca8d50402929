"""The manager's table: the team tree with its people, and what they owe, won and have open in a period."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BooleanField, Case, ExpressionWrapper, Q, When

from crm.access import Reach, owned_by
from crm.models import User, Workspace
from crm.moment import current_moment
from crm.money import NotConvertible
from crm.periods import Period
from forecasting.adjustments import lay, standing
from forecasting.counting import cells_of, figures_of
from forecasting.display import Display, display_in
from forecasting.freshness import Fresh, freshness
from forecasting.quotas import Part, PeriodQuotas, difference, merged, total
from forecasting.rows import plain_rows
from forecasting.seating import counted_in
from forecasting.tree import Tree, TreeTeam
from forecasting.types import REVENUE, ForecastType
from forecasting.weighting import OPEN, Figures, Row
from pipeline.models import Deal, Outcome, Stage
from pipeline.models.changes import month_of

MANY = 200  # people: of more it is quicker to read all names
Place = tuple[int | None, int]  # team of the tree, owner


class Only(NamedTuple):
    """Which cells and deals the table covers, beyond the reach and the tree."""

    owner: int | None
    pipeline: int | None

    @property
    def condition(self) -> Q:
        narrow = {"owner_id": self.owner, "pipeline_id": self.pipeline}
        return Q(**{column: wanted for column, wanted in narrow.items() if wanted})


@dataclass(frozen=True, slots=True)
class Leftover:
    """Open deals that stand in no period: shown beside the table, never dropped."""

    deals: int = 0
    amount: Decimal = Decimal(0)
    not_convertible: int = 0

    def shown_by(self, exact: Callable[[Decimal], Decimal]) -> "Leftover":
        return replace(self, amount=exact(self.amount))


@dataclass(frozen=True, slots=True)
class Table:
    period: Period
    display: Display  # what amounts are shown in
    rows: list[Row]
    people: dict[int, str]  # whom the table could be narrowed to
    undated: Leftover
    overdue: int
    fresh: Fresh
    tree: Tree
    is_judged: bool = False  # whether adjustments are laid over its figures
    type: ForecastType = REVENUE

    @property
    def currency(self) -> str:
        """Empty: numbers of deals have none."""
        return "" if self.type.is_count else self.display.currency

    @property
    def total(self) -> Row:
        return self.rows[0]

    @property
    def has_mismatch(self) -> bool:
        return any(row.quota_mismatch for row in self.rows)

    @property
    def has_adjustments(self) -> bool:
        return any(row.adjusted for row in self.rows)

    @property
    def fresh_at(self) -> datetime | None:
        return self.fresh.at

    @property
    def stale_since(self) -> datetime | None:
        return self.fresh.stale_since

    @property
    def rates_on(self) -> date | None:
        return self.fresh.rates_on

    @property
    def days_left(self) -> int:
        """Days of the period after today; 0 once it is over."""
        return max(0, (self.period.last_day - max(self.period.start, Workspace.current().today)).days)

    def of_person(self, pk: int) -> Row | None:
        """A person's own line; added up where they were in several teams."""
        lines = [row for row in self.rows if row.kind == "person" and row.id == pk]
        return lines[0] if len(lines) == 1 else _joined(lines) if lines else None


def forecast_table(
    reach: Reach,
    period: Period,
    *,
    team: int | None = None,
    owner: int | None = None,
    pipeline: int | None = None,
    currency: str = "",
    type: ForecastType = REVENUE,
) -> Table:
    """Quota, won, open and weighted of everyone within `reach`, from the cells of a forecast type.

    `team` narrows to a team and those below it, `owner` to a person. Quotas are for all pipelines together. `currency`
    shows the sums, made in the workspace's, in another one; without a rate for it they stay as they are.
    """
    workspace = Workspace.current()
    tree = Tree(reach, period, team)
    only = Only(owner, pipeline)
    figures, undated = _figures(only, tree, period, type)
    lines = _Lines(tree, figures, PeriodQuotas(period, type), owner)
    display = shown_in("" if type.is_count else currency)
    is_judged = not pipeline and type == REVENUE  # judged was what all pipelines bring, of everything
    rows = [row.shown_by(display.exact) for row in lines.rows()] if display.is_foreign else lines.rows()
    if is_judged:
        lay(rows, tree, standing(period), convert=display.exact)
    return Table(
        period=period,
        display=display,
        rows=rows,
        is_judged=is_judged and period.kind != "range",
        people=lines.names,
        undated=undated.shown_by(display.exact),
        overdue=_overdue(only, tree, period, workspace.today),
        fresh=freshness(),
        tree=tree,
        type=type,
    )


def shown_in(currency: str) -> Display:
    try:
        return display_in(currency)
    except NotConvertible:
        return display_in(None)


def lines_of_quotas(tree: Tree, quotas: PeriodQuotas) -> list[Row]:
    """The same rows without deals: whoever owes something, or could."""
    return _Lines(tree, {}, quotas, None).rows()


def _figures(only: Only, tree: Tree, period: Period, type: ForecastType) -> tuple[dict[Place, Figures], Leftover]:
    """Of each place in the period; and what stands in no period, of all places together."""
    dated = Q(month__gte=period.start, month__lt=period.end)

    def sums() -> Any:
        cells = cells_of(type).filter(owned_by(tree.reach, tree.reach.reads), only.condition, dated | Q(month=None))
        if tree.narrowed is not None:
            cells = cells.filter(node_id__in=list(tree.teams))
        cells = cells.annotate(
            team_then=Case(When(~Q(month=None), then="node_id")),
            owner_then=Case(When(~Q(month=None), then="owner_id")),
            is_undated=ExpressionWrapper(Q(month=None), BooleanField()),
        )
        return cells.values_list("team_then", "owner_then", "is_undated").annotate(**figures_of(type))

    known = None if tree.narrowed is not None else ("cells", tree.reach, only, period.start, period.end, type)
    figures: dict[Place, Figures] = {}
    undated = Leftover()
    for team, owner, is_undated, *amounts in plain_rows(sums, known=known):
        found = Figures(*amounts)
        if is_undated:
            undated = Leftover(found.open_deals, found.open, found.not_convertible)
        else:
            figures[team, owner] = found
    return figures, undated


def _overdue(only: Only, tree: Tree, period: Period, today: date) -> int:
    """Open deals of the period whose expected close has passed: they are counted in it, and told."""
    if period.start >= today:
        return 0
    until = min(period.end, today)

    def overdue() -> Any:
        stages = Stage.objects.filter(category__in=OPEN).values("pk")
        category = Q(category_override="", stage__in=stages) | Q(category_override__in=OPEN)
        days = Q(expected_close_on__gte=period.start, expected_close_on__lt=until)
        deals = Deal.objects.visible_to(tree.reach).live().filter(only.condition, category, days, outcome=Outcome.OPEN)
        if current_moment():  # says nothing more: by months history is indexed
            month = month_of("expected_close_on")
            deals = deals.alias(month=month).filter(month__gte=period.start, month__lt=until)
        if tree.narrowed is not None:
            deals = deals.filter(counted_in(tree.teams))
        return deals.values_list("stage_id")

    known = None if tree.narrowed is not None else ("overdue", tree.reach, only, period.start, until)
    return sum(count for (count,) in plain_rows(overdue, known=known, within="SELECT count(*) FROM ({rows}) AS deal"))


class _Lines:
    """The rows, depth first: the company or the one root that may be read, its people, its teams."""

    def __init__(self, tree: Tree, figures: dict[Place, Figures], quotas: PeriodQuotas, owner: int | None) -> None:
        self.tree, self.figures, self.quotas, self.owner = tree, figures, quotas, owner
        self.of_place = self._quotas_by_place()
        people: dict[int | None, set[int]] = defaultdict(set)
        for place in (*figures, *self.of_place):
            if place[0] in tree.teams or self._is_stray(place):
                people[place[0]].add(place[1])
        for team, members in tree.members.items():
            people[team] |= members
        self._name(people)

    def _quotas_by_place(self) -> dict[Place, list[Part]]:
        """A quota counts for the team its person was in when it began: who moves keeps the past where it was."""
        places: dict[Place, list[Part]] = defaultdict(list)
        for (kind, pk), parts in self.quotas.parts.items():
            if kind != "person" or not self.tree.reads_quota_of(pk):
                continue
            if (only := self.tree.only_home(pk)) is not None:
                places[only, pk] = parts
                continue
            for part in parts:
                places[self.tree.home(pk, part.start, part.end), pk].append(part)
        return places

    def _is_stray(self, place: Place) -> bool:
        """Somebody whose line belongs to no team of the tree: who is in none, or oneself in a former one."""
        team, person = place
        if self.tree.narrowed is not None:
            return False
        is_everyones = team is None and self.tree.reach.reads is None
        return place in self.figures or person == self.tree.reach.user_id or is_everyones

    def _name(self, people: dict[int | None, set[int]]) -> None:
        wanted = set[int]().union(*people.values())
        named = User.objects.order_by("name", "pk").values_list("pk", "name")
        found = named.filter(pk__in=wanted) if len(wanted) < MANY else plain_rows(lambda: named, known="names")
        self.names = {pk: name for pk, name in found if pk in wanted}
        order = {pk: place for place, pk in enumerate(self.names) if self.owner in (None, pk)}
        self.people = {team: sorted(members & order.keys(), key=order.__getitem__) for team, members in people.items()}

    def rows(self) -> list[Row]:
        roots, narrowed = self.tree.roots, self.tree.narrowed
        strays = [team for team in self.people if team not in self.tree.teams] if narrowed is None else []
        strays = [team for team in strays if self.people[team]]
        if len(roots) == 1 and not strays:
            return self._team_rows(roots[0], 0, "company")
        top = Row("company", 0, Workspace.current().name, 0)
        below = [row for root in roots for row in self._team_rows(root, 1, top.key)]
        for stray in strays:
            below += self._people_rows(stray, 1, top.key)
        self._add_up(top, below, [])
        top.deals = self._owned()
        return [top, *below]

    def _team_rows(self, team: TreeTeam, depth: int, parent: str) -> list[Row]:
        row = Row("team" if depth else "company", team.pk, team.name, depth, parent if depth else "", team_id=team.pk)
        below = self._people_rows(team.pk, depth + 1, row.key)
        for child in self.tree.children[team.pk]:
            if child.pk in self.tree.teams:
                below += self._team_rows(child, depth + 1, row.key)
        if self.owner and not below and depth:
            return []
        own = [] if self.owner or team.pk not in self.tree.readable else self.quotas.of(("team", team.pk))
        self._add_up(row, below, own)
        row.deals = (*self.tree.named_by(team.pk), *self._owned())
        row.may_set_quota = not self.owner and self.tree.may_set_quota("team", team.pk)
        return [row, *below]

    def _people_rows(self, team: int | None, depth: int, parent: str) -> list[Row]:
        rows = []
        here = ("in_node", str(team or "none"))
        for pk in self.people.get(team, []):
            figures = self.figures.get((team, pk)) or Figures()
            row = Row("person", pk, self.names[pk], depth, parent, figures, team_id=team)
            row.quota_parts = self.of_place.get((team, pk), [])
            row.quota = row.own_quota = total(row.quota_parts)
            row.deals = (("owner", str(pk)), here)
            row.may_set_quota = self.tree.may_set_quota("person", pk)
            rows.append(row)
        return rows

    def _owned(self) -> tuple[tuple[str, str], ...]:
        return (("owner", str(self.owner)),) if self.owner else ()

    @staticmethod
    def _add_up(row: Row, below: list[Row], own: Sequence[Part]) -> None:
        children = [child for child in below if child.depth == row.depth + 1]
        for child in children:
            row.figures.include(child.figures)
        members = [part for child in children for part in child.quota_parts]
        row.quota_parts = merged(own, members)
        row.own_quota = total(own)
        row.quota = total(row.quota_parts) if own else _sum(child.quota for child in children)
        row.quota_mismatch = difference(own, members)


def _sum(quotas: Iterable[Decimal | None]) -> Decimal | None:
    known = [quota for quota in quotas if quota is not None]
    return sum(known, Decimal(0)) if known else None


def _joined(lines: list[Row]) -> Row:
    first = lines[0]
    whole = Row("person", first.id, first.name, 0, deals=(("owner", str(first.id)),))
    for line in lines:
        whole.figures.include(line.figures)
    whole.quota = whole.own_quota = _sum(line.quota for line in lines)
    return whole
