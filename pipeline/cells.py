"""The columns that a list of deals can have, and what stands in each cell: texts are made here, as on a card."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import QueryDict
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from crm.custom.words import Wording
from crm.models import CustomField, User, custom_fields
from crm.money import Money, round_to
from crm.templatetags.penstock import day, money, plain_percent
from pipeline.cards import CardMaker, avatar_of, escaped
from pipeline.filters import CUSTOM
from pipeline.forms import FACTS
from pipeline.models import Category, DealLine, ListColumns, Outcome
from pipeline.valuing import CHANCE

Row = Mapping[str, Any]
PRODUCTS = ArraySubquery(DealLine.objects.filter(deal=OuterRef("pk")).values("product__name"))
BADGES = {Outcome.WON: "badge-good", Outcome.LOST: "badge-bad"}


@dataclass
class Drawing:
    """What the cells of one page are drawn with."""

    maker: CardMaker
    fields: Mapping[str, CustomField] = field(default_factory=dict)
    wording: Wording | None = None

    def value(self, row: Row) -> Decimal | None:
        """In the base currency; a closed deal's of the day it closed."""
        if row["outcome"] != Outcome.OPEN:
            frozen: Decimal | None = row["base_amount"]
            return frozen
        return self.maker.valuing.convert(Money(row["amount"] or Decimal(0), row["currency_id"]))

    def base(self, value: Decimal | None) -> str:
        return _("not convertible") if value is None else money(round_to(value, 0), self.maker.valuing.currency)


Draw = Callable[[Row, Drawing], str]


class Column(NamedTuple):
    name: str
    label: Any
    draw: Draw
    css: str = ""
    needs: tuple[str, ...] = ()  # beyond what a card needs
    edit: str = ""  # a fact, or stage, owner, activities
    is_sorted: bool = True


def stage(row: Row, drawing: Drawing) -> str:
    css = BADGES.get(row["outcome"])
    return format_html('<span class="badge {}">{}</span>', css, row["stage__name"]) if css else row["stage__name"]


def amount(row: Row, drawing: Drawing) -> str:
    return money(row["amount"], row["currency_id"]) if row["amount"] is not None else "–"


def value(row: Row, drawing: Drawing) -> str:
    return drawing.base(drawing.value(row))


def weighted(row: Row, drawing: Drawing) -> str:
    worth = drawing.value(row)
    settled = {Outcome.WON: Decimal(100), Outcome.LOST: Decimal(0)}
    share: Decimal = settled[row["outcome"]] if row["outcome"] in settled else row["chance"]
    return drawing.base(None if worth is None else round_to(worth * share / 100, drawing.maker.valuing.digits))


def chance(row: Row, drawing: Drawing) -> str:
    return _("%(percent)s %%") % {"percent": plain_percent(row["chance"])}


def close(row: Row, drawing: Drawing) -> str:
    on = row["closed_on"] or row["expected_close_on"]
    is_late = row["outcome"] == Outcome.OPEN and on is not None and on < drawing.maker.today
    if is_late:
        return format_html('{} <span class="badge badge-warn">{}</span>', day(on), _("overdue"))
    return day(on)


def next_step(row: Row, drawing: Drawing) -> str:
    state = drawing.maker.state(row, drawing.maker.day_of(row["stage_since"]))
    detail = state.detail if state.kind != "stalled" else ""
    text = '<span class="card-step step-{}">{}<b>{}</b> <span>{}</span></span>'
    return format_html(text, state.kind, state.icon, state.text, detail)


def in_stage(row: Row, drawing: Drawing) -> str:
    entered_on = drawing.maker.day_of(row["stage_since"])
    return drawing.maker.age((drawing.maker.today - entered_on).days)


def owner(row: Row, drawing: Drawing) -> str:
    avatar = avatar_of(row["owner_id"], row["owner__name"])
    return format_html(
        '<span class="person"><span aria-hidden="true">{}</span><span>{}</span></span>', avatar, row["owner__name"]
    )


def category(row: Row, drawing: Drawing) -> str:
    if row["outcome"] != Outcome.OPEN:
        return str(Outcome(row["outcome"]).label)
    return str(Category(row["category_override"] or row["stage__category"]).label)


def reason(row: Row, drawing: Drawing) -> str:
    return row["win_reason__name"] or row["loss_reason__name"] or "–"


def plain(name: str) -> Draw:
    return lambda row, drawing: row[name] or "–"


