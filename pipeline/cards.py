"""A deal as the board draws it: every string is made here, so that the template only puts them in place."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.models import Workspace
from crm.money import Money, round_to
from crm.templatetags.penstock import day, icon, initials, money
from pipeline.filters import is_stalled
from pipeline.models import Deal, Outcome, Stage
from pipeline.valuing import Valuing

COLUMNS = (
    "id",
    "version",
    "title",
    "rank",
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
)
Row = Mapping[str, Any]


class State(NamedTuple):
    """The one line at the foot of a card: what is next, or what is wrong."""

    kind: str  # planned, today, overdue, none, stalled, closed
    icon: SafeString
    text: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """Who changed the card just now."""

    avatar: SafeString
    text: str
    ago: str


@dataclass(slots=True)
class Card:
    pk: int
    version: int
    rank: str
    stage_id: int
    url: str
    title: str
    company: str
    amount: str
    converted: str  # in the base currency, of a foreign amount
    days: str
    avatar: SafeString
    state: State
    is_fixed: bool  # the person may look, not move
    live: Live | None = None


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


class CardMaker:
    """Makes the cards of one request; stages and rates are read once by whoever calls."""

    def __init__(self, reach: Reach, stages: Mapping[int, Stage], valuing: Valuing) -> None:
        workspace = Workspace.current()
        self.reach, self.stages, self.valuing = reach, stages, valuing
        self.today, self.zone = workspace.today, workspace.zone
        self.address = reverse("pipeline:deal", args=[0])[:-2]
        self.ages: dict[int, str] = {}

    def cards(self, deals: QuerySet[Deal]) -> list[Card]:
        return self.made(deals.values(*COLUMNS))

    def made(self, rows: Iterable[Row]) -> list[Card]:
        return [self.card(row) for row in rows]

    def card(self, row: Row) -> Card:
        entered_on = self.day_of(row["stage_since"])
        amount, currency = row["amount"], row["currency_id"]
        return Card(
            pk=row["id"],
            version=row["version"],
            rank=row["rank"],
            stage_id=row["stage_id"],
            url=f"{self.address}{row['id']}/",
            title=row["title"],
            company=row["company__name"] or "",
            amount=_("No amount") if amount is None else money(amount, currency),
            converted=self.converted(amount, currency),
            days=self.age((self.today - entered_on).days),
            avatar=avatar_of(row["owner_id"], row["owner__name"]),
            state=self.state(row, entered_on),
            is_fixed=not self.reach.changes(row["owner_id"], row["team_id"]),
        )

    def day_of(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def age(self, days: int) -> str:
        if days not in self.ages:
            self.ages[days] = _("%(days)d d") % {"days": days} if days > 0 else _("today")
        return self.ages[days]

    def converted(self, amount: Decimal | None, currency: str) -> str:
        if amount is None or currency == self.valuing.currency:
            return ""
        value = self.valuing.convert(Money(amount, currency))
        return _("not convertible") if value is None else money(round_to(value, 0), self.valuing.currency)

    def state(self, row: Row, entered_on: date) -> State:
        if row["outcome"] != Outcome.OPEN:
            return State("closed", icon("flag", 14), str(Outcome(row["outcome"]).label))
        if row["next_step__due_on"] is not None:
            return self.planned(row["next_step__due_on"], row["next_step__subject"])
        touched_on = self.day_of(row["touched_at"]) if row["touched_at"] else None
        limit = self.stages[row["stage_id"]].stall_days
        if is_stalled(entered_on, limit, touched_on, self.today):
            return self.stalled((self.today - entered_on).days, limit or 0, touched_on)
        return State("none", icon("circle-dashed", 14), _("No next step"))

    def planned(self, due_on: date, subject: str) -> State:
        late = (self.today - due_on).days
        if late > 0:
            return State("overdue", icon("circle-alert", 14), _("Overdue %(days)d d") % {"days": late}, subject)
        if late == 0:
            return State("today", icon("clock", 14), _("Today"), subject)
        return State("planned", icon("calendar", 14), day(due_on, "EdMMM"), subject)

    def stalled(self, days: int, limit: int, touched_on: date | None) -> State:
        head = _("Stalled %(days)d d, limit %(limit)d") % {"days": days, "limit": limit}
        if touched_on is None:
            return State("stalled", icon("hourglass", 14), head, _("never touched, no next step"))
        return State(
            "stalled", icon("hourglass", 14), head, _("touched %(day)s, no next step") % {"day": day(touched_on)}
        )
