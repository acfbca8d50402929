"""Quotes of the demo in every state, and invoices paid, partly paid and overdue."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from crm.management.demo.company import Demo
from pipeline.models import Deal, Outcome
from quotes.actions import draft_invoice, draft_quote, issue_invoice, mark_sent, record_payment, save_quote
from quotes.models import Acceptance, Invoice, Quote, Remark, RemarkKind, Status

ANSWERED, OPEN, DRAFTS = 18, 12, 4  # deals, so that the demo is quick to load
WHY_NOT = ["We have decided for another supplier.", "It is over our budget for this year.", "The project was put off."]
# What an invoice of that day would have: days since it was due, what was paid of it.
BILLS = [(-24, "0"), (-11, "0.5"), (-3, "1"), (6, "0"), (19, "0.4"), (45, "0"), (70, "1"), (101, "1")]


def offer(demo: Demo) -> None:
    """Before the deals of today were closed they were quoted; some of the open ones are."""
    rng = Random("quotes")
    fed = Deal.objects.filter(amount_from_lines=True, archived_at=None).select_related("owner", "company", "stage")
    closed = fed.exclude(outcome=Outcome.OPEN).order_by("-closed_on", "-pk")
    for deal in closed.filter(outcome=Outcome.WON)[:ANSWERED]:
        _accepted(demo, rng, deal)
    for deal in closed.filter(outcome=Outcome.LOST)[: ANSWERED // 2]:
        _refused(demo, rng, deal)
    late = fed.filter(outcome=Outcome.OPEN).order_by("-stage__position", "-amount")
    for place, deal in enumerate(late[: OPEN + DRAFTS]):
        _open(demo, rng, deal, is_sent=place < OPEN)
    _bill(demo)


def _sent(deal: Deal, at: datetime, **known: Any) -> Quote:
    quote = mark_sent(draft_quote(deal, by=deal.owner), by=deal.owner)
    day = at.date()
    facts: dict[str, Any] = {"quoted_on": day, "valid_until": day + timedelta(days=30), "created_at": at, "sent_at": at}
    facts |= known
    Quote.objects.filter(pk=quote.pk).update(**facts)
    quote.refresh_from_db()
    return quote


def _closing(demo: Demo, deal: Deal) -> datetime:
    """An afternoon's hour of the day it closed."""
    return min(datetime.combine(deal.closed_on or demo.today, time(15), demo.workspace.zone), timezone.now())


def _accepted(demo: Demo, rng: Random, deal: Deal) -> None:
    closed_at = _closing(demo, deal)
    sent_at = closed_at - timedelta(days=rng.randrange(1, 16), hours=rng.randrange(9))
    quote = _sent(deal, sent_at, status=Status.ACCEPTED, viewed_at=sent_at + timedelta(hours=3), answered_at=closed_at)
    Quote.objects.filter(pk=quote.pk).update(views=rng.randrange(1, 6))
    person = quote.contact
    Acceptance.objects.create(
        quote=quote, name=person.name if person else "Purchasing", email=person.email if person else "",
        accepted_at=closed_at, total=quote.total, currency=quote.currency,
    )  # fmt: skip


def _refused(demo: Demo, rng: Random, deal: Deal) -> None:
    closed_at = _closing(demo, deal)
    sent_at = closed_at - timedelta(days=rng.randrange(8, 30))
    if rng.random() < 0.4:
        _sent(deal, sent_at, status=Status.EXPIRED, answered_at=sent_at + timedelta(days=31))
        return
    quote = _sent(deal, sent_at, status=Status.DECLINED, answered_at=closed_at, views=2)
    person = quote.contact
    Remark.objects.create(
        quote=quote, kind=RemarkKind.DECLINED, name=person.name if person else "", text=rng.choice(WHY_NOT),
        created_at=closed_at,
    )  # fmt: skip


def _open(demo: Demo, rng: Random, deal: Deal, *, is_sent: bool) -> None:
    if not is_sent:
        quote = draft_quote(deal, by=deal.owner)
        save_quote(quote, discount=Decimal(rng.choice([3, 5])), by=deal.owner)
        return
    at = max(deal.opened_at, timezone.now() - timedelta(days=rng.randrange(1, 25)))
    seen: dict[str, Any] = {"status": Status.VIEWED, "viewed_at": at + timedelta(hours=5), "views": rng.randrange(1, 5)}
    _sent(deal, at, **(seen if rng.random() < 0.6 else {}))


def _bill(demo: Demo) -> None:
    won = Quote.objects.filter(status=Status.ACCEPTED).order_by("-answered_at")[: len(BILLS)]
    for quote, (late, paid) in zip(won, BILLS, strict=False):
        owner = quote.deal.owner
        invoice = issue_invoice(draft_invoice(quote, by=owner), by=owner)
        due_on = demo.today - timedelta(days=late)
        Invoice.objects.filter(pk=invoice.pk).update(
            due_on=due_on, issued_on=due_on - timedelta(days=invoice.payment_days)
        )
        invoice.refresh_from_db()
        if amount := round(invoice.total * Decimal(paid), 2):
            record_payment(invoice, amount=amount, by=owner)
