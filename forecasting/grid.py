"""The quotas of a fiscal year as a grid: the tree of teams and people by months and quarters."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse

from crm.access import Reach
from crm.calendar import fiscal_calendar, periods_in, this
from crm.forms import as_typed
from crm.models import Workspace
from crm.periods import Period
from forecasting.quotas import Part, PeriodQuotas, beside, counting, difference, merged, total
from forecasting.setting import held_from_above
from forecasting.table import lines_of_quotas
from forecasting.tree import Tree
from forecasting.types import REVENUE, ForecastType
from forecasting.weighting import Row
from forecasting.wording import period_label

DEEPEST = 6  # steps of indentation
MANY = 80  # people: beyond, the grid shows teams, and people only within a chosen one


@dataclass(slots=True)
class Cell:
    """One subject's quota of one period. `part` is what was set for exactly it, `parts` what counts."""

    id: str
    subject: str
    label: str
    period: Period
    base: str = ""
    part: Part | None = None
    parts: Sequence[Part] = ()
    mismatch: Decimal | None = None
    beside: Decimal | None = None  # what its months come to less its own, where both are set
    held_by: str = ""  # who set it from above
    url: str = ""  # where it is set; empty: not by this person
    is_here: bool = True  # a person's quota stands with the team they were in
    text: str | None = None  # as typed, when it was refused
    errors: list[str] = field(default_factory=list)

    @property
    def counts(self) -> Decimal | None:
        return total(self.parts)

    @property
    def value(self) -> str:
        """What the input holds."""
        if self.text is not None:
            return self.text
        return as_typed(self.part.set_amount) if self.part else ""

    @property
    def currency(self) -> str:
        return self.part.currency if self.part else ""

    @property
    def is_foreign(self) -> bool:
        return self.currency not in {"", self.base}

    @property
    def version(self) -> int:
        return self.part.version if self.part else 0


@dataclass(slots=True)
class Line:
    row: Row
    cells: list[Cell]
    year: Cell

    @property
    def indent(self) -> int:
        return min(self.row.depth, DEEPEST)


@dataclass(frozen=True, slots=True)
class Grid:
    year: Period
    currency: str
    columns: list[Period]
    lines: list[Line]
    tree: Tree
    teams_only: bool
    type: ForecastType

    @property
    def this_month(self) -> Period:
        return this("month")

    @property
    def query(self) -> str:
        """The same year and type on another page."""
        return f"?{urlencode({'period': self.year.key, **typed(self.type)})}"

    @property
    def not_convertible(self) -> int:
        return sum(cell.part is not None and cell.part.amount is None for line in self.lines for cell in line.cells)

    @property
    def may_set(self) -> bool:
        return any(cell.url for line in self.lines for cell in line.cells)

    def cell(self, subject: str, period: Period) -> Cell | None:
        cells = [cell for line in self.lines if line.row.subject == subject for cell in line.cells]
        return next((cell for cell in cells if cell.period == period and cell.is_here), None)

    def touched_by(self, subject: str) -> list[Line]:
        """The subject's own lines, and those above them whose sums it is in."""
        by_key = {each.row.key: each for each in self.lines}
        found: dict[str, Line] = {}
        for line in self.lines:
            above = line if line.row.subject == subject else None
            while above:
                found[above.row.key] = above
                above = by_key.get(above.row.parent)
        return list(found.values())


def grid_address(period: Period, type: ForecastType) -> str:
    """The grid of the fiscal year in which it begins."""
    query = {"period": fiscal_calendar().year_of(period.start).key, **typed(type)}
    return f"{reverse('forecasting:quotas')}?{urlencode(query)}"


def typed(type: ForecastType) -> dict[str, str]:
    """How an address says the type; revenue goes without saying."""
    return {"type": type.key} if type != REVENUE else {}


def grid_of(reach: Reach, period: Period, *, team: int | None = None, type: ForecastType = REVENUE) -> Grid:
    """The fiscal year in which `period` begins. As many queries, whatever its size."""
    calendar = fiscal_calendar()
    year = calendar.year_of(period.start)
    tree = Tree(reach, year, team)
    quotas = PeriodQuotas(year, type)
    rows = lines_of_quotas(tree, quotas)
    teams_only = team is None and sum(row.kind == "person" for row in rows) > MANY
    columns = periods_in(year, calendar)
    lines = _Filler(tree, quotas, rows, columns, year, type).lines()
    if teams_only:
        lines = [line for line in lines if line.row.kind != "person" or line.row.id == reach.user_id]
    return Grid(year, Workspace.current().currency_id, columns, lines, tree, teams_only, type)


class _Filler:
    """Fills the lines from the deepest up: a team without a quota of its own counts the sum of those below."""

    def __init__(
        self,
        tree: Tree,
        quotas: PeriodQuotas,
        rows: list[Row],
        columns: list[Period],
        year: Period,
        type: ForecastType,
    ) -> None:
        self.tree, self.quotas, self.rows, self.columns, self.year = tree, quotas, rows, columns, year
        self.base = "" if type.is_count else Workspace.current().currency_id
        self.query = f"?{urlencode(typed(type))}" if type != REVENUE else ""
        self.held = held_from_above(tree.reach, year, type)
        self.children: dict[str, list[Row]] = {}
        for row in rows:
            self.children.setdefault(row.parent, []).append(row)
        self.labels = {period: period_label(period) for period in [*columns, year]}

    def lines(self) -> list[Line]:
        filled: dict[str, Line] = {}
        for row in reversed(self.rows):
            below = [filled[child.key] for child in self.children.get(row.key, [])]
            cells = [
                self._cell(row, period, [line.cells[number] for line in below])
                for number, period in enumerate(self.columns)
            ]
            filled[row.key] = Line(row, cells, self._cell(row, self.year, [line.year for line in below]))
        return [filled[row.key] for row in self.rows]

    def _cell(self, row: Row, period: Period, below: Iterable[Cell]) -> Cell:
        cell = Cell(f"q-{row.key}-{period.key}", row.subject, f"{row.name}, {self.labels[period]}", period, self.base)
        kind = "person" if row.kind == "person" else "team"
        parts = [part for part in self.quotas.all.get((kind, row.id), []) if _lies_in(part, period)]
        if kind == "person":
            parts = [part for part in parts if self.tree.home(row.id, part.start, part.end) == row.team_id]
            cell.is_here = self.tree.home(row.id, period.start, period.end) == row.team_id
        cell.part = next((part for part in parts if (part.start, part.end) == (period.start, period.end)), None)
        own, members = counting(parts), [part for each in below for part in each.parts]
        cell.parts = merged(own, members)
        cell.mismatch = difference(own, members)
        cell.beside = cell.part and beside(cell.part, parts)
        cell.held_by = self.held.get((kind, row.id, period.start, period.end), "")
        if row.may_set_quota and cell.is_here and period.kind != "year" and not cell.held_by:
            cell.url = reverse("forecasting:quota", args=[row.subject, period.key]) + self.query
        return cell


def _lies_in(part: Part, period: Period) -> bool:
    return period.start <= part.start and part.end <= period.end
