"""Explain any number of the table: the deals, quotas and lines that make it, and that they add up to the cent."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.db.models import DateTimeField, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Round
from django.http import QueryDict

from crm.access import Reach
from crm.models import ExchangeRate, Workspace
from forecasting.links import Opening
from forecasting.quotas import Part
from forecasting.table import Table
from forecasting.weighting import RATIOS, ZERO, Makeup, Row, makeup
from pipeline.filters import DealFilter
from pipeline.models import Category, Deal, DealChange
from pipeline.valuing import FINAL_CHANCE, NUMERIC, Valuing, totals_of

MOST = 500  # deals: of more, the lines below are listed; where there are none, the largest deals and the sum of all
COLUMNS = (
    "pk", "title", "company__name", "outcome", "amount", "currency_id", "base_rate", "closed_on", "expected_close_on",
    "stage__name", "probability_override", "category_override", "chance", "forecast_category", "worth", "counts",
)  # fmt: skip


class Rate(NamedTuple):
    rate: Decimal
    on: date


@dataclass(frozen=True, slots=True)
class DealLine:
    """One deal beneath a number, and how it comes to what it adds."""

    pk: int
    title: str
    company: str
    is_won: bool
    amount: Decimal
    currency: str
    rate: Rate | None  # what the amount was converted at; None: it needed no rate, or none is known
    worth: Decimal | None  # in the forecast's currency; None: not convertible, in no sum
    day: date | None  # closed, or expected to close
    is_overdue: bool
    stage: str
    chance: Decimal
    own_chance: bool  # set on the deal; else the stage's
    category: str
    own_category: bool
    counts: Decimal  # what it adds

    @property
    def category_label(self) -> str:
        return str(Category(self.category).label)


@dataclass(frozen=True, slots=True)
class Deals:
    """The deals of one kind beneath a number."""

    is_won: bool
    is_weighted: bool
    lines: list[DealLine]
    count: int
    missing: int  # among them: not convertible
    total: Decimal
    url: str  # all of them, as a list

    @property
    def left(self) -> int:
        return self.count - len(self.lines)


class Below(NamedTuple):
    """A line of the table beneath another, and what it adds."""

    row: Row
    value: Decimal


@dataclass(frozen=True, slots=True)
class Quotas:
    lines: list[tuple[Row, Part]]
    total: Decimal | None


@dataclass(frozen=True, slots=True)
class Explanation:
    row: Row
    measure: str
    is_cumulative: bool
    value: Decimal | None  # as the table says
    made_of: Makeup
    quotas: Quotas | None = None
    deals: list[Deals] = field(default_factory=list)
    below: list[Below] = field(default_factory=list)  # in the place of the deals, where these are too many

    @property
    def won(self) -> Decimal:
        return self.row.figures.of(Makeup(won=True)) if self.made_of.won else ZERO

    @property
    def open(self) -> Decimal:
        return self.row.figures.of(self.made_of._replace(won=False))

    @property
    def figure(self) -> Decimal:
        """What the deals have to add up to."""
        return self.row.figures.of(self.made_of)

    @property
    def summed(self) -> Decimal:
        """What they do add up to."""
        parts = [part.total for part in self.deals] or [each.value for each in self.below]
        return sum(parts, ZERO)

    @property
    def adds_up(self) -> bool:
        """Not while a change waits to be counted."""
        return self.summed == self.figure and (self.quotas is None or self.quotas.total == self.row.quota)

    @property
    def missing(self) -> int:
        return sum(part.missing for part in self.deals)

    @property
    def has_deals(self) -> bool:
        return self.made_of != Makeup()

    @property
    def is_ratio(self) -> bool:
        return self.measure in RATIOS


def explain(
    table: Table, row: Row, measure: str, *, reach: Reach, opening: Opening, cumulative: bool = True
) -> Explanation:
    """`opening` names the row's deals. A number over many deals is told by the lines below it, each with its own."""
    made_of = makeup(measure, cumulative=cumulative)
    found = Explanation(
        row=row,
        measure=measure,
        is_cumulative=cumulative,
        value=row.value(measure, cumulative=cumulative),
        made_of=made_of,
        quotas=quotas_of(table, row) if measure in {"quota", "gap", "attainment", "coverage"} else None,
    )
    if not found.has_deals:
        return found
    children = [child for child in table.rows if child.parent == row.key]
    if children and _count(row, made_of) > MOST:
        found.below.extend(Below(child, child.figures.of(made_of)) for child in children)
    else:
        found.deals.extend(deals_of(made_of, reach=reach, opening=opening))
    return found


def _count(row: Row, made_of: Makeup) -> int:
    figures = row.figures
    return (figures.won_deals if made_of.won else 0) + (figures.open_deals if made_of.open else 0)


# ── Deals ──────────────────────────────────────────────────────────────────────────────────────────


def deals_of(made_of: Makeup, *, reach: Reach, opening: Opening) -> Iterable[Deals]:
    """Those won, and those still open: exactly the deals of the list behind the number."""
    valuing, rates = Valuing.today(), _Rates()
    if made_of.won:
        yield _part(Makeup(won=True), reach, opening, valuing, rates)
    if made_of.open:
        yield _part(made_of._replace(won=False), reach, opening, valuing, rates)


