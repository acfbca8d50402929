"""What narrows the board, the list, and every number's link to its deals: one language of query parameters.

`?owner=7&owner=9` means either; different parameters all have to hold. A value that is not understood matches nothing:
a broken link must not show a larger sum than it promised.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Value
from django.db.models.expressions import RawSQL
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from contacts.models import Company, Contact, Source
from crm.access import OwnedQuerySet, Reach
from crm.custom.queries import narrow
from crm.custom.words import filter_label, filter_words
from crm.folding import Folded, holds, words_of
from crm.models import ExchangeRate, Team, User, Workspace
from crm.moment import current_moment
from crm.templatetags.penstock import day, money
from pipeline.filter_labels import LABELS
from pipeline.models import (
    Category,
    Deal,
    DealContact,
    DealLine,
    LossReason,
    Outcome,
    Pipeline,
    Product,
    Stage,
    WinReason,
)
from pipeline.stalling import stall_days_of, stalled
from pipeline.worth import worth_from, worth_to

CUSTOM = "cf_"  # begins the parameters of custom fields
NONE = "none"  # stands for an empty relation: deals without a source, without a reason
LARGEST_ID = 2**63
TEAMS_BELOW = """WITH RECURSIVE below AS (
    SELECT id FROM crm_team WHERE id = ANY(%s) UNION SELECT t.id FROM crm_team t JOIN below b ON t.parent_id = b.id
) SELECT id FROM below"""


class Chip(NamedTuple):
    """A filter in use, in words, and the address without it."""

    name: str
    label: str
    value: str
    without: str


def whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) < LARGEST_ID):
        raise ValueError(text)
    return int(text)


def numbers_of(texts: Sequence[str]) -> list[int]:
    """Each once, in order; what is no number is passed over."""
    return list(dict.fromkeys(int(text) for text in texts if text.isascii() and text.isdigit() and len(text) < 19))


def related(column: str) -> Callable[[Sequence[str]], Q]:
    """Ids, or `none`."""

    def narrow(values: Sequence[str]) -> Q:
        ids = [whole(value) for value in values if value != NONE]
        empty = Q(**{f"{column}__isnull": True}) if NONE in values else Q(pk__in=[])
        return Q(**{f"{column}__in": ids}) | empty

    return narrow


def through(model: type[models.Model], column: str) -> Callable[[Sequence[str]], Q]:
    """Ids of what hangs on a deal by rows of its own, or `none`."""

    def narrow(values: Sequence[str]) -> Q:
        rows = model._default_manager.filter(deal=OuterRef("pk"))
        ids = [whole(value) for value in values if value != NONE]
        empty = ~Exists(rows) if NONE in values else Q(pk__in=[])
        return Q(Exists(rows.filter(**{f"{column}__in": ids}))) | Q(empty)

    return narrow


def words(column: str) -> Callable[[Sequence[str]], Q]:
    """Exact texts, or `none` for an empty one."""

    def narrow(values: Sequence[str]) -> Q:
        texts = [value for value in values if value != NONE]
        empty = Q(**{column: ""}) | Q(**{f"{column}__isnull": True}) if NONE in values else Q(pk__in=[])
        return Q(**{f"{column}__in": texts}) | empty

    return narrow


def on_day(lookup: str) -> Callable[[Sequence[str]], Q]:
    return lambda values: Q(**{lookup: date.fromisoformat(values[-1])})


def opened(lookup: str, later: int) -> Callable[[Sequence[str]], Q]:
    """By the day, in the company's time zone, on which a deal was opened."""

    def narrow(values: Sequence[str]) -> Q:
        day = date.fromisoformat(values[-1]) + timedelta(days=later)
        return Q(**{f"opened_at__{lookup}": datetime.combine(day, time(), Workspace.current().zone)})

    return narrow


def counting(lookup: str) -> Callable[[Sequence[str]], Q]:
    """By the day on which a deal counts in the forecast: a won one closed, an open one is expected to."""

    def narrow(values: Sequence[str]) -> Q:
        day = date.fromisoformat(values[-1])
        won = Q(outcome=Outcome.WON, **{f"closed_on__{lookup}": day})
        return won | Q(outcome=Outcome.OPEN, **{f"expected_close_on__{lookup}": day})

    return narrow


def choice(column: str, choices: Any) -> Callable[[Sequence[str]], Q]:
    def narrow(values: Sequence[str]) -> Q:
        return Q(**{f"{column}__in": [choices(value) for value in values]})

    return narrow


def in_teams(values: Sequence[str]) -> Q:
    """The teams and all teams below them, by the deal's team."""
    below = RawSQL(TEAMS_BELOW, [[whole(value) for value in values if value != NONE]])
    return Q(team_id__in=below) | (Q(team=None) if NONE in values else Q(pk__in=[]))


