"""The roll-up of a tree of figures with people's adjustments laid over them. No Django.

An adjustment is an absolute value that somebody laid over a cell from their seat: the cell's owner from the cell
itself, a superior from a line above it. It stands in place of all that is beneath, and changes none of it. Where
several lie over one cell, the one made highest up counts; what a viewer sees leaves out those made above the viewer.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

ZERO = Decimal(0)


class Cell(NamedTuple):
    """One line's figure before rolling up. Lines come depth first, as the table has them."""

    key: str
    parent: str  # key of the line above; empty: none
    seats: tuple[str, ...]  # from where it can be adjusted: the company, the lines above from the top, the line itself
    raw: Decimal  # all deals of the line and below
    laid: Mapping[str, Decimal]  # the seat from which it was adjusted → the value; the newest last
    is_own: bool = False  # the own deals of whoever answers for the line above

    def rank(self, seat: str) -> int:
        """How far from the top a seat is. One that is no longer above counts as the direct superior's."""
        return self.seats.index(seat) if seat in self.seats else max(0, len(self.seats) - 2)


@dataclass(frozen=True, slots=True)
class Views:
    """The four views of a cell, and what its owner alone has (Salesforce names them as told)."""

    owner_only: Decimal  # OwnerOnlyAmount: the owner's own deals
    without_adjustments: Decimal  # AmountWithoutAdjustments: the raw figure
    without_manager: Decimal  # AmountWithoutManagerAdjustment: as its owner sees it
    without_owner: Decimal  # AmountWithoutOwnerAdjustment: those below as adjusted, the owner's own deals raw
    amount: Decimal  # ForecastAmount: with everything
    standing: str | None = None  # the seat whose adjustment counts

    @property
    def raw(self) -> Decimal:
        return self.without_adjustments

    @property
    def difference(self) -> Decimal:
        """What adjustments made of the raw figure, here or below."""
        return self.amount - self.without_adjustments


class _Rolled(NamedTuple):
    raw: Decimal
    seen: list[Decimal]  # by the seat from which it is seen: 0 is the top, where everything is
    is_own: bool


def roll_up(cells: Sequence[Cell]) -> dict[str, Views]:
    """The views of every line, in one pass from the bottom."""
    below: dict[str, list[_Rolled]] = defaultdict(list)
    views: dict[str, Views] = {}
    for cell in reversed(cells):
        children = below.pop(cell.key, [])
        ranks = {cell.rank(seat): seat for seat in cell.laid}
        here = cell.raw - sum((child.raw for child in children), ZERO)
        seen = [_seen_from(viewer, cell, ranks, here, children) for viewer in range(len(cell.seats))]
        own = here + sum((child.raw for child in children if child.is_own), ZERO)
        views[cell.key] = Views(
            owner_only=own,
            without_adjustments=cell.raw,
            without_manager=seen[-1],
            without_owner=own + sum((child.seen[len(seen) - 1] for child in children if not child.is_own), ZERO),
            amount=seen[0],
            standing=ranks[min(ranks)] if ranks else None,
        )
        below[cell.parent].append(_Rolled(cell.raw, seen, cell.is_own))
    return views


def _seen_from(viewer: int, cell: Cell, ranks: Mapping[int, str], here: Decimal, children: list[_Rolled]) -> Decimal:
    """The highest adjustment made no higher than the viewer's seat, else what is beneath as seen from there."""
    if made := [rank for rank in ranks if rank >= viewer]:
        return cell.laid[ranks[min(made)]]
    return here + sum((child.seen[viewer] for child in children), ZERO)
