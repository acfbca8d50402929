"""Deals as a table: sorted, paged by key, and summed over everything that matches."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import QueryDict

from crm.access import Reach
from crm.custom.queries import field_of, typed
from crm.templatetags.penstock import money_cents
from pipeline import cards
from pipeline.cards import CardMaker
from pipeline.cells import ANNOTATED, Column, Line, lines_of
from pipeline.filters import DealFilter, whole
from pipeline.models import Deal, Stage
from pipeline.valuing import CHANCE, FINAL_CHANCE, Totals, Valuing, totals_of

SIZE = 50
AT_ONCE = 20_000  # deals that are summed while the page waits; more are summed after it
CLOSE = Coalesce("closed_on", "expected_close_on")
REASON = Coalesce("win_reason__name", "loss_reason__name")
SORTS: dict[str, Any] = {
    "title": F("title"),
    "company": F("company__name"),
    "stage": F("stage__position"),
    "amount": lambda valuing: valuing.value(),
    "value": lambda valuing: valuing.value(),
    "weighted": lambda valuing: valuing.value() * FINAL_CHANCE,
    "chance": CHANCE,
    "close": CLOSE,
    "step": F("next_step__due_on"),
    "days": F("stage_since"),
    "owner": F("owner__name"),
    "team": F("team__name"),
    "source": F("source__name"),
    "created": F("created_at"),
    "category": Coalesce(NullIf("category_override", Value("")), "stage__category"),
    "reason": REASON,
    "competitor": NullIf("competitor", Value("")),
}


class Heading(NamedTuple):
    column: Column
    url: str = ""
    sorted: str = ""  # ascending or descending, as aria-sort says it


class Sums(NamedTuple):
    totals: Totals
    value: str


@dataclass(slots=True)
class Listing:
    lines: list[Line]
    headings: list[Heading]
    next_url: str
    sums: Sums | None  # None: there are so many that they are asked for by themselves
    left: int  # after this page; 0: none, or not counted yet

    @property
    def next_size(self) -> int:
        return min(SIZE, self.left or SIZE)


def deals_of(reach: Reach, asked: DealFilter, query: QueryDict) -> QuerySet[Deal]:
    return asked.apply(Deal.objects.visible_to(reach).filter(archived_at__isnull="archived" not in query))


def listing_of(reach: Reach, asked: DealFilter, query: QueryDict, shown: Sequence[Column]) -> Listing:
    """`query` has `sort` (a leading - turns it round), `after` and `seen`, where and how far the page before ended."""
    valuing = Valuing.today()
    deals = deals_of(reach, asked, query)
    sort, seen = query.get("sort", ""), _number(query.get("seen", ""))
    ids = page_of(deals, sort, _number(query.get("after", "")), valuing)
    more, is_first = len(ids) > SIZE, not seen
    sums = sums_of(deals, valuing) if is_first and (not more or _about(deals) <= AT_ONCE) else None
    total = sums.totals.count if sums else _number(query.get("total", ""))
    return Listing(
        lines=lines_for(reach, ids[:SIZE], shown, valuing),
        headings=[_heading(query, sort, column) for column in shown],
        next_url=_url(query, after=ids[SIZE - 1], seen=seen + SIZE, total=total) if more else "",
        sums=sums,
        left=max(0, total - seen - SIZE) if more else 0,
    )


def sums_of(deals: QuerySet[Deal], valuing: Valuing) -> Sums:
    totals = totals_of(deals, valuing)
    return Sums(totals, money_cents(totals.value, valuing.currency))


def _about(deals: QuerySet[Deal]) -> int:
    """How many there are, as Postgres guesses before it looks."""
    try:
        sql, params = deals.order_by().values("pk").query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}", params)
        (plans,) = cursor.fetchone()
    return int(plans[0]["Plan"]["Plan Rows"])


# ── Order ──────────────────────────────────────────────────────────────────────────────────────────


def page_of(deals: QuerySet[Deal], sort: str, after: int, valuing: Valuing) -> list[int]:
    """51 deals behind the deal `after`: by the key, what has none last, and then by number.

    The two are asked for one after the other, so that either can be read along an index.
    """
    name, descending = sort.removeprefix("-"), sort.startswith("-")
    if (key := _key(name, valuing)) is None:
        below = deals.filter(pk__lt=after) if after else deals
        return list(below.order_by("-pk").values_list("pk", flat=True)[: SIZE + 1])
    sign, beyond = ("-", "lt") if descending else ("", "gt")
    last = list(Deal.objects.filter(pk=after).annotate(key=key).values_list("key", flat=True)) if after else []
    value = last[0] if last else None
    keyed, bare = deals.annotate(key=key).filter(key__isnull=False), deals.annotate(key=key).filter(key=None)
    if value is not None:
        further = Q(**{f"key__{beyond}": value}) | Q(**{f"pk__{beyond}": after})
        keyed = keyed.filter(further, **{f"key__{beyond}e": value})
    elif last:
        keyed, bare = keyed.none(), bare.filter(**{f"pk__{beyond}": after})
    ids = list(keyed.order_by(f"{sign}key", f"{sign}pk").values_list("pk", flat=True)[: SIZE + 1])
    if room := SIZE + 1 - len(ids):
        ids += bare.order_by(f"{sign}pk").values_list("pk", flat=True)[:room]
    return ids


def _key(name: str, valuing: Valuing) -> Any:
    """What a sort compares; None for the newest first."""
    if (found := field_of("deal", name)) and found.field.archived_at is None and not found.asks:
        return typed(found.field)
    key = SORTS.get(name)
    return key(valuing) if callable(key) and not hasattr(key, "resolve_expression") else key


def _number(text: str) -> int:
    try:
        return whole(text)
    except ValueError:
        return 0


# ── Rows ───────────────────────────────────────────────────────────────────────────────────────────


def lines_for(reach: Reach, ids: Sequence[int], shown: Sequence[Column], valuing: Valuing) -> list[Line]:
    """The deals with these numbers, in their order."""
    needs = {need for column in shown for need in column.needs}
    deals = Deal.objects.filter(pk__in=ids).annotate(**{name: ANNOTATED[name] for name in needs & ANNOTATED.keys()})
    rows = {row["id"]: row for row in deals.values(*cards.COLUMNS, *sorted(needs - set(cards.COLUMNS)))}
    maker = CardMaker(reach, Stage.objects.in_bulk({row["stage_id"] for row in rows.values()}), valuing)
    return lines_of([rows[pk] for pk in ids if pk in rows], shown, maker)


def _heading(query: QueryDict, sort: str, column: Column) -> Heading:
    if not column.is_sorted:
        return Heading(column)
    name = column.name
    here = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    return Heading(column, _url(query, sort=f"-{name}" if sort == name else name), here)


def _url(query: QueryDict, **values: object) -> str:
    address = query.copy()
    for name in ("after", "seen", "total"):
        address.pop(name, None)
    for name, value in values.items():
        address[name] = str(value)
    return f"?{address.urlencode()}"