COLUMNS = {
    column.name: column
    for column in (
        Column("title", lazy("Deal"), plain("title"), edit="title"),
        Column("company", lazy("Company"), plain("company__name"), edit="company"),
        Column("stage", lazy("Stage"), stage, needs=("stage__name",), edit="stage"),
        Column("amount", lazy("Amount"), amount, "num", edit="amount"),
        Column("value", lazy("Value"), value, "num", ("base_amount",)),
        Column("chance", lazy("Chance"), chance, "num", ("chance",), "chance"),
        Column("weighted", lazy("Weighted"), weighted, "num", ("base_amount", "chance")),
        Column("close", lazy("Close"), close, "", ("closed_on", "expected_close_on"), "close"),
        Column("step", lazy("Next step"), next_step, edit="activities"),
        Column("days", lazy("In stage"), in_stage, "num muted"),
        Column("owner", lazy("Owner"), owner, edit="owner"),
        Column("team", lazy("Team"), plain("team__name"), "", ("team__name",)),
        Column("source", lazy("Source"), plain("source__name"), "", ("source__name",), "source"),
        Column(
            "products",
            lazy("Products"),
            lambda row, drawing: ", ".join(row["products"]) or "–",
            needs=("products",),
            is_sorted=False,
        ),
        Column("created", lazy("Created"), lambda row, drawing: day(row["created_at"]), "muted", ("created_at",)),
        Column("category", lazy("Category"), category, "", ("category_override", "stage__category"), "category"),
        Column("reason", lazy("Reason"), reason, "", ("win_reason__name", "loss_reason__name")),
        Column("competitor", lazy("Competitor"), plain("competitor"), "", ("competitor",)),
    )
}
USUAL = ["title", "company", "stage", "amount", "chance", "close", "step", "days", "owner"]
ANNOTATED = {"chance": CHANCE, "products": PRODUCTS}


def _custom(key: str) -> Draw:
    def draw(row: Row, drawing: Drawing) -> str:
        shown, value = drawing.fields[key], row["custom"].get(key)
        text = drawing.wording.text(shown, value) if drawing.wording else ""
        return format_html('<a href="{}" rel="noopener">{}</a>', text, text) if value and shown.kind == "link" else text

    return draw


def shown_to(user: User) -> list[Column]:
    """The columns the person has chosen, in their order; the title leads them."""
    known = columns()
    chosen = ListColumns.objects.filter(user=user).values_list("names", flat=True).first() or USUAL
    return [known[name] for name in dict.fromkeys(["title", *chosen]) if name in known]


def columns() -> dict[str, Column]:
    """Every one that can be shown: custom fields come last."""
    own = (
        Column(
            each.parameter,
            each.label,
            _custom(each.key),
            "num" if each.kind in {"number", "money"} else "",
            ("custom",),
            each.parameter,
        )
        for each in custom_fields("deal")
    )
    return COLUMNS | {column.name: column for column in own}


def arranged(user: User, posted: QueryDict) -> tuple[list[str], list[str]]:
    """The names of the columns shown, and of all in order: as the person has them, or as they sent them."""
    known = [name for name in columns() if name != "title"]
    shown = [column.name for column in shown_to(user)]
    if "usual" in posted:
        shown = USUAL
    elif "place" in posted:
        shown = posted.getlist("column")
    places = [name for name in [*posted.getlist("place"), *shown, *known] if name in known]
    names = list(dict.fromkeys(places))
    for way, step in (("up", -1), ("down", 1)):
        if (name := posted.get(way)) in names:
            place = min(max(names.index(name) + step, 0), len(names) - 1)
            names.remove(name)
            names.insert(place, name)
    return [name for name in names if name in shown], names


class Cell(NamedTuple):
    column: Column
    html: SafeString
    edit_url: str

    @property
    def name(self) -> str:
        return self.column.name

    @property
    def in_dialog(self) -> bool:
        return self.column.edit == "activities"


class Line(NamedTuple):
    """A row of the table."""

    pk: int
    url: str
    title: str
    title_url: str  # where the title is changed; empty if the person may not
    cells: list[Cell]


def lines_of(rows: Sequence[Row], shown: Sequence[Column], maker: CardMaker) -> list[Line]:
    fields = {each.key: each for each in custom_fields("deal") if each.parameter in {column.name for column in shown}}
    records = [row["custom"] for row in rows] if fields else []
    drawing = Drawing(maker, fields, Wording(list(fields.values()), records) if fields else None)
    return [_line(row, shown, drawing) for row in rows]


def _line(row: Row, shown: Sequence[Column], drawing: Drawing) -> Line:
    pk, may = row["id"], drawing.maker.reach.changes(row["owner_id"], row["team_id"])
    cells = [
        Cell(column, _safe(column.draw(row, drawing)), edit_url(column, pk, row["outcome"]) if may else "")
        for column in shown
        if column.name != "title"
    ]
    title_url = edit_url(COLUMNS["title"], pk, row["outcome"]) if may else ""
    return Line(pk, reverse("pipeline:deal", args=[pk]), row["title"], title_url, cells)


def _safe(text: str) -> SafeString:
    return text if isinstance(text, SafeString) else escaped(text)


def edit_url(column: Column, pk: int, outcome: str) -> str:
    """Where the cell is edited; a closed deal keeps its date, and has no next step to plan here."""
    if not column.edit or (outcome != Outcome.OPEN and column.edit in {"close", "activities"}):
        return ""
    if column.edit in FACTS or column.edit.startswith(CUSTOM):
        return reverse("pipeline:deal-facts", args=[pk, column.edit])
    query = "?kind=task" if column.edit == "activities" else ""
    return reverse(f"pipeline:deal-{column.edit}", args=[pk]) + query
