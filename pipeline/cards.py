"""A deal as the board draws it: every string is made here, so that the template only puts them in place."""

import html
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.custom.words import Wording
from crm.models import Workspace, custom_fields
from crm.money import Money, round_to
from crm.templatetags.penstock import day, icon, initials, money
from pipeline.columns import Columns, StageColumns
from pipeline.models import Deal, Outcome, Stage
from pipeline.stalling import is_stalled
from pipeline.valuing import Valuing

COLUMNS = (
    "id",
    "version",
    "title",
    "stage_id",
    "outcome",
    "amount",
    "currency_id",
    "owner_id",
    "owner__name",
    "team_id",
    "company__name",
    "stage_since",
    "touched_at",
    "next_step__subject",
    "next_step__due_on",
    "custom",
)
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class State:
    """The one line at the foot of a card: what is next, or what is wrong."""

    kind: str  # planned, today, overdue, none, stalled, closed
    icon: SafeString
    text: str
    detail: str = ""

    def __getitem__(self, name: str) -> Any:
        return getattr(self, name)


@dataclass(frozen=True, slots=True)
class Live:
    """Who changed the card just now."""

    avatar: SafeString
    text: str
    ago: str


@dataclass(frozen=True, slots=True)
class Card:
    """All that is drawn of it, so that a card that has not changed need not be drawn again.

    Numbers are texts already: a template would give each its thousands separator, which no address has.
    """

    pk: int
    key: str  # pk, as text
    version: str
    rank: str  # a text by which the cards of a column stand in their order
    stage_id: int
    column: str  # the key of its column: the stage's number, if it does not stand in a month
    url: str
    title: str
    company: str
    amount: str
    more: str  # the custom fields that the company wants to see on cards, in one line
    converted: str  # in the base currency, of a foreign amount
    days: str
    avatar: SafeString
    state: State
    is_fixed: bool  # the person may look, not move
    live: Live | None = None

    def __getitem__(self, name: str) -> Any:
        """What templates try first; an exception instead would cost more than the rest of the lookup."""
        return getattr(self, name)


def escaped(text: str) -> SafeString:
    """Escaped here once instead of by the template at every place; Django's own `escape` is ten times slower."""
    return SafeString(html.escape(text))


@lru_cache(maxsize=4096)
def avatar_of(pk: int, name: str, size: str = "") -> SafeString:
    """As {% avatar %} draws it, without a user at hand."""
    return format_html(
        '<span class="avatar tint-{}{}" title="{}" role="img" aria-label="{}">{}</span>',
        pk * 5 % 12,
        f" {size}" if size else "",
        name,
        name,
        initials(name),
    )


def number(value: int) -> SafeString:
    return SafeString(value)


class CardMaker:
    """Makes the cards of one request; stages and rates are read once by whoever calls."""

    def __init__(
        self, reach: Reach, stages: Mapping[int, Stage], valuing: Valuing, columns: Columns | None = None
    ) -> None:
        workspace = Workspace.current()
        self.columns = columns or StageColumns()
        self.reach, self.stages, self.valuing = reach, stages, valuing
        self.today, self.zone = workspace.today, workspace.zone
        self.address = reverse("pipeline:deal", args=[0])[:-2]
        self.wording = Wording([field for field in custom_fields("deal") if field.on_card], None)
        self.ages: dict[int, str] = {}
        self.dues: dict[date, tuple[str, str, str]] = {}  # kind, icon and words of a day on which something is due

    def cards(self, deals: QuerySet[Deal]) -> list[Card]:
        return self.made(deals.values(*COLUMNS))

    def made(self, rows: Iterable[Row]) -> list[Card]:
        return [self.card(row) for row in rows]

    def card(self, row: Row) -> Card:
        entered_on = self.day_of(row["stage_since"])
        amount, currency = row["amount"], row["currency_id"]
        return Card(
            pk=row["id"],
            key=(key := number(row["id"])),
            version=number(row["version"]),
            rank=self.columns.sort.place_of(row),
            stage_id=row["stage_id"],
            column=SafeString(self.columns.key_of(row)),
            url=SafeString(f"{self.address}{key}/"),  # our own address
            title=escaped(row["title"]),
            company=escaped(row["company__name"] or ""),
            more=self.more(row["custom"]),
            amount=escaped(_("No amount") if amount is None else money(amount, currency)),
            converted=escaped(self.converted(amount, currency)),
            days=self.age((self.today - entered_on).days),
            avatar=avatar_of(row["owner_id"], row["owner__name"]),
            state=self.state(row, entered_on),
            is_fixed=not self.reach.changes(row["owner_id"], row["team_id"]),
        )

    def more(self, custom: Any) -> str:
        """`custom` may come right from the database, where JSON is text."""
        if not self.wording.fields:
            return ""
        return escaped(self.wording.line(json.loads(custom) if isinstance(custom, str) else custom))

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def age(self, days: int) -> str:
        if days not in self.ages:
            self.ages[days] = escaped(_("%(days)d d") % {"days": days} if days > 0 else _("today"))
        return self.ages[days]

    def converted(self, amount: Decimal | None, currency: str) -> str:
        if amount is None or currency == self.valuing.currency:
            return ""
        value = self.valuing.convert(Money(amount, currency))
        return _("not convertible") if value is None else money(round_to(value, 0), self.valuing.currency)

    def state(self, row: Row, entered_on: date) -> State:
        kind, name, text, detail = self.step(row, entered_on)
        return State(kind, icon(name, 14), escaped(text), escaped(detail) if detail else "")

    def step(self, row: Row, entered_on: date) -> tuple[str, str, str, str]:
        if row["outcome"] != Outcome.OPEN:
            return "closed", "flag", str(Outcome(row["outcome"]).label), ""
        if (due_on := row["next_step__due_on"]) is not None:
            if due_on not in self.dues:
                self.dues[due_on] = self.due(due_on)
            return *self.dues[due_on], row["next_step__subject"]
        touched_on = self.day_of(row["touched_at"]) if row["touched_at"] else None
        limit = self.stages[row["stage_id"]].stall_days
        if limit is not None and is_stalled(entered_on, limit, touched_on, self.today):
            return self.stalled((self.today - entered_on).days, limit, touched_on)
        return "none", "circle-dashed", _("No next step"), ""

    def due(self, due_on: date) -> tuple[str, str, str]:
        late = (self.today - due_on).days
        if late > 0:
            return "overdue", "circle-alert", _("Overdue %(days)d d") % {"days": late}
        if late == 0:
            return "today", "clock", _("Today")
        return "planned", "calendar", day(due_on, "EdMMM")

    def stalled(self, days: int, limit: int, touched_on: date | None) -> tuple[str, str, str, str]:
        head = _("Stalled %(days)d d, limit %(limit)d") % {"days": days, "limit": limit}
        if touched_on is None:
            return "stalled", "hourglass", head, _("never touched, no next step")
        return "stalled", "hourglass", head, _("touched %(day)s, no next step") % {"day": day(touched_on)}
