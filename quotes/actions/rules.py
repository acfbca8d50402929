"""What several verbs share: the locks, the word to the audit, and what may be done in which state."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.errors import Conflict, Refused
from crm.models import Event, User
from pipeline.ledger import Ledger, writing
from quotes.models import Quote, Status


@contextmanager
def holding(quote: Quote) -> Iterator[tuple[Quote, Ledger]]:
    """The quote, fresh and locked, behind its deal’s lock: always in this order, so that no two wait in a ring."""
    with transaction.atomic(), writing() as ledger:
        deal = ledger.lock(quote.deal)
        related = ("currency", "book", "company", "contact")
        held = Quote.objects.select_for_update(of=["self"]).select_related(*related).get(pk=quote.pk)
        held.deal = deal if held.deal_id == deal.pk else ledger.lock(held.deal)  # merged into another meanwhile
        yield held, ledger


def note(quote: Quote, verb: str, *, by: User | None, **data: Any) -> None:
    """Save the quote, count the change, and tell of it to who may see the deal."""
    quote.lock += 1
    quote.changed_at = timezone.now()
    quote.save()
    tell(quote, verb, by=by, status=quote.status, lock=quote.lock, **data)


def tell(quote: Quote, verb: str, *, by: User | None, **data: Any) -> None:
    """An event about the quote, which itself stays as it is."""
    deal = quote.deal
    told = {"number": str(quote), "deal": quote.deal_id, "title": quote.title}
    reach = {"owner_ids": [deal.owner_id], "team_ids": [deal.team_id] if deal.team_id else []}
    events.record([events.event(f"quote.{verb}", quote, by=by, data=told | data, **reach)])


def expect_same(quote: Quote, lock: int | None) -> None:
    """Raise Conflict if somebody changed the quote since the caller saw it, saying who and what."""
    if lock is None or lock == quote.lock:
        return
    since = Event.objects.filter(noun="quote", object_id=quote.pk, data__lock__gt=lock).select_related("actor")
    last = since.order_by("-id").first()
    raise Conflict(
        _("%(who)s changed this quote in the meantime.") % {"who": (last and last.actor) or _("Penstock")},
        current=quote,
        change=last,
        version=quote.lock,
        changed=changed_names(quote, lock),
    )


def changed_names(quote: Quote, lock: int) -> list[str]:
    """The fields, and `lines`, that were changed since `lock`."""
    since = Event.objects.filter(noun="quote", object_id=quote.pk, data__lock__gt=lock)
    return sorted({name for changed in since.values_list("data__changed", flat=True) for name in changed or {}})


def expect(quote: Quote, *states: str) -> None:
    """Raise Refused unless the quote is in one of the states."""
    if quote.status not in states:
        raise Refused(status=_("This quote is “%(status)s”.") % {"status": Status(quote.status).label})
