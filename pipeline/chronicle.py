"""A deal's timeline: one list of what was done, noted, changed and filed, newest first and page by page.

A page goes on behind a key (instant, source, id). The history of deals that were merged into this one is part of it.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db.models import Q, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from crm.models import Event
from crm.models.custom import flat
from crm.wording import sentence
from pipeline.history import Entry, Names, entries_of_change, entry_of_activity, entry_of_file, is_told
from pipeline.models import Activity, ActivityKind, Deal, DealChange

SIZE = 20
ALL, ACTIVITIES, NOTES, CHANGES, FILES = "", "activities", "notes", "changes", "files"
TABS = {
    ALL: lazy("All"),
    ACTIVITIES: lazy("Activities"),
    NOTES: lazy("Notes"),
    CHANGES: lazy("Changes"),
    FILES: lazy("Files"),
}
OF_CHANGES, OF_FILES, OF_ACTIVITIES, OF_EVENTS = range(4)  # in which order to tell what happened at the same instant


# What is told of whatever the floors above hang on a deal: a record's name, and its verbs. Answers are activities.
TOLD = {
    "quote": "drafted revised sent viewed expired superseded cancelled acceptance_retracted offered_again "
    "approval_asked approval_withdrawn approval_granted approval_refused",
    "invoice": "issued sent paid paid_back payment_reversed credited overdue reminded",
    "delivery": "started finished reopened stopped",
    "renewal": "planned revised cancelled opened",
}
ICONS = {"quote": "file-text", "invoice": "receipt", "delivery": "truck", "renewal": "refresh-cw"}


class Key(NamedTuple):
    at: datetime
    source: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.source}~{self.pk}"


def key_of(text: str) -> Key | None:
    """None if it is not a key of ours: then the list begins at the top."""
    at, _sep, rest = text.partition("~")
    source, _sep, pk = rest.partition("~")
    try:
        key = Key(datetime.fromisoformat(at), int(source), int(pk))
    except ValueError:
        return None
    return key if key.at.tzinfo and 0 <= key.pk < 2**63 else None


class Told(NamedTuple):
    """A change, what the changed fields became, and of which merged deal it was."""

    change: DealChange
    after: dict[str, Any]
    about: str


@dataclass(slots=True)
class Chronicle:
    entries: list[Entry]
    kind: str
    next: str  # the key that the next page goes on behind; empty on the last

    @property
    def tabs(self) -> list[tuple[str, str]]:
        return [(kind, str(label)) for kind, label in TABS.items()]

    @property
    def nothing(self) -> str:
        """What an empty list says."""
        texts = {
            NOTES: _("No note yet."),
            ACTIVITIES: _("No call, meeting or e-mail yet."),
            FILES: _("No file yet: drop one here."),
        }
        return texts.get(self.kind, _("Nothing yet."))


def chronicle_of(
    deal: Deal, changes: Sequence[DealChange], events: Sequence[Event], *, kind: str = ALL, after: str = ""
) -> Chronicle:
    """A page. `changes` are all the deal's own, newest first, read with `by`; `events` those that `events_of` finds."""
    kind, key = kind if kind in TABS else ALL, key_of(after)
    told = _told(deal, changes) if kind in {ALL, CHANGES} else {}
    found: dict[Key, Callable[[], list[Entry]]] = {each: list for each in told if key is None or each < key}
    if kind in {ALL, ACTIVITIES, NOTES}:
        found |= {
            Key(each.done_at or each.created_at, OF_ACTIVITIES, each.pk): lambda each=each: [entry_of_activity(each)]  # type: ignore[misc]
            for each in _activities(deal, kind, key)
        }
    if kind in {ALL, FILES}:
        files = deal.files.filter(_behind(key, "created_at", OF_FILES), deleted_at=None).select_related("by")
        found |= {
            Key(each.created_at, OF_FILES, each.pk): lambda each=each: [entry_of_file(each)]  # type: ignore[misc]
            for each in files.order_by("-created_at", "-id")[: SIZE + 1]
        }
    if kind in {ALL, CHANGES}:
        keyed = {Key(each.at, OF_EVENTS, each.pk): each for each in events}
        found |= {
            each: lambda event=event: [_entry_of_event(event)]  # type: ignore[misc]
            for each, event in keyed.items()
            if key is None or each < key
        }
    keys = sorted(found, reverse=True)
    page = keys[:SIZE]
    sentences = _sentences(deal, {each: told[each] for each in page if each in told})
    entries = [entry for each in page for entry in (sentences[each] if each in sentences else found[each]())]
    return Chronicle(entries, kind, str(page[-1]) if len(keys) > SIZE else "")