def in_categories(values: Sequence[str]) -> Q:
    """Forecast categories of open deals; `won` and `closed` are the won ones."""
    won = Q(outcome=Outcome.WON) if {"won", Category.CLOSED.value} & set(values) else Q(pk__in=[])
    names = [Category(value) for value in values if value not in {"won", Category.CLOSED.value}]
    own = Q(category_override__in=names) | Q(category_override="", stage__category__in=names)
    return won | (Q(outcome=Outcome.OPEN) & own if names else Q(pk__in=[]))


def for_reasons(values: Sequence[str]) -> Q:
    """Whatever the outcome: combine with `outcome` to tell the reasons of winning from those of losing."""
    ids = [whole(value) for value in values if value != NONE]
    without = Q(win_reason=None, loss_reason=None) & ~Q(outcome=Outcome.OPEN) if NONE in values else Q(pk__in=[])
    return Q(win_reason__in=ids) | Q(loss_reason__in=ids) | without


def with_words(values: Sequence[str]) -> Q:
    """Every word is in the title, or in the company's name; accents do not matter."""
    found = Q()
    for word in words_of(values[-1]):
        companies = Company.objects.alias(named=Folded("name")).filter(holds("named", word))
        found &= holds("titled", word) | Q(company__in=companies.values("pk"))
    return found


def unconverted(today: date) -> Q:
    """No rate is known for it, or none was on the day it closed: in no sum."""
    base = Workspace.current().currency_id
    known = ExchangeRate.objects.filter(base=base, on__lte=today).values("currency")
    is_open = Q(outcome=Outcome.OPEN)
    return (is_open & ~Q(currency=base) & ~Q(currency__in=known)) | (~is_open & Q(base_amount=None))


NARROW: dict[str, Callable[[Sequence[str]], Q]] = {
    "as_of": lambda values: Q(),  # whoever answers looks back (crm.past); it stays in every link to the deals
    "q": with_words,
    "pipeline": related("pipeline"),
    "stage": related("stage"),
    "outcome": choice("outcome", Outcome),
    "owner": related("owner"),
    "team": in_teams,
    "in_team": related("team"),
    "company": related("company"),
    "contact": through(DealContact, "contact"),
    "source": related("source"),
    "product": through(DealLine, "product"),
    "reason": for_reasons,
    "win_reason": related("win_reason"),
    "loss_reason": related("loss_reason"),
    "sector": words("company__sector"),
    "country": words("company__country"),
    "competitor": words("competitor"),
    "currency": words("currency_id"),
    "category": in_categories,
    "amount_from": worth_from,
    "amount_to": worth_to,
    "expected_from": on_day("expected_close_on__gte"),
    "expected_to": on_day("expected_close_on__lte"),
    "expected_before": on_day("expected_close_on__lt"),
    "closed_from": on_day("closed_on__gte"),
    "closed_to": on_day("closed_on__lte"),
    "closed_before": on_day("closed_on__lt"),
    "opened_from": opened("gte", 0),
    "opened_to": opened("lt", 1),
    "counts_from": counting("gte"),
    "counts_before": counting("lt"),
}
OFFERED: dict[str, Any] = {}  # filters that a floor above adds, and what each does, for the API's document
FLAGS: dict[str, Callable[[Reach, date], Q]] = {
    "mine": lambda reach, today: Q(owner=reach.user_id),
    "stalled": lambda reach, today: stalled(today),
    "no_step": lambda reach, today: Q(outcome=Outcome.OPEN, next_step=None),
    "undated": lambda reach, today: Q(expected_close_on=None),
    "overdue": lambda reach, today: Q(outcome=Outcome.OPEN, expected_close_on__lt=today),
    "unconverted": lambda reach, today: unconverted(today),
}
EXPECTED = {"expected_from", "expected_to", "expected_before"}
OF_OPEN_DEALS = {"stalled", "no_step", "undated", "overdue", "category", *EXPECTED}

ALL = "all"  # the view of everything, whatever a screen opens with
LOOK = ("by", "from", "sort", "view")  # how the deals are shown, whichever they are


