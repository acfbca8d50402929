"""Invoices go out by mail, and customers are reminded of those that are overdue: each time once."""

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User, Workspace
from quotes.actions.bills import holding_invoice, tell
from quotes.actions.sending import Letter
from quotes.billing import document_for_invoice
from quotes.keeping import plan
from quotes.models import DocumentKind, Invoice, Letterhead, QuoteSettings, Reminder, Sending, State, Tone
from quotes.reminding import Level, greeting_of, letter_of, reminder_document_of, title_of, usual_tone
from quotes.sending import post
from quotes.wording import Speech

log = logging.getLogger(__name__)
AT_ONCE = 200


def invoice_letter_of(invoice: Invoice, *, by: User) -> Letter:
    """What is proposed to be written, in the invoice's language."""
    say = Speech(invoice.language)
    amount = say.money(invoice.total, invoice.currency_id, invoice.currency.digits)
    words = {"number": invoice.number, "amount": amount, "day": say.day(invoice.due_on) if invoice.due_on else ""}
    text = _letter(say, invoice, say(f"{invoice.kind}_message", **words), by.name)
    return Letter(_to(invoice), say(f"{invoice.kind}_subject", number=invoice.number, title=invoice.title), text)


def _letter(say: Speech, invoice: Invoice, text: str, name: str) -> str:
    return "\n\n".join([greeting_of(say, invoice), text, _closing(say, name)])


def _closing(say: Speech, name: str) -> str:
    return f"{say('regards')}\n{name}\n{Letterhead.current().name}"


def _to(invoice: Invoice) -> list[str]:
    """Whoever the invoice went to before, else its contact."""
    sent = Sending.objects.filter(key__startswith=f"invoice:{invoice.pk}:").order_by("-id").first()
    return list(sent.to) if sent else [invoice.contact.email] if invoice.contact and invoice.contact.email else []


def send_invoice(
    invoice: Invoice, *, to: Sequence[str], subject: str, message: str, cc: Sequence[str] = (), key: str, by: User
) -> Sending:
    """Mail it with its PDF; with the same `key` once. Raises Refused."""
    with holding_invoice(invoice) as held:
        document = document_for_invoice(held)
        if document is None:
            raise Refused(state=_("Issue the invoice first."))
        key = f"invoice:{held.pk}:{key}"
        if standing := Sending.objects.filter(key=key).first():
            return standing
        sending = post(
            key=key, kind=DocumentKind(held.kind), deal=held.deal, to=to, cc=cc, subject=subject, body=message,
            language=held.language, documents=[document], by=by,
        )  # fmt: skip
        tell(held, "sent", by=by, to=sending.to)
    return sending


def mark_overdue() -> int:
    """Notice what should have been paid by now. Returns how many are new."""
    marked = 0
    while batch := _mark():
        marked += batch
    return marked


@transaction.atomic
def _mark() -> int:
    late = Invoice.objects.overdue(Workspace.current().today).filter(overdue_at=None).select_related("deal")
    invoices = list(late.select_for_update(skip_locked=True, of=["self"]).order_by("pk")[:AT_ONCE])
    for invoice in invoices:
        invoice.overdue_at = timezone.now()
        invoice.save(update_fields=["overdue_at"])
        tell(invoice, "overdue", by=None, owed=str(invoice.owed), currency=invoice.currency_id)
    return len(invoices)


def remind() -> int:
    """Mail the customers of overdue invoices, every so many days, so many times. Returns how many mails."""
    settings, today = QuoteSettings.current(), Workspace.current().today
    if not settings.reminder_days or not settings.reminder_levels:
        return 0
    since = today - timedelta(days=settings.reminder_days - 1)
    late = Invoice.objects.overdue(since).order_by("pk").values_list("pk", flat=True)
    return sum(_attempt(pk, settings) for pk in late)


def _attempt(pk: int, settings: QuoteSettings) -> bool:
    """One that cannot go, for want of a font, does not keep the others."""
    try:
        return _remind(pk, settings)
    except Refused as refused:
        log.warning("Nobody was reminded of the invoice %s: %s", pk, refused)
        return False


def _remind(pk: int, settings: QuoteSettings) -> bool:
    """The next level, if its day has come: never two at once, never one twice."""
    with holding_invoice(Invoice.objects.select_related("deal").get(pk=pk)) as invoice:
        if invoice.owed <= 0 or not (to := _to(invoice)) or (level := _next_level(invoice, settings)) is None:
            return False
        _send_reminder(invoice, level, to, by=None)
    return True


def _next_level(invoice: Invoice, settings: QuoteSettings) -> Level | None:
    workspace, last = Workspace.current(), invoice.reminders.last()
    number = _number_after(last)
    before = last.reminded_at.astimezone(workspace.zone).date() if last else invoice.due_on
    if before is None or number > settings.reminder_levels or (last and last.tone == Tone.LAST):
        return None
    if workspace.today < before + timedelta(days=settings.reminder_days):
        return None
    return Level(number, usual_tone(number, settings.reminder_levels), workspace.today, settings.reminder_days)


def _number_after(last: Reminder | None) -> int:
    return last.level + 1 if last else 1


def reminder_of(invoice: Invoice) -> dict[str, Any]:
    """What is proposed, if somebody reminds the customer by hand."""
    number = _number_after(invoice.reminders.last())
    tone = usual_tone(number, QuoteSettings.current().reminder_levels)
    return {"to": _to(invoice), "tone": tone, "level": number}


def send_reminder(invoice: Invoice, *, tone: str, to: Sequence[str], level: int, by: User) -> Reminder:
    """By hand, on the paper and with the mail that go out by themselves too. A level that was sent is sent once.

    The automatic ones count on from it, and end if it says that it is the last. Raises Refused.
    """
    if tone not in Tone.values:
        raise Refused(tone=_("There is no such tone."))
    with holding_invoice(invoice) as invoice:
        if standing := invoice.reminders.filter(level=level).first():
            return standing
        today = Workspace.current().today
        if invoice.state_on(today) != State.OVERDUE:
            raise Refused(state=_("Only of an overdue invoice a customer is reminded."))
        if level != (number := _number_after(invoice.reminders.last())):
            raise Refused(level=_("The next one is no. %(level)d.") % {"level": number})
        days = QuoteSettings.current().reminder_days or QuoteSettings().reminder_days
        return _send_reminder(invoice, Level(level, tone, today, days), to, by=by)


def _send_reminder(invoice: Invoice, level: Level, to: Sequence[str], *, by: User | None) -> Reminder:
    say, owner, bill = Speech(invoice.language), invoice.deal.owner, document_for_invoice(invoice)
    title = title_of(say, level)
    name = f"{title} {invoice.number}.pdf"
    document = plan(DocumentKind.REMINDER, reminder_document_of(invoice, level), name=name)
    facts: dict[str, Any] = {"level": level.number, "tone": level.tone}
    reminder = Reminder.objects.create(invoice=invoice, **facts, document=document, by=by)
    text = [*letter_of(say, invoice, level), say("both_attached"), _closing(say, owner.name)]
    post(
        key=f"reminder:{invoice.pk}:{level.number}", kind=DocumentKind.REMINDER, deal=invoice.deal, to=to,
        subject=say("reminder_subject", reminder=title, number=invoice.number), body="\n\n".join(text),
        language=invoice.language, reply_to=owner.email, documents=[document, *([bill] if bill else [])], by=by,
    )  # fmt: skip
    tell(invoice, "reminded", by=by, **facts, owed=str(invoice.owed), currency=invoice.currency_id)
    return reminder
