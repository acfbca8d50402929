"""Explain any number of the table: the deals, quotas and lines that make it, and that they add up to the cent."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import batched
from typing import Any, NamedTuple

from django.db.models import DateTimeField, F, OuterRef, Subquery

from crm.access import Reach
from crm.models import ExchangeRate, Workspace
from crm.money import apportion, round_to
from forecasting.links import Opening
from forecasting.measures import deals_behind
from forecasting.quotas import Part
from forecasting.table import Table
from forecasting.types import REVENUE, ForecastType
from forecasting.weighting import RATIOS, ZERO, Makeup, Row, makeup
from pipeline.models import Category, Deal, DealChange, Outcome
from pipeline.models import DealLine as LineRow
from pipeline.valuing import FINAL_CHANCE, Valuing, totals_of

MOST = 500  # deals: of more, the lines below are listed; where there are none, the largest deals and the sum of all
CHUNK = 2_000  # deals of a long export at a time
COLUMNS = (
    "pk", "title", "company__name", "owner__name", "outcome", "amount", "currency_id", "base_rate", "closed_on",
    "expected_close_on", "stage__name", "probability_override", "category_override", "chance", "forecast_category",
    "worth",
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
    owner: str
    is_won: bool
    amount: Decimal
    currency: str
    rate: Rate | None  # what the amount was converted at; None: it needed no rate, or none is known
    worth: Decimal | None  # in the company's currency; None: not convertible, in no sum
    share: Decimal | None  # of that, what counts: all of it, or the part of a product family
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
        found.deals.extend(deals_of(made_of, table.type, reach=reach, opening=opening))
    return found


def _count(row: Row, made_of: Makeup) -> int:
    figures = row.figures
    return (figures.won_deals if made_of.won else 0) + (figures.open_deals if made_of.open else 0)


# ── Deals ──────────────────────────────────────────────────────────────────────────────────────────


def deals_of(made_of: Makeup, type: ForecastType, *, reach: Reach, opening: Opening) -> Iterable[Deals]:
    """Those won, and those still open: exactly the deals of the list behind the number."""
    maker = _Maker(type)
    if made_of.won:
        yield maker.part(Makeup(won=True), opening.of(Makeup(won=True)), reach)
    if made_of.open:
        still_open = made_of._replace(won=False)
        yield maker.part(still_open, opening.of(still_open), reach)


def every_deal(made_of: Makeup, type: ForecastType, *, reach: Reach, opening: Opening) -> Iterator[DealLine]:
    """All of them, however many: those won, then those open, in the order of their numbers."""
    maker = _Maker(type)
    for part in (Makeup(won=made_of.won), made_of._replace(won=False)):
        if part.won or part.open:
            yield from maker.every(part, opening.of(part), reach)


class _Maker:
    """What each deal adds to a number of a forecast type, rounded as the cells round."""

    def __init__(self, type: ForecastType) -> None:
        self.type, self.valuing, self.rates = type, Valuing.today(), _Rates()
        self.families: dict[int, list[tuple[str, Decimal]]] = {}

    def part(self, made_of: Makeup, url: str, reach: Reach) -> Deals:
        deals = deals_behind(url, reach)
        found = [self._line(row, made_of) for row in self._rows(deals, made_of)]
        lines = sorted(found, key=lambda line: -line.counts)[:MOST]
        if len(found) <= MOST or self.type != REVENUE:
            total, count = sum((line.counts for line in found), ZERO), len(found)
            missing = 0 if self.type.is_count else sum(line.worth is None for line in found)
        else:
            sums = totals_of(deals, self.valuing)
            total, count, missing = sums.weighted if made_of.is_weighted else sums.value, sums.count, sums.missing
        return Deals(made_of.won, made_of.is_weighted, lines, count, missing, total, url)

    def every(self, made_of: Makeup, url: str, reach: Reach) -> Iterator[DealLine]:
        rows = self._valued(deals_behind(url, reach)).order_by("pk").values(*COLUMNS)
        for some in batched(rows.iterator(CHUNK), CHUNK):
            if self.type.family:
                self.families = _lines_of([row["pk"] for row in some])
            yield from (self._line(row, made_of) for row in some)

    def _valued(self, deals: Any) -> Any:
        return deals.with_chance().annotate(worth=self.valuing.value(), final_chance=FINAL_CHANCE)

    def _rows(self, deals: Any, made_of: Makeup) -> list[dict[str, Any]]:
        """The largest first; of plain revenue one more than are listed, else all of them."""
        counts = F("worth") * F("final_chance") if made_of.is_weighted else F("worth")
        ordered = self._valued(deals).order_by(counts.desc(nulls_last=True), "pk").values(*COLUMNS)
        rows = list(ordered[: MOST + 1] if self.type == REVENUE else ordered)
        if self.type.family:
            self.families = _lines_of([row["pk"] for row in rows])
        return rows

    def _line(self, row: dict[str, Any], made_of: Makeup) -> DealLine:
        is_won, today = row["outcome"] == Outcome.WON, Workspace.current().today
        day = row["closed_on"] if is_won else row["expected_close_on"]
        return DealLine(
            pk=row["pk"],
            title=row["title"],
            company=row["company__name"] or "",
            owner=row["owner__name"],
            is_won=is_won,
            amount=row["amount"] or ZERO,
            currency=row["currency_id"],
            rate=_rate_of(row, self.rates) if row["worth"] is not None else None,
            worth=row["worth"],
            share=self._share(row),
            day=day,
            is_overdue=not is_won and day is not None and day < today,
            stage=row["stage__name"],
            chance=row["chance"],
            own_chance=row["probability_override"] is not None,
            category=row["forecast_category"],
            own_category=bool(row["category_override"]),
            counts=self._counts(row, made_of),
        )

    def _share(self, row: dict[str, Any]) -> Decimal | None:
        """Of what a deal is worth, the part of its lines of the family."""
        if row["worth"] is None:
            return None
        if not self.type.family:
            return Decimal(row["worth"])
        lines = self.families.get(row["pk"], [])
        parts = apportion(row["worth"], [total for _family, total in lines], self.valuing.digits)
        of_family = (part for (family, _), part in zip(lines, parts, strict=True) if family == self.type.family)
        return sum(of_family, ZERO)

    def _counts(self, row: dict[str, Any], made_of: Makeup) -> Decimal:
        chance = row["chance"] if made_of.is_weighted else Decimal(100)
        if self.type.is_count:
            return Decimal(chance) / 100
        share = self._share(row)
        return ZERO if share is None else round_to(share * chance / 100, self.valuing.digits)


def _lines_of(deals: list[int]) -> dict[int, list[tuple[str, Decimal]]]:
    """The lines of each deal in their order: product family and total."""
    found: dict[int, list[tuple[str, Decimal]]] = defaultdict(list)
    lines = LineRow.objects.filter(deal__in=deals).order_by("deal_id", "position", "id")
    for deal, family, total in lines.values_list("deal_id", "product__family", "total"):
        found[deal].append((family, total))
    return found


def _rate_of(row: dict[str, Any], rates: "_Rates") -> Rate | None:
    """A closed deal keeps the rate of its day; an open one follows the newest."""
    if row["currency_id"] == rates.base:
        return None
    if row["outcome"] == Outcome.WON:
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
