"""Adjustments as the forecast counts them: those that stand in a period, laid over the lines of the table."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple, Self

from crm.access import Reach
from crm.models import Workspace
from crm.moment import current_moment
from crm.periods import Period
from forecasting.adjusting import Cell, Views, roll_up
from forecasting.models import Adjustment, Measure
from forecasting.quotas import in_base, with_plan_rate
from forecasting.rows import plain_rows
from forecasting.tree import Tree
from forecasting.weighting import Row, makeup

COMPANY = "company"  # the line of everybody, and the seat above all teams
Convert = Callable[[Decimal], Decimal | None]
# The columns that can be adjusted, as the cumulative and as the single view has them.
CUMULATIVE = {"forecast": Measure.FORECAST, "commit": Measure.COMMIT, "best_case": Measure.BEST_CASE}
SINGLE = CUMULATIVE | {"commit": Measure.COMMIT_SINGLE, "best_case": Measure.BEST_CASE_SINGLE}
MAKEUPS = {
    str(measure): makeup(column, cumulative=view is CUMULATIVE)
    for view in (SINGLE, CUMULATIVE)
    for column, measure in view.items()
}


class Laid(NamedTuple):
    """One adjustment that stands. `amount` is in the company's currency; None: no rate is known, it counts nowhere."""

    pk: int
    line: str
    seat: str
    measure: str
    amount: Decimal | None
    set_amount: Decimal
    currency: str
    raw: Decimal | None  # what the figure was then; None: in a currency the company has left
    note: str
    by_id: int | None
    by_name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Adjusted:
    """A figure over which, or below which, an adjustment was laid."""

    views: Views
    standing: Laid | None  # the one that counts for this line
    others: tuple[Laid, ...] = ()  # laid over it too, and not counted while that one stands
    then: Decimal | None = None  # the raw figure when the standing one was made, in the currency of the page

    @property
    def amount(self) -> Decimal:
        return self.views.amount

    @property
    def drift(self) -> Decimal | None:
        """What the raw figure has changed by since."""
        return None if self.then is None else self.raw - self.then

    @property
    def drift_size(self) -> Decimal:
        return abs(self.drift or Decimal(0))

    @property
    def raw(self) -> Decimal:
        return self.views.raw

    @property
    def difference(self) -> Decimal:
        return self.views.difference


class Subject(NamedTuple):
    """Whose line is adjusted: a person's in a team, a team's (no owner), or the company's (neither)."""

    owner: int | None
    team: int | None

    @property
    def key(self) -> str:
        """`person-3-2` (in team 2), `team-2`, `company`: what `parse` reads back."""
        if self.owner:
            return f"person-{self.owner}-{self.team or 0}"
        return f"team-{self.team}" if self.team else COMPANY

    @classmethod
    def parse(cls, key: str) -> Self:
        """Raises ValueError."""
        if key == COMPANY:
            return cls(None, None)
        if not (match := re.fullmatch(r"(?:person-([1-9][0-9]{0,17})|team)-([0-9]{1,18})", key)):
            raise ValueError(key)
        return cls(int(match[1]) if match[1] else None, int(match[2]) or None)

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(row.id, row.team_id) if row.kind == "person" else cls(None, row.id or None)


def standing(period: Period, *, at: datetime | None = None) -> list[Laid]:
    """The adjustments of a period that stand, or stood at an instant, oldest first; in one query.

    They count at the period's plan rate, as quotas do.
    """
    slot = ("owner_id", "team_id", "measure", "is_own", "seat_id")
    columns = (
        "id", "owner_id", "team_id", "is_own", "seat_id", "measure", "amount", "currency_id", "plan_rate", "raw",
        "raw_currency_id", "note", "by_id", "by__name", "effective_at",
    )  # fmt: skip

    def made() -> Any:
        made = Adjustment.objects.filter(starts_on=period.start, ends_on=period.end)
        if at is not None:
            made = made.filter(recorded_at__lte=at)
        return with_plan_rate(made.order_by(*slot, "-id").distinct(*slot), "currency_id").values_list(*columns)

    base, digits = Workspace.current().currency_id, Workspace.current().currency.digits
    rows = plain_rows(made, known=("standing", base, period.start, period.end) if at is None else None)
    found = []
    for pk, owner, team, is_own, seat, measure, amount, currency, rate, raw, raw_currency, note, by, name, when in rows:
        if amount is None:  # taken back
            continue
        line = Subject(owner, team).key
        from_where = line if is_own else Subject(None, seat).key
        worth = in_base(amount, currency, rate, base, digits)
        then = raw if raw_currency == base else None
        found.append(
            Laid(pk, line, from_where, measure, worth, amount, currency, then, note, by, name or "Penstock", when)
        )
    return sorted(found)


