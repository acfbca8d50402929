"""What verbs of invoices share: the locks, the word to the audit, and what may be done with which."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.errors import Conflict, Refused
from crm.models import Event, User
from pipeline.ledger import writing
from quotes.models import Invoice


@contextmanager
def holding_invoice(invoice: Invoice) -> Iterator[Invoice]:
    """The invoice, fresh and locked, behind its deal’s lock, as quotes are."""
    with transaction.atomic(), writing() as ledger:
        deal = ledger.lock(invoice.deal)
        related = ("currency", "company", "contact")
        held = Invoice.objects.select_for_update(of=["self"]).select_related(*related).filter(pk=invoice.pk).first()
        if held is None:
            raise Refused(state=_("This draft was deleted in the meantime."))
        held.deal = deal if held.deal_id == deal.pk else ledger.lock(held.deal)
        yield held


def note(invoice: Invoice, verb: str, *, by: User | None, **data: Any) -> None:
    """Save the invoice, count the change, and tell of it to who may see the deal."""
    invoice.lock += 1
    invoice.changed_at = timezone.now()
    invoice.save()
    tell(invoice, verb, by=by, lock=invoice.lock, **data)


def tell(invoice: Invoice, verb: str, *, by: User | None, **data: Any) -> None:
    deal = invoice.deal
    told = {"number": str(invoice), "deal": invoice.deal_id, "title": invoice.title, "kind": invoice.kind}
    reach = {"owner_ids": [deal.owner_id], "team_ids": [deal.team_id] if deal.team_id else []}
    events.record([events.event(f"invoice.{verb}", invoice, by=by, data=told | data, **reach)])


def expect_draft(invoice: Invoice) -> None:
    if not invoice.is_draft:
        raise Refused(state=_("%(number)s is issued: it can be credited, not changed.") % {"number": invoice})


def expect_issued(invoice: Invoice) -> None:
    if invoice.is_draft or invoice.is_credit:
        raise Refused(state=_("Only an invoice that is issued can be paid or credited."))


def expect_same(invoice: Invoice, lock: int | None) -> None:
    if lock is None or lock == invoice.lock:
        return
    since = Event.objects.filter(noun="invoice", object_id=invoice.pk, data__lock__gt=lock).select_related("actor")
    last = since.order_by("-id").first()
    raise Conflict(
        _("%(who)s changed this invoice in the meantime.") % {"who": (last and last.actor) or _("Penstock")},
        current=invoice,
        change=last,
    )
