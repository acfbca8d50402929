"""Deals as a table: sorted, paged by key, and summed over everything that matches."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import DateField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils.translation import gettext_lazy as lazy

from crm.access import Reach
from crm.custom.queries import field_of, sorted_by
from crm.templatetags.penstock import day, money_cents
from pipeline.cards import COLUMNS, Card, CardMaker
from pipeline.filters import DealFilter, whole
from pipeline.models import Deal, Outcome, Stage
from pipeline.valuing import NUMERIC, Totals, Valuing, totals_of

SIZE = 50
EXTRA = ("stage__name", "closed_on", "expected_close_on", "archived_at", "chance")
LONG_AGO = Value(date(1, 1, 1), output_field=DateField())
SORTS: dict[str, Any] = {
    "newest": None,
    "title": F("title"),
    "amount": lambda valuing: Coalesce(valuing.value(), Value(Decimal(-1)), output_field=NUMERIC),
    "stage": F("stage__position"),
    "close": Coalesce("closed_on", "expected_close_on", LONG_AGO),
    "days": F("stage_since"),
}
LABELS = [
    ("title", lazy("Deal"), ""),
    ("stage", lazy("Stage"), ""),
    ("amount", lazy("Amount"), "num"),
    ("", lazy("Chance"), "num"),
    ("close", lazy("Close"), ""),
    ("", lazy("Next step"), ""),
    ("days", lazy("In stage"), "num"),
    ("", lazy("Owner"), ""),
]


class Heading(NamedTuple):
    label: Any
    css: str
    url: str = ""
    sorted: str = ""  # ascending or descending, as aria-sort says it


@dataclass(slots=True)
class ListedDeal:
    card: Card
    stage: str
    chance: Decimal
    close: str
    is_late: bool
    outcome: str


@dataclass(slots=True)
class Listing:
    rows: list[ListedDeal]
    totals: Totals
    value: str
    weighted: str
    headings: list[Heading]
    next_url: str
    left: int

    @property
    def next_size(self) -> int:
        return min(SIZE, self.left)


def listing_of(reach: Reach, asked: DealFilter, query: QueryDict) -> Listing:
    """`query` has `sort` (a leading - turns it round), `after` and `seen`, where and how far the page before ended."""
    valuing = Valuing.today()
    deals = asked.apply(Deal.objects.visible_to(reach).filter(archived_at__isnull="archived" not in query))
    totals = totals_of(deals, valuing)
    sort = query.get("sort", "")
    rows = _page(deals, sort, query.get("after", ""), valuing)
    seen = int(query.get("seen", "0")) if query.get("seen", "0").isdigit() else 0
    more = len(rows) > SIZE
    currency = valuing.currency
    return Listing(
        rows=_listed(reach, valuing, rows[:SIZE]),
        totals=totals,
        value=money_cents(totals.value, currency),
        weighted=money_cents(totals.weighted, currency),
        headings=[_heading(query, sort, *label) for label in LABELS],
        next_url=_url(query, after=rows[SIZE - 1]["id"], seen=seen + SIZE) if more else "",
        left=max(0, totals.count - seen - SIZE) if more else 0,
    )


def _page(deals: QuerySet[Deal], sort: str, after: str, valuing: Valuing) -> list[dict[str, Any]]:
    """51 rows behind the deal `after`, in an order that the deal's number makes complete."""
    name, sign = sort.lstrip("-"), "-" if sort.startswith("-") else ""
    last = Deal.objects.filter(pk=_number(after))
    if (key := _key(name)) is None:
        below = deals.filter(pk__lt=_number(after)) if _number(after) else deals
        return list(_columns(below.order_by("-pk")))
    key = key(valuing) if callable(key) and not hasattr(key, "resolve_expression") else key
    deals = deals.annotate(key=key)
    if (value := last.annotate(key=key).values_list("key", flat=True).first()) is not None:
        beyond, compare = ("lt", "pk__lt") if sign else ("gt", "pk__gt")
        deals = deals.filter(Q(**{f"key__{beyond}": value}) | Q(key=value, **{compare: _number(after)}))
    return list(_columns(deals.order_by(f"{sign}key", f"{sign}pk")))


def _key(name: str) -> Any:
    """What a sort compares; None for the newest first."""
    if (found := field_of("deal", name)) and found.field.archived_at is None and not found.asks:
        return sorted_by(found.field)
    return SORTS.get(name)


def _columns(deals: QuerySet[Deal]) -> Any:
    chance = Coalesce("probability_override", "stage__probability")
    return deals.annotate(chance=chance)[: SIZE + 1].values(*COLUMNS, *EXTRA)


def _number(text: str) -> int:
    try:
        return whole(text)
    except ValueError:
        return 0


def _listed(reach: Reach, valuing: Valuing, rows: Sequence[Any]) -> list[ListedDeal]:
    maker = CardMaker(reach, Stage.objects.in_bulk({row["stage_id"] for row in rows}), valuing)
    return [
        ListedDeal(
            card=maker.card(row),
            stage=row["stage__name"],
            chance=row["chance"],
            close=day(row["closed_on"] or row["expected_close_on"]),
            is_late=row["outcome"] == Outcome.OPEN
            and row["expected_close_on"] is not None
            and row["expected_close_on"] < maker.today,
            outcome=row["outcome"],
        )
        for row in rows
    ]


def _heading(query: QueryDict, sort: str, name: str, label: Any, css: str) -> Heading:
    if not name:
        return Heading(label, css)
    here = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
    return Heading(label, css, _url(query, sort=f"-{name}" if sort == name else name), here)


def _url(query: QueryDict, **values: object) -> str:
    address = query.copy()
    for name in ("after", "seen"):
        address.pop(name, None)
    for name, value in values.items():
        address[name] = str(value)
    return f"?{address.urlencode()}"