def shown(row: Row, *, cumulative: bool) -> dict[str, Adjusted]:
    """Column → what adjustments make of it in that view."""
    view = CUMULATIVE if cumulative else SINGLE
    return {column: row.adjusted[measure] for column, measure in view.items() if measure in row.adjusted}


def lay(rows: Sequence[Row], tree: Tree, laid: Iterable[Laid], *, convert: Convert = lambda amount: amount) -> None:
    """Give each row what adjustments make of its figures: `row.adjusted[measure]`, where there is something to tell.

    `convert` brings amounts into the currency of the rows.
    """
    by_measure: dict[str, list[Laid]] = defaultdict(list)
    for each in laid:
        by_measure[each.measure].append(each)
    seats = Seats(tree)
    for measure, made in by_measure.items():
        views = views_of(rows, seats, measure, made, convert=convert)
        of_line: dict[str, list[Laid]] = defaultdict(list)
        for each in made:
            of_line[each.line].append(each)
        for row in rows:
            mine = of_line[Subject.of(row).key] if seats.is_whole(row) else []
            if mine or views[row.key].difference:
                row.adjusted[measure] = _adjusted(views[row.key], mine, convert)


def views_of(
    rows: Sequence[Row],
    seats: "Seats",
    measure: str,
    laid: Iterable[Laid],
    *,
    convert: Convert = lambda amount: amount,
) -> dict[str, Views]:
    """By row."""
    counted: dict[str, dict[str, Decimal]] = defaultdict(dict)
    for each in laid:
        if each.amount is not None and (amount := convert(each.amount)) is not None:
            counted[each.line][each.seat] = amount
    return roll_up(
        [
            Cell(
                key=row.key,
                parent=row.parent,
                seats=seats.of(row),
                raw=row.figures.of(MAKEUPS[measure]),
                laid=counted[Subject.of(row).key] if seats.is_whole(row) else {},
                is_own=row.kind == "person" and (row.team_id, row.id) in seats.tree.managers,
            )
            for row in rows
        ]
    )


def _adjusted(views: Views, laid: list[Laid], convert: Convert) -> Adjusted:
    counts = next((each for each in laid if each.seat == views.standing), None)
    others = tuple(each for each in laid if each is not counts)
    then = convert(counts.raw) if counts and counts.raw is not None else None
    return Adjusted(views, counts, others, then)


def may_adjust(reach: Reach, subject: Subject) -> bool:
    """Everyone their own lines; managers those of the teams they answer for and below, administrators all."""
    if not reach.may_write:
        return False
    is_below = reach.writes is None or subject.team in reach.writes
    return subject.owner == reach.user_id or (reach.is_manager and is_below)


class Seats:
    """From where each line can be adjusted, from the company down to itself."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.parents = {child.pk: parent for parent, children in tree.children.items() for child in children}

    def of(self, row: Row) -> tuple[str, ...]:
        path, team = [Subject.of(row).key] if row.kind == "person" else [], row.team_id
        while team is not None and (row.kind != "person" or team in self.parents):
            path.append(Subject(None, team).key)
            team = self.parents.get(team)
        return (COMPANY, *reversed(path))

    def is_whole(self, row: Row) -> bool:
        """Whether all of a line is within the reader's reach: of a part of it nothing was ever judged."""
        if row.kind == "person":
            return True
        if any(name == "owner" for name, _ in row.deals):
            return False
        if not row.id:
            return self.tree.reach.reads is None and self.tree.narrowed is None
        return all(team in self.tree.readable for team in self.tree.below(row.id))

    def may_adjust(self, row: Row) -> bool:
        """Of the past nothing is."""
        return current_moment() is None and may_adjust(self.tree.reach, Subject.of(row)) and self.is_whole(row)
