"""The rollups counted again in plain Python, from the deals alone: what the cells must say."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any

from crm.models import ExchangeRate, Membership, Workspace
from forecasting.models import FamilyCell, ForecastCell, TreePlace, TreeSeat, WinLossCell
from pipeline.models import Deal, DealLine

Cells = dict[tuple[Any, ...], tuple[Any, ...]]
CENT = Decimal("0.01")


def rounded(value: Fraction, unit: str) -> Decimal:
    exact = Decimal(value.numerator * 10**6) / Decimal(value.denominator) / 10**6
    return exact.quantize(Decimal(unit), ROUND_HALF_UP)


def month(day: date | None) -> date | None:
    return day and day.replace(day=1)


def rates() -> dict[str, Decimal]:
    workspace = Workspace.current()
    worth: dict[str, Decimal] = {}
    for rate in ExchangeRate.objects.filter(base=workspace.currency, on__lte=workspace.today).order_by("on", "id"):
        worth[rate.currency_id] = rate.rate
    return worth | {workspace.currency_id: Decimal(1)}


def live_deals() -> list[Deal]:
    return list(
        Deal.objects.filter(archived_at=None).select_related("stage", "company").prefetch_related("lines__product")
    )


def seated(owner: int, day: date) -> int | None:
    """In which team of the forecast tree: as the tree says, or the teams' members where nobody has made one."""
    is_own = TreePlace.objects.exists()
    stays: Any = TreeSeat.objects.filter(superseded_at=None) if is_own else Membership.objects.all()
    for stay in stays.filter(user=owner):
        if stay.starts_on <= day and (stay.ends_on is None or day < stay.ends_on):
            return int(stay.team_id)
    return None


def recounted_forecast() -> Cells:
    """(owner, team, node, pipeline, month, currency, category) →
    (deals, expected wins, amount, base, weighted, not convertible)."""
    cells = empty_cells()
    for place, amount, base, chance, _deal in counted_deals():
        add(cells[place], amount, base, chance)
    return {key: tuple(values) for key, values in cells.items()}


def recounted_families() -> Cells:
    """The same by product family: (family, owner, …)."""
    cells = empty_cells()
    for place, amount, base, chance, deal in counted_deals():
        amounts = split(deal, amount, lambda line: line.product.family, "0.001")
        bases = split(deal, base, lambda line: line.product.family)
        for family in amounts.keys() - {""}:
            add(cells[family, *place], amounts[family] or Decimal(0), bases[family], chance)
    return {key: tuple(values) for key, values in cells.items()}


def empty_cells() -> dict[tuple[Any, ...], list[Any]]:
    return defaultdict(lambda: [0, Decimal(0), Decimal(0), Decimal(0), Decimal(0), 0])


def add(cell: list[Any], amount: Decimal, base: Decimal | None, chance: Decimal) -> None:
    cell[0] += 1
    cell[1] += chance / 100
    cell[2] += amount
    if base is None:
        cell[5] += 1
    else:
        cell[3] += base
        cell[4] += (base * chance / 100).quantize(CENT, ROUND_HALF_UP)


def counted_deals() -> Iterator[tuple[tuple[Any, ...], Decimal, Decimal | None, Decimal, Deal]]:
    """Each deal of the forecast: its cell, amount, worth in the base currency, chance."""
    worth = rates()
    for deal in live_deals():
        if deal.outcome == "lost":
            continue
        amount = deal.amount or Decimal(0)
        if deal.outcome == "won":
            day, category, base, chance = deal.closed_on, "won", deal.base_amount, Decimal(100)
        else:
            day, category = deal.expected_close_on, deal.category_override or deal.stage.category
            rate = worth.get(deal.currency_id)
            base = None if rate is None else (amount * rate).quantize(CENT, ROUND_HALF_UP)
            chance = deal.stage.probability if deal.probability_override is None else deal.probability_override
        node = seated(deal.owner_id, day or Workspace.current().today)
        place = (deal.owner_id, deal.team_id, node, deal.pipeline_id, month(day), deal.currency_id, category)
        yield place, amount, base, chance, deal


def split(
    deal: Deal, value: Decimal | None, by: Callable[[DealLine], str], unit: str = "0.01"
) -> dict[str, Decimal | None]:
    """A deal's value over its lines: each line's share of the running total, rounded."""
    lines = list(deal.lines.all())
    if not lines or value is None:
        return {by(line): value for line in lines} or {"": value}
    whole = sum((Fraction(line.total) for line in lines), Fraction(0))
    parts: dict[str, Decimal | None] = {}
    running, given = Fraction(0), Decimal(0)
    for number, line in enumerate(lines):
        running += Fraction(line.total)
        upto = rounded(Fraction(value) * running / whole, unit) if whole else value
        part = upto - given if whole or not number else Decimal(0)
        given = upto
        parts[by(line)] = (parts.get(by(line)) or Decimal(0)) + part
    return parts


def recounted_win_loss() -> Cells:
    """(owner, team, pipeline, month, outcome, dimension, key) → (deals, value, not convertible)."""
    cells: dict[tuple[Any, ...], list[Any]] = defaultdict(lambda: [0, Decimal(0), 0])
    for deal in live_deals():
        if deal.outcome == "open":
            continue
        value, company = deal.base_amount, deal.company
        shares: list[tuple[str, str, Decimal | None]] = [
            ("all", "", value),
            ("reason", str(deal.win_reason_id or deal.loss_reason_id or ""), value),
            ("source", str(deal.source_id or ""), value),
            ("sector", company.sector if company else "", value),
            ("country", company.country if company else "", value),
            ("competitor", deal.competitor, value),
            *(("product", key, part) for key, part in split(deal, value, lambda line: str(line.product_id)).items()),
        ]
        place = (deal.owner_id, deal.team_id, deal.pipeline_id, month(deal.closed_on), deal.outcome)
        for dimension, key, share in shares:
            cell = cells[*place, dimension, key]
            cell[0] += 1
            cell[1] += share or 0
            cell[2] += share is None
    return {key: tuple(values) for key, values in cells.items()}


VALUES = ("deals", "weighted_deals", "amount", "base_amount", "base_weighted", "not_convertible")


def forecast_cells() -> Cells:
    names = ("owner_id", "team_id", "node_id", "pipeline_id", "month", "currency_id", "category")
    return {row[:7]: row[7:] for row in ForecastCell.objects.values_list(*names, *VALUES)}


def family_cells() -> Cells:
    names = ("family", "owner_id", "team_id", "node_id", "pipeline_id", "month", "currency_id", "category")
    return {row[:8]: row[8:] for row in FamilyCell.objects.values_list(*names, *VALUES)}


def win_loss_cells() -> Cells:
    names = ("owner_id", "team_id", "pipeline_id", "month", "outcome", "dimension", "key")
    values = ("deals", "value", "not_convertible")
    return {row[:7]: row[7:] for row in WinLossCell.objects.values_list(*names, *values)}


def assert_cells_are_right() -> None:
    assert forecast_cells() == recounted_forecast()
    assert family_cells() == recounted_families()
    assert win_loss_cells() == recounted_win_loss()
