"""The board as dataclasses, in a fixed number of statements whatever the number of deals.

Heads are sums over every deal that matches; cards are the first of each column. Both start from the same filtered
deals, so a head never promises what its column does not hold.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.models import Workspace
from crm.moment import current_moment
from crm.request import read_once
from crm.rows import columns, fetched, found
from crm.templatetags.penstock import compact_money, day, money, money_cents, plain_percent
from pipeline.cards import COLUMNS, Card, CardMaker
from pipeline.columns import LATER, PAST, Columns, MonthColumns, Slot, SlotKind, StageColumns
from pipeline.filters import OF_OPEN_DEALS, DealFilter
from pipeline.lately import latest
from pipeline.models import Deal, Outcome, Pipeline, Stage
from pipeline.sorting import Sort
from pipeline.valuing import Totals, Valuing

FIRST, MORE, LATEST = 25, 50, 5
SETTLED = "pg_snapshot_xmin(pg_current_snapshot())::text::bigint"
AFTER = RawSQL(SETTLED, [])  # where the feed of events stands
SHAPE = f"""
SELECT {columns(Stage, "s")}, {columns(Pipeline, "p")}, {SETTLED} FROM pipeline_stage s
JOIN pipeline_pipeline p ON p.id = s.pipeline_id WHERE p.is_active ORDER BY p.position, p.id, s.position, s.id
"""


@dataclass(slots=True)
class Head:
    """The two lines and the bar on top of a column."""

    slot: Slot
    chance: str  # of a stage
    totals: Totals
    value: str
    value_exact: str
    weighted: str
    weighted_exact: str
    share: float = 0.0  # percent of the largest column on the board
    weighted_share: float = 0.0


@dataclass(slots=True)
class Column:
    head: Head
    cards: list[Card]
    list_url: str  # every deal of the column, as a list
    more_url: str = ""  # the next cards
    is_folded: bool = False

    @property
    def left(self) -> int:
        return max(0, self.head.totals.count - len(self.cards))

    @property
    def next_size(self) -> int:
        return min(MORE, self.left)


@dataclass(slots=True)
class MonthPages:
    """The way to the months before and after those that are shown, and how many deals close after them."""

    earlier: str
    later: str
    count: int


@dataclass(slots=True)
class ClosedDeal:
    pk: int
    title: str
    url: str
    detail: str
    amount: str


@dataclass(slots=True)
class Rail:
    """Won or lost this month: how many, how much, the latest few."""

    stage: Stage
    month: str
    count: int
    value: str
    deals: list[ClosedDeal]
    list_url: str

    @property
    def left(self) -> int:
        return max(0, self.count - len(self.deals))


@dataclass(slots=True)
class Board:
    pipeline: Pipeline
    pipelines: list[Pipeline]
    columns: list[Column]
    rails: list[Rail]
    totals: Totals
    value: str
    weighted: str
    after: int  # where in the feed of events this board stands
    by: str
    sort: Sort
    pages: MonthPages | None = None
    stages: list[Stage] = field(default_factory=list)
    hidden: int = 0  # how many there would be without the filters, if nothing is left

    @property
    def first(self) -> Stage | None:
        """Where a new deal begins."""
        return next((stage for stage in self.stages if stage.is_open), None)


@dataclass(slots=True)
class Shape:
    """Which pipelines there are, and the stages of the one that is looked at."""

    pipeline: Pipeline
    pipelines: list[Pipeline]
    stages: list[Stage]
    after: int

    @property
    def by_id(self) -> dict[int, Stage]:
        return {stage.pk: stage for stage in self.stages}

    @property
    def open(self) -> list[Stage]:
        return [stage for stage in self.stages if stage.is_open]

    @property
    def closed(self) -> list[Stage]:
        return [stage for stage in self.stages if not stage.is_open]


def shape_of(pk: int | None) -> Shape | None:
    """The pipeline, or without a number the default one; None if it is not there. One statement.

    `after` is read first: what is announced later is news to this board, even if its cards show it already.
    """
    stages, after = stages_in_use()
    pipelines = list({stage.pipeline_id: stage.pipeline for stage in stages}.values())
    for pipeline in pipelines:
        if pipeline.pk == pk or (pk is None and pipeline.is_default):
            mine = [stage for stage in stages if stage.pipeline_id == pipeline.pk]
            return Shape(pipeline, pipelines, mine, after)
    return None


def stages_in_use() -> tuple[list[Stage], int]:
    """Of every active pipeline, and where the feed of events stood when they were read: once per request."""
    return read_once("stages", _read_stages)


def _read_stages() -> tuple[list[Stage], int]:
    rows = list(found(SHAPE, [], Stage, Pipeline))
    for stage, pipeline, _place in rows:
        stage.pipeline = pipeline
    return [row[0] for row in rows], rows[0][2][0] if rows else 0


class BoardMaker:
    """Everything the board, its patches and its further cards are made of, for one person and one filter."""

    def __init__(self, reach: Reach, shape: Shape, asked: DealFilter) -> None:
        self.reach, self.shape, self.asked = reach, shape, asked
        self.valuing = Valuing.today()
        is_plain = not (asked or asked.look or current_moment())
        self.known = (reach, self.valuing.known) if is_plain else None  # all that the deals of a plain board depend on
        self.columns = self._columns()
        self.maker = CardMaker(reach, shape.by_id, self.valuing, self.columns)
        self.list_url = reverse("pipeline:deals")

    @cached_property
    def deals(self) -> QuerySet[Deal]:
        return self.asked.apply(Deal.objects.visible_to(self.reach).live())

    def _columns(self) -> Columns:
        look = self.asked.look
        if look.get("by") == MonthColumns.by:
            today = Workspace.current().today
            return MonthColumns(self.shape.pipeline, look.get("sort", ""), today, look.get("from", ""))
        return StageColumns(self.shape.open, look.get("sort", ""))

    def board(self, folded: set[str] | frozenset[str] = frozenset()) -> Board:
        shape, slots = self.shape, self.columns.slots
        sums = self.sums(slots)
        total = self.total(sums)
        folded = folded | ({PAST} - sums.keys())  # nothing is past due: that needs no room
        cards = self.first_cards([slot for slot in slots if slot.key not in folded])
        return Board(
            pipeline=shape.pipeline,
            pipelines=shape.pipelines,
            columns=[self.column(head, cards.get(head.slot.key)) for head in self.heads(slots, sums)],
            rails=self.rails(),
            after=shape.after,
            by=self.columns.by,
            sort=self.columns.sort,
            pages=self.pages(sums),
            stages=shape.stages,
            hidden=0 if total["totals"].count or not self.asked else self.all_open().count(),
            **total,
        )

    def all_open(self) -> QuerySet[Deal]:
        """Whatever the filters."""
        return Deal.objects.visible_to(self.reach).live().filter(stage__in=[stage.pk for stage in self.shape.open])

    # ── Heads ──────────────────────────────────────────────────────────────────────────────────────

    def sums(self, slots: Sequence[Slot]) -> dict[str, Totals]:
        return self.columns.sums(lambda: self.deals, self.valuing, {slot.key for slot in slots}, self.known)

    def total(self, sums: Mapping[str, Totals]) -> dict[str, Any]:
        whole = sum(sums.values(), Totals())
        currency = self.valuing.currency
        return {
            "totals": whole,
            "value": compact_money(whole.value, currency),
            "weighted": compact_money(whole.weighted, currency),
        }

    def heads(self, slots: Sequence[Slot], sums: Mapping[str, Totals]) -> list[Head]:
        largest = max((sums[slot.key].value for slot in slots if slot.key in sums), default=Decimal(0))
        return [self.head(slot, sums.get(slot.key, Totals()), largest) for slot in slots]

    def head(self, slot: Slot, totals: Totals, largest: Decimal) -> Head:
        currency = self.valuing.currency
        scale = 100 / float(largest) if largest else 0.0
        return Head(
            slot=slot,
            chance=plain_percent(slot.stage.probability) if slot.stage else "",
            totals=totals,
            value=compact_money(totals.value, currency),
            value_exact=money_cents(totals.value, currency),
            weighted=compact_money(totals.weighted, currency),
            weighted_exact=money_cents(totals.weighted, currency),
            share=round(float(totals.value) * scale, 2),
            weighted_share=round(float(totals.weighted) * scale, 2),
        )

    # ── Cards ──────────────────────────────────────────────────────────────────────────────────────

    def first_cards(self, slots: Sequence[Slot]) -> dict[str, list[Card]]:
        """The first cards of every column: one statement, which reads each column's index only so far."""
        found: dict[str, list[Card]] = {slot.key: [] for slot in slots}
        for card in self.maker.made(self._rows(slots, FIRST)):
            found[card.column].append(card)
        return found

    def in_order(self, narrow: Q, after: str) -> QuerySet[Deal]:
        """The deals of a column as they stand in it, behind a place."""
        sort = self.columns.sort
        deals = sort.applied(self.deals.filter(narrow), self.valuing)
        return sort.below(deals, after) if after else deals

    def _rows(self, slots: Sequence[Slot], size: int, after: str = "") -> list[dict[str, Any]]:
        """The first of each column: columns of one kind are one query, built and planned once."""
        columns = (*COLUMNS, *self.columns.extra, "place")
        rows: list[dict[str, Any]] = []
        if current_moment():  # facts of then are worked out for the cards that are drawn, not for all that are sorted
            kinds = self.columns.kinds(slots)
            found = [self._of_each(kind, ["id"], size, after) for kind in kinds]
            drawn = self.deals.filter(pk__in=[row["id"] for part in found for row in part])
            rows = list(self.columns.sort.applied(drawn, self.valuing).values(*columns))
            return self.columns.sort.sorted(rows)
        for kind in self.columns.kinds(slots):
            rows += self._of_each(kind, columns, size, after)
        return self.columns.sort.sorted(rows)

    def _of_each(
        self, kind: SlotKind, columns: Sequence[str], size: int | None = None, after: str = "", known: Hashable = ""
    ) -> list[dict[str, Any]]:
        """The rows for each slot of a kind: built and planned once, as that takes longer than reading them."""
        here = None if self.known is None or after else (known, self.known, kind.each, size, columns)
        each = f"SELECT c.* FROM {kind.each}, LATERAL ({{rows}}) AS c"
        found = fetched(
            lambda: self.in_order(kind.narrow, after)[:size].values(*columns),
            known=here, within=each, before=kind.values,
        )  # fmt: skip
        return [dict(zip(columns, row, strict=True)) for row in found]

    def cards(self, deals: Iterable[int]) -> list[Card]:
        """Those deals, as far as they stand on the board."""
        if not (ids := list(deals)):
            return []
        stages = [stage.pk for stage in self.shape.open]
        each = f"(VALUES {', '.join(['(%s::bigint)'] * len(ids))}) AS s(id)"  # of an array it is not known how many
        named = SlotKind(each, ids, Q(pk=RawSQL("s.id", []), stage__in=stages))
        rows = self._of_each(named, (*COLUMNS, *self.columns.extra, "place"), known=("named", *stages))
        return self.maker.made(self.columns.sort.sorted(rows))

    def more_cards(self, slot: Slot, after: str) -> Column:
        """The cards behind a place, and how many stay."""
        cards = self.maker.made(self._rows([slot], MORE + 1, after))
        sums = self.sums([slot])
        column = self.column(self.head(slot, sums.get(slot.key, Totals()), Decimal(0)), cards[:MORE])
        column.more_url = self.more_url(slot, cards[MORE - 1].rank) if len(cards) > MORE else ""
        return column

    def column(self, head: Head, cards: list[Card] | None) -> Column:
        """Without cards it is folded: they come when it is not any more."""
        column = Column(head, cards or [], f"{self.list_url}?{self.with_slot(head.slot)}", is_folded=cards is None)
        if column.left and (cards or column.is_folded):
            column.more_url = self.more_url(head.slot, cards[-1].rank if cards else "")
        return column

    def pages(self, sums: Mapping[str, Totals]) -> MonthPages | None:
        if isinstance(self.columns, StageColumns):
            return None
        earlier, later = self.columns.earlier, self.columns.later
        return MonthPages(
            earlier=f"?{self.asked.with_look(**{'from': earlier})}" if earlier is not None else "",
            later=f"?{self.asked.with_look(**{'from': later})}",
            count=sums.get(LATER, Totals()).count,
        )

    def more_url(self, slot: Slot, after: str) -> str:
        address = reverse("pipeline:board-column", args=[self.shape.pipeline.pk, slot.key])
        return f"{address}?{'&'.join(filter(None, [after and urlencode({'after': after}), self.asked.query]))}"

    def with_slot(self, slot: Slot) -> str:
        """What the list is asked for, to show the column: its own days are kept where they are the narrower ones."""
        query = self.asked.asked.copy()
        for name, value in slot.asked.items():
            narrower = {"expected_from": max, "expected_before": min}.get(name)
            query[name] = narrower(value, query.get(name, value)) if narrower else value
        return query.urlencode()

    # ── Won and lost ───────────────────────────────────────────────────────────────────────────────

    def rails(self) -> list[Rail]:
        """This month's closed deals by stage, in one statement."""
        since = self.maker.today.replace(day=1)
        stages = [stage.pk for stage in self.shape.closed]
        rows = latest(
            lambda: self._closed(stages, since), self.known and ("closed", self.known, since, *stages), LATEST
        )
        by_stage = {stage.pk: [row for row in rows if row["stage_id"] == stage.pk] for stage in self.shape.closed}
        return [self.rail(stage, by_stage[stage.pk], since) for stage in self.shape.closed]

    def _closed(self, stages: list[int], since: date) -> QuerySet[Deal, Any]:
        closed = self.asked.apply(Deal.objects.visible_to(self.reach).live(), without=OF_OPEN_DEALS)
        closed = closed.filter(stage__in=stages, closed_on__gte=since)
        closed = closed.exclude(
            outcome=RawSQL("'open'", [])
        )  # none is: it is what the index of closed deals is asked by
        return closed.order_by().values("id", "stage_id", "closed_on", "base_amount")

    def rail(self, stage: Stage, rows: list[Any], since: date) -> Rail:
        query = self.asked.asked.copy()
        for name in OF_OPEN_DEALS & set(query):
            del query[name]
        query["stage"], query["closed_from"] = str(stage.pk), since.isoformat()
        return Rail(
            stage=stage,
            month=day(since, "MMM"),
            count=rows[0]["all_count"] if rows else 0,
            value=compact_money((rows[0]["all_value"] if rows else None) or Decimal(0), self.valuing.currency),
            deals=[self.closed(row) for row in rows],
            list_url=f"{self.list_url}?{query.urlencode()}",
        )

    def closed(self, row: Any) -> ClosedDeal:
        if row["outcome"] == Outcome.WON:
            who = str(row["owner"]).split()[0]
        else:
            who = row["competitor"] or row["reason"] or _("No reason")
        return ClosedDeal(
            pk=row["id"],
            title=row["title"],
            url=f"{self.maker.address}{row['id']}/",
            detail=f"{who} · {day(row['closed_on'])}",
            amount="–" if row["amount"] is None else money(row["amount"], row["currency_id"]),
        )