def _behind(key: Key | None, column: str, source: int) -> Q:
    if key is None:
        return Q()
    earlier, same = Q(**{f"{column}__lt": key.at}), Q(**{column: key.at})
    if source < key.source:
        return earlier | same
    return earlier | (same & Q(pk__lt=key.pk)) if source == key.source else earlier


def _activities(deal: Deal, kind: str, key: Key | None) -> list[Activity]:
    done = deal.activities.filter(_behind(key, "done_at", OF_ACTIVITIES), done_at__isnull=False)
    if kind != ALL:
        notes = Q(kind=ActivityKind.NOTE)
        done = done.filter(notes if kind == NOTES else ~notes)
    return list(done.select_related("created_by").order_by("-done_at", "-id")[: SIZE + 1])


# ── What hangs on it ───────────────────────────────────────────────────────────────────────────────


def events_of(deal: Deal) -> list[Event]:
    """What happened to its quotes, invoices, deliveries and renewals. Whoever sees the deal sees them."""
    hung = [
        relation.related_model._default_manager.filter(deal=deal).values_list(Value(noun), "pk").order_by()
        for relation in Deal._meta.related_objects
        if (noun := relation.related_model._meta.model_name) in TOLD and relation.field.name == "deal"
    ]
    by_noun: dict[str, list[int]] = defaultdict(list)
    for noun, pk in hung[0].union(*hung[1:], all=True).order_by():
        by_noun[noun].append(pk)
    if not by_noun:
        return []
    kinds = [f"{noun}.{verb}" for noun, verbs in TOLD.items() for verb in verbs.split()]
    theirs = reduce(or_, (Q(noun=noun, object_id__in=ids) for noun, ids in by_noun.items()))
    return list(Event.objects.filter(theirs, kind__in=kinds).select_related("actor"))


def _entry_of_event(event: Event) -> Entry:
    return Entry(event.at, ICONS[event.noun], sentence(event))


# ── Changes ────────────────────────────────────────────────────────────────────────────────────────


def _told(deal: Deal, changes: Sequence[DealChange]) -> dict[Key, Told]:
    """Every change worth telling, of this deal and of those merged into it."""
    told = _of_one(deal, changes, "")
    for other in _merged_into(deal):
        theirs = other.changes.select_related("by").order_by("-version", "-id")
        told |= _of_one(other, list(theirs), other.title)
    return told


def _of_one(deal: Deal, changes: Sequence[DealChange], about: str) -> dict[Key, Told]:
    now, told = deal.__dict__ | flat(deal.custom), {}
    for change in changes:
        if is_told(change):
            after = {name: now.get(name) for name in change.was}
            told[Key(change.effective_at, OF_CHANGES, change.pk)] = Told(change, after, about)
        now |= change.was
    return told


def _merged_into(deal: Deal) -> list[Deal]:
    found: list[Deal] = []
    wanted = [deal.pk]
    while wanted and (layer := list(Deal.objects.filter(merged_into__in=wanted))):
        found += layer
        wanted = [each.pk for each in layer]
    return found


def _sentences(deal: Deal, told: dict[Key, Told]) -> dict[Key, list[Entry]]:
    names = Names.of(deal, [each.change for each in told.values()], also=[each.after for each in told.values()])
    return {key: entries_of_change(each.change, each.after, names, each.about) for key, each in told.items()}
