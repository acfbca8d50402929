"""Quotes of the demo in every state, with links and questions, and invoices paid, overdue, reminded of and credited."""

from datetime import datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from django.utils import timezone

from crm.management.demo.company import Demo
from pipeline.models import Deal, Outcome
from quotes.actions import (
    Caller,
    ask_approval,
    ask_question,
    cancel_quote,
    credit_invoice,
    draft_invoice,
    draft_quote,
    issue_invoice,
    link_of,
    mark_sent,
    record_payment,
    revise_quote,
    save_quote,
)
from quotes.models import Acceptance, Invoice, Quote, QuoteSettings, Remark, RemarkKind, Reminder, Status
from quotes.notices import remind_owner
from quotes.reminding import usual_tone

ANSWERED = 18  # deals, so that the demo is quick to load
OPEN = [*["tender", "revised", "asked", "cancelled", "draft"], *["sent"] * 6, *["waiting", "asked"], *["sent"] * 4]
QUESTIONS = [
    "Could the delivery be split over two months?",
    "Does the price include commissioning at both sites?",
]
WHY_NOT = ["We have decided for another supplier.", "It is over our budget for this year.", "The project was put off."]
# What an invoice of that day would have: days since it was due, what was paid of it.
REMINDERS = [timedelta(days=14), timedelta(days=28)]  # after the day it was due
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
    for deal, how in zip(late[: len(OPEN)], OPEN, strict=False):
        if how == "tender":
            _tender(demo, deal)
        else:
            _open(rng, deal, how)
    _bill(demo)


def _sent(deal: Deal, at: datetime, draft: Quote | None = None, **known: Any) -> Quote:
    quote = mark_sent(draft or draft_quote(deal, by=deal.owner), by=deal.owner)
    day = at.date()
    days = {"quoted_on": day, "valid_until": day + timedelta(days=30)}
    _dated_back(quote, **days, created_at=at, sent_at=at, **{"changed_at": known.get("answered_at", at)} | known)
    return quote


def _dated_back(paper: Quote | Invoice, **facts: Any) -> None:
    """It says so on paper too, which was planned today: it is planned again when somebody looks."""
    planned = paper.document
    type(paper)._default_manager.filter(pk=paper.pk).update(document=None, **facts)
    if planned:
        planned.delete()
    paper.refresh_from_db()


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
        accepted_at=closed_at, total=quote.total, currency=quote.currency, before={"won": deal.version},
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


def _open(rng: Random, deal: Deal, how: str) -> None:
    owner = deal.owner
    if how in {"draft", "waiting"}:
        off = Decimal(rng.choice([14, 18] if how == "waiting" else [3, 5]))
        quote = save_quote(draft_quote(deal, by=owner), discount=off, by=owner)
        if how == "waiting":
            ask_approval(quote, remark="They would sign this month.", by=owner)
        return
    at = max(deal.opened_at, timezone.now() - timedelta(days=rng.randrange(4, 25)))
    seen: dict[str, Any] = {"status": Status.VIEWED, "viewed_at": at + timedelta(hours=5), "views": rng.randrange(1, 5)}
    quote = _sent(deal, at, **(seen if how != "sent" or rng.random() < 0.6 else {}))
    if how == "revised":
        draft = save_quote(revise_quote(quote, by=owner), discount=Decimal(4), by=owner)
        quote = _sent(deal, at + timedelta(days=2), draft)
    link_of(quote, by=owner)
    if how == "asked":
        person = quote.contact.name if quote.contact else "Purchasing"
        ask_question(quote, caller=Caller(person), text=rng.choice(QUESTIONS), by=owner)
        remind_owner(quote, f"Answer {person} about quote {quote}")
    if how == "cancelled":
        cancel_quote(quote, by=owner)


def _tender(demo: Demo, deal: Deal) -> None:
    """Made by who leads the team and asked for by the head of the region: the director alone is left to decide."""
    territory = next(each for each in demo.territories if each.team == deal.team)
    head = next(who for region, who in demo.regions if region == territory.team.parent)
    quote = save_quote(draft_quote(deal, by=territory.manager), discount=Decimal(21), by=territory.manager)
    ask_approval(quote, remark="They decide between us and one other by Friday.", by=head)


def _bill(demo: Demo) -> None:
    won = Quote.objects.filter(status=Status.ACCEPTED).order_by("-answered_at")[: len(BILLS)]
    most = QuoteSettings.current().reminder_levels
    for quote, (late, paid) in zip(won, BILLS, strict=False):
        owner = quote.deal.owner
        invoice = issue_invoice(draft_invoice(quote, by=owner), by=owner)
        due_on = demo.today - timedelta(days=late)
        _dated_back(invoice, due_on=due_on, issued_on=due_on - timedelta(days=invoice.payment_days))
        if amount := round(invoice.total * Decimal(paid), 2):
            record_payment(invoice, amount=amount, by=owner)
            invoice.refresh_from_db()
        for level, after in enumerate(REMINDERS, start=1):
            if invoice.owed and late > after.days:
                day = datetime.combine(due_on + after, time(9), demo.workspace.zone)
                Reminder.objects.create(invoice=invoice, level=level, tone=usual_tone(level, most), reminded_at=day)
    if paid_last := Invoice.objects.filter(owed=0).order_by("pk").last():
        issue_invoice(credit_invoice(paid_last, share=Decimal(20), by=paid_last.deal.owner), by=paid_last.deal.owner)
