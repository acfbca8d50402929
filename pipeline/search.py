"""Search across deals, companies and contacts, tolerant of typos, through Reach.

First what holds every word of the question; where that is little, also what holds them but for slips of the finger.
The database offers candidates, open deals and new records first; what they are worth is judged here.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import reduce
from itertools import pairwise
from operator import and_
from typing import Any, NamedTuple

from django.db.models import F, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils.html import escape, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from contacts.models import Company, Contact, Position
from contacts.search import COMPANY, CONTACT, with_words
from crm.access import Reach
from crm.folding import Folded, Search, holds, nears, words_of
from crm.matching import ELSEWHERE, SLIPPED, level, slips, spans
from crm.templatetags.penstock import money
from pipeline.models import Deal

EACH = 8  # results of a kind, where all kinds are shown
CANDIDATES = 60
SHORTEST = 2  # letters of a question
ORDER = ("deal", "company", "contact")  # those of the API; apps above add theirs to KINDS


class Hit(NamedTuple):
    kind: str  # deal, company, contact…
    pk: int
    url: str
    title: str
    detail: str
    words: Sequence[str]  # that were asked for
    amount: str = ""

    @property
    def icon(self) -> str:
        return KINDS[self.kind].icon

    @property
    def marked_title(self) -> SafeString:
        return _marks(self.title, self.words)

    @property
    def marked_detail(self) -> SafeString:
        return _marks(self.detail, self.words)


class Group(NamedTuple):
    kind: str
    label: str
    hits: list[Hit]
    has_more: bool
    best: int  # how well its first hit answers: the kind that does best comes first


class Found(NamedTuple):
    """A candidate: where it stands in the order, and the row."""

    rank: tuple[Any, ...]
    row: Any


def search(reach: Reach, text: str, *, each: int = EACH, kinds: Iterable[str] | None = None) -> list[Group]:
    """What the reach may read and `text` could mean, by kind, best first. Without `kinds`, of every kind there is."""
    words = words_of(text)
    if sum(map(len, words)) < SHORTEST:
        return []
    look = Look(reach, words)
    found = {kind: _candidates(look, kind, holds) for kind in (KINDS if kinds is None else kinds)}
    if sum(map(len, found.values())) < each:
        found = {kind: _with_slips(look, kind, known) for kind, known in found.items()}
    groups = [_group(kind, those, words, each) for kind, those in found.items() if those]
    return sorted(groups, key=lambda group: group.best)


def page_of(reach: Reach, text: str, kind: str) -> tuple[list[str], QuerySet[Any]]:
    """The words, and every row of a kind that holds them; if none does, those that do but for a slip."""
    words = words_of(text)
    if sum(map(len, words)) < SHORTEST:
        return words, KINDS[kind].model.objects.none()
    look = Look(reach, words, most=None)
    rows = KINDS[kind].rows(look, holds)
    return words, rows if rows.exists() else KINDS[kind].rows(look, nears)


@dataclass(eq=False)
class Look:
    """One question: who asks, for which words, and how many companies may stand for a word."""

    reach: Reach
    words: Sequence[str]
    most: int | None = CANDIDATES * 5
    kept: dict[Any, list[int]] = field(default_factory=dict)

    def companies(self, how: Search) -> Any:
        return self._companies().filter(with_words(self.words, how))

    def contacts(self, how: Search) -> Any:
        """By what they are called and reached at, or by the company they work for."""
        places = Position.objects.filter(company__in=self._ids(how, *self.words)).order_by("-pk")
        there = list(places.values_list("contact", flat=True)[: self.most])  # as numbers: then the indexes serve both
        people = Contact.objects.visible_to(self.reach).alias(**CONTACT)
        return people.filter(with_words(self.words, how) | Q(pk__in=there))

    def deals(self, how: Search) -> Any:
        """By title or external id, or by the company they are with; words may be shared out between the two."""
        deals = Deal.objects.visible_to(self.reach).live()
        deals = deals.alias(named=Folded("title"), marks=Folded("external_id"))
        words = (how("named", word) | _marked(word) | self._is_with(how, word) for word in self.words)
        return deals.filter(Q(company__in=self._ids(how, *self.words)) | reduce(and_, words))

    def _is_with(self, how: Search, word: str) -> Q:
        return Q(company__in=self._ids(how, word)) if len(self.words) > 1 else Q()

    def _ids(self, how: Search, *words: str) -> list[int]:
        """Companies that the words may stand for."""
        if (how, words) not in self.kept:
            rows = self._companies().filter(with_words(words, how)).order_by("-pk").values_list("pk", "name")
            near = how is nears
            self.kept[how, words] = [pk for pk, name in rows[: self.most] if not near or slips(words, name) is not None]
        return self.kept[how, words]

    def _companies(self) -> Any:
        return Company.objects.visible_to(self.reach).alias(**COMPANY)


def _marked(word: str) -> Q:
    return ~Q(external_id="") & holds("marks", word)


class KindOf(NamedTuple):
    model: Any
    label: Callable[[], str]
    icon: str
    rows: Callable[[Look, Search], Any]
    order: Sequence[Any]  # of candidates
    name: str  # the field that a row is known by
    texts: Callable[[Any], str]  # everything a question may have been answered by
    first: Callable[[Any, Reach], tuple[Any, ...]]  # what comes first among equals
    shown: Callable[[Any, Sequence[str]], Hit]


def _with_slips(look: Look, kind: str, known: list[Found]) -> list[Found]:
    there = {one.row.pk for one in known}
    return [*known, *(one for one in _candidates(look, kind, nears) if one.row.pk not in there)]


def _group(kind: str, found: list[Found], words: Sequence[str], each: int) -> Group:
    of = KINDS[kind]
    found = sorted(found, key=lambda one: one.rank)
    hits = [of.shown(one.row, words) for one in found[:each]]
    return Group(kind, of.label(), hits, len(found) > each, found[0].rank[0])


def _candidates(look: Look, kind: str, how: Search) -> list[Found]:
    of = KINDS[kind]
    rows = list(of.rows(look, how).order_by(*of.order)[:CANDIDATES])
    found = []
    for row in rows:
        name = getattr(row, of.name)
        place = level(name, look.words)
        if how is nears and place == ELSEWHERE:
            if (wrong := slips(look.words, of.texts(row))) is None:
                continue
            place = SLIPPED + wrong
        found.append(Found((place, *of.first(row, look.reach), name, row.pk), row))
    return found


def _marks(text: str, words: Iterable[str]) -> SafeString:
    cuts = [0, *(at for span in spans(text, words) for at in span), len(text)]
    pieces = [text[start:end] for start, end in pairwise(cuts)]  # by turns outside and inside of what was found
    inside = format_html_join("", "{}<mark>{}</mark>", zip(pieces[::2], pieces[1::2], strict=False))
    return inside + escape(pieces[-1])


# ── The kinds ──────────────────────────────────────────────────────────────────────────────────────


def _deals(look: Look, how: Search) -> Any:
    return look.deals(how).select_related("company", "stage")


def _shown_deal(deal: Deal, words: Sequence[str]) -> Hit:
    detail = " · ".join(str(part) for part in (deal.company, deal.stage) if part)
    amount = "" if deal.amount is None else money(deal.amount, deal.currency_id)
    url = reverse("pipeline:deal", args=[deal.pk])
    return Hit("deal", deal.pk, url, deal.title, detail, words, amount)


def _shown_company(company: Company, words: Sequence[str]) -> Hit:
    detail = " · ".join(part for part in (company.sector, company.website.partition("://")[2].rstrip("/")) if part)
    url = reverse("contacts:company", args=[company.pk])
    return Hit("company", company.pk, url, company.name, detail, words)


def _contacts(look: Look, how: Search) -> Any:
    return look.contacts(how).prefetch_related(Prefetch("positions", Position.objects.select_related("company")))


def _shown_contact(contact: Contact, words: Sequence[str]) -> Hit:
    position = next(iter(contact.positions.all()), None)
    parts = [position.title, position.company.name] if position else []
    detail = " · ".join(part for part in (*parts, contact.email) if part)
    url = reverse("contacts:contact", args=[contact.pk])
    return Hit("contact", contact.pk, url, contact.name, detail, words)


KINDS: dict[str, KindOf] = {
    "deal": KindOf(
        Deal,
        lambda: _("Deals"),
        "square-kanban",
        _deals,
        [F("closed_on").desc(nulls_first=True), "-pk"],
        "title",
        lambda deal: f"{deal.title} {deal.company or ''} {deal.external_id}",
        lambda deal, reach: (not deal.is_open, deal.owner_id != reach.user_id),
        _shown_deal,
    ),
    "company": KindOf(
        Company,
        lambda: _("Companies"),
        "building-2",
        lambda look, how: look.companies(how),
        ["-pk"],
        "name",
        lambda company: f"{company.name} {company.website} {company.phone} {company.external_id}",
        lambda company, reach: (company.owner_id != reach.user_id,),
        _shown_company,
    ),
    "contact": KindOf(
        Contact,
        lambda: _("Contacts"),
        "users",
        _contacts,
        ["-pk"],
        "name",
        lambda contact: " ".join(
            [contact.name, contact.email, *(position.company.name for position in contact.positions.all())]
        ),
        lambda contact, reach: (contact.owner_id != reach.user_id,),
        _shown_contact,
    ),
}


def recent(reach: Reach, keys: Iterable[str]) -> list[Hit]:
    """Records by keys like “deal-12”, in that order; those the reach does not read are left out."""
    wanted = [(kind, int(number)) for kind, _dash, number in (key.partition("-") for key in keys) if _is(kind, number)]
    rows: dict[tuple[str, int], Hit] = {}
    for kind, of in KINDS.items():
        ids = [pk for its, pk in wanted if its == kind]
        for row in _known(reach, kind, ids) if ids else ():
            rows[kind, row.pk] = of.shown(row, [])
    return [rows[key] for key in wanted if key in rows]


def _is(kind: str, number: str) -> bool:
    return kind in KINDS and number.isascii() and number.isdigit() and len(number) < 19


def _known(reach: Reach, kind: str, ids: Sequence[int]) -> Any:
    rows = KINDS[kind].model.objects.visible_to(reach).filter(pk__in=ids)
    if kind == "deal":
        return rows.live().select_related("company", "stage")
    return rows.prefetch_related("positions__company") if kind == "contact" else rows