@dataclass(frozen=True)
class DealFilter:
    """Which deals are asked for: the parameters of an address that this module knows. `look` goes with them."""

    asked: QueryDict
    reach: Reach
    look: QueryDict = field(default_factory=QueryDict)

    @classmethod
    def of(cls, query: QueryDict, reach: Reach) -> "DealFilter":
        custom = [name for name in query if name.startswith(CUSTOM)]
        return cls(_only(query, [*NARROW, *FLAGS, *custom]), reach, _only(query, LOOK))

    def __bool__(self) -> bool:
        return bool(self.asked)

    def apply(self, deals: Any, *, without: set[str] | frozenset[str] = frozenset()) -> QuerySet[Deal]:
        """The deals that match; each condition is one WHERE, none multiplies rows."""
        if "q" in self.asked:
            deals = deals.alias(titled=Folded("title"))
        if "stalled" in self.asked and "stalled" not in without:
            deals = deals.alias(**stall_days_of(Workspace.current().zone))
        for name in self.asked:
            if name not in without:
                deals = deals.filter(self._condition(name))
        found: QuerySet[Deal] = deals
        return found

    def _condition(self, name: str) -> Q:
        if name in FLAGS:
            return FLAGS[name](self.reach, Workspace.current().today)
        try:
            if name.startswith(CUSTOM):
                return narrow("deal", name, self.asked.getlist(name))
            return NARROW[name](self.asked.getlist(name))
        except (ValueError, OverflowError):
            return Q(pk__in=[])

    @property
    def query(self) -> str:
        """The parameters as an address has them, without the question mark."""
        return self.with_look()

    def with_look(self, **values: str) -> str:
        """The address of the same deals shown otherwise."""
        look = self.look.copy()
        for name, value in values.items():
            look[name] = value
        return "&".join(filter(None, [self.asked.urlencode(), _only(look, LOOK).urlencode()]))

    def without(self, name: str) -> str:
        """The address without a filter, shown as before."""
        rest = self.asked.copy()
        rest.pop(name)
        return f"?{DealFilter(rest, self.reach, self.look).query or f'view={ALL}'}"

    def beside(self, name: str) -> list[tuple[str, str]]:
        """Everything else the address has, for a form that asks for `name` alone."""
        sent = [*self.asked.lists(), *self.look.lists()]
        return [(other, value) for other, values in sent if other != name for value in values]

    @property
    def beside_words(self) -> list[tuple[str, str]]:
        return self.beside("q")

    def chips(self) -> list[Chip]:
        """One for each parameter in use."""
        called = self._names()
        return [Chip(name, self._label(name), self._words(name, called), self.without(name)) for name in self.asked]

    def _label(self, name: str) -> str:
        return filter_label("deal", name) if name.startswith(CUSTOM) else str(LABELS[name])

    def _words(self, name: str, called: Mapping[str, list[str]]) -> str:
        if name in FLAGS:
            return ""
        values = self.asked.getlist(name)
        if name.startswith(CUSTOM):
            return filter_words("deal", name, values)
        if name in RECORDS:
            return ", ".join([*sorted(called.get(name, [])), *([_("none")] if NONE in values else [])])
        if name in CHOICES:
            return ", ".join(str(CHOICES[name].get(value, value)) for value in values)
        if name == "as_of" and (moment := current_moment()):
            return day(moment.day, "yMMMd") if moment.is_whole_day else date_format(moment.at, "DATETIME_FORMAT")
        if name.startswith("amount"):
            return _amount_of(values[-1])
        if name.endswith(("_from", "_to", "_before")):
            return _day_of(values[-1])
        return ", ".join(_("none") if value == NONE else value for value in values)

    def _names(self) -> dict[str, list[str]]:
        """What the records that are asked for are called: one statement, whatever their kinds."""
        kinds = [(name, model) for name in self.asked if name in RECORDS for model in RECORDS[name]]
        rows = [
            self._known(model).filter(pk__in=numbers_of(self.asked.getlist(name))).values_list(Value(name), "name")
            for name, model in kinds
        ]
        called: dict[str, list[str]] = {}
        for name, text in (
            rows[0].order_by().union(*(each.order_by() for each in rows[1:]), all=True).order_by() if rows else ()
        ):
            called.setdefault(name, []).append(text)
        return called

    def _known(self, model: type[models.Model]) -> Any:
        """Names are shown of what the person may know."""
        records: Any = model._default_manager
        return records.visible_to(self.reach) if isinstance(records.all(), OwnedQuerySet) else records.all()


def _only(query: QueryDict, names: Iterable[str]) -> QueryDict:
    found = QueryDict(mutable=True)
    for name in names:
        if values := [value for value in query.getlist(name) if value.strip() and "\x00" not in value]:
            found.setlist(name, values)
    return found


RECORDS: dict[str, tuple[type[models.Model], ...]] = {
    "pipeline": (Pipeline,),
    "stage": (Stage,),
    "owner": (User,),
    "team": (Team,),
    "in_team": (Team,),
    "company": (Company,),
    "contact": (Contact,),
    "source": (Source,),
    "product": (Product,),
    "reason": (WinReason, LossReason),
    "win_reason": (WinReason,),
    "loss_reason": (LossReason,),
}


def offer(
    name: str, narrow: Callable[[Sequence[str]], Q], *, label: Any, about: Any, records: tuple[type[models.Model], ...]
) -> None:
    """A filter by what only a floor above knows: ids of `records`, or `none`. Called once, when Django starts."""
    NARROW[name], LABELS[name], OFFERED[name], RECORDS[name] = narrow, label, about, records


CHOICES: dict[str, dict[str, Any]] = {
    "outcome": dict(Outcome.choices),
    "category": dict(Category.choices) | {"won": Outcome.WON.label},
}


def _amount_of(text: str) -> str:
    try:
        return money(Decimal(text), Workspace.current().currency_id)
    except InvalidOperation:
        return text


def _day_of(text: str) -> str:
    try:
        return day(date.fromisoformat(text), "yMMMd")
    except ValueError:
        return text