def deals_behind(address: str, reach: Reach) -> QuerySet[Deal]:
    """What the list at that address would show to this reader."""
    return DealFilter.of(QueryDict(urlsplit(address).query), reach).apply(Deal.objects.visible_to(reach).live())


def counted(deals: QuerySet[Deal], made_of: Makeup, valuing: Valuing) -> Any:
    """Annotates what each deal is worth and what it adds to a number: rounded as the cells round."""
    worth = F("worth")
    weighted = Round(worth * F("final_chance") / Value(Decimal(100), output_field=NUMERIC), precision=valuing.digits)
    return (
        deals.with_chance()  # type: ignore[attr-defined]
        .annotate(worth=valuing.value(), final_chance=FINAL_CHANCE)
        .annotate(counts=weighted if made_of.is_weighted else worth)
    )


def _part(made_of: Makeup, reach: Reach, opening: Opening, valuing: Valuing, rates: "_Rates") -> Deals:
    url = opening.of(made_of)
    deals = counted(deals_behind(url, reach), made_of, valuing)
    order = (F("counts").desc(nulls_last=True), "pk")
    lines = [_line(row, rates) for row in deals.order_by(*order).values(*COLUMNS)[: MOST + 1]]
    if len(lines) <= MOST:
        total = sum((line.counts for line in lines), ZERO)
        count, missing = len(lines), sum(line.worth is None for line in lines)
    else:
        sums = totals_of(deals_behind(url, reach), valuing)
        total = sums.weighted if made_of.is_weighted else sums.value
        count, missing = sums.count, sums.missing
    return Deals(made_of.won, made_of.is_weighted, lines[:MOST], count, missing, total, url)


def _line(row: dict[str, Any], rates: "_Rates") -> DealLine:
    is_won, today = row["outcome"] == "won", Workspace.current().today
    day = row["closed_on"] if is_won else row["expected_close_on"]
    return DealLine(
        pk=row["pk"],
        title=row["title"],
        company=row["company__name"] or "",
        is_won=is_won,
        amount=row["amount"] or ZERO,
        currency=row["currency_id"],
        rate=_rate_of(row, rates) if row["worth"] is not None else None,
        worth=row["worth"],
        day=day,
        is_overdue=not is_won and day is not None and day < today,
        stage=row["stage__name"],
        chance=row["chance"],
        own_chance=row["probability_override"] is not None,
        category=row["forecast_category"],
        own_category=bool(row["category_override"]),
        counts=row["counts"] or ZERO,
    )


def _rate_of(row: dict[str, Any], rates: "_Rates") -> Rate | None:
    """A closed deal keeps the rate of its day; an open one follows the newest."""
    if row["currency_id"] == rates.base:
        return None
    if row["outcome"] == "won":
        return Rate(row["base_rate"], row["closed_on"]) if row["base_rate"] is not None else None
    return rates.of(row["currency_id"])


class _Rates:
    """Today's rates with the day each is of; asked for once, and only if a deal needs one."""

    def __init__(self) -> None:
        workspace = Workspace.current()
        self.base, self._today = workspace.currency_id, workspace.today
        self._known: dict[str, Rate] | None = None

    def of(self, currency: str) -> Rate | None:
        if self._known is None:
            newest = ExchangeRate.objects.filter(base=self.base, on__lte=self._today)
            newest = newest.order_by("currency_id", "-on", "-id").distinct("currency_id")
            self._known = {code: Rate(rate, on) for code, rate, on in newest.values_list("currency_id", "rate", "on")}
        return self._known.get(currency)


# ── Who said so ────────────────────────────────────────────────────────────────────────────────────


class Said(NamedTuple):
    by: str
    on: Any


def who_set(lines: Iterable[DealLine], column: str) -> dict[int, Said]:
    """Of deals with a chance or a category of their own: who set it last, and when."""
    own = {"probability_override": "own_chance", "category_override": "own_category"}[column]
    ids = [line.pk for line in lines if getattr(line, own)]
    if not ids:
        return {}
    set_at = DealChange.objects.filter(deal=OuterRef("pk"), was__has_key=column).order_by("-effective_at", "-id")
    opened = DealChange.objects.filter(deal=OuterRef("pk")).order_by("effective_at", "id")
    found = Deal.objects.filter(pk__in=ids).annotate(
        by=Subquery(set_at.values("by__name")[:1]),
        at=Subquery(set_at.values("effective_at")[:1], output_field=DateTimeField()),
        opened_by=Subquery(opened.values("by__name")[:1]),
    )
    return {
        pk: Said(by if at else opened_by, at or opened_at)
        for pk, by, at, opened_by, opened_at in found.values_list("pk", "by", "at", "opened_by", "opened_at")
        if by or opened_by
    }


# ── Quotas ─────────────────────────────────────────────────────────────────────────────────────────


def quotas_of(table: Table, row: Row) -> Quotas:
    """Whose quotas make a line's: its own, and where it has none those of the lines below."""
    whose: dict[int, Row] = {}
    for each in reversed(table.rows):  # from the deepest up: a part is of the first line that has it
        for part in each.quota_parts:
            whose.setdefault(id(part), each)
    lines = [(whose[id(part)], part) for part in row.quota_parts]
    known = [part.amount for _, part in lines if part.amount is not None]
    return Quotas(lines, sum(known, ZERO) if known else None)
