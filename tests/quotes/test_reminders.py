"""mark_overdue and remind: what is late is noticed once, and its customer reminded so often and no more."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.mail import EmailMessage
from django.test import Client
from django.utils import timezone

from crm.errors import Refused
from crm.models import Event
from quotes import typesetting, workers
from quotes.actions import Item, record_payment
from quotes.actions.posting import mark_overdue, remind, reminder_of, send_reminder
from quotes.keeping import made
from quotes.models import Document, Invoice, QuoteSettings, Reminder, Sending
from quotes.reminding import Level, reminder_document_of, usual_tone
from quotes.typesetting import typeset
from quotes.wording import Speech
from tests.cast import Cast
from tests.quotes.billing import issued
from tests.quotes.test_documents import LANGUAGES, dense, text_of

pytestmark = pytest.mark.django_db


def late(cast: Cast, days: int) -> Invoice:
    """Of Carol's, due so many days ago."""
    invoice = issued(cast)
    Invoice.objects.filter(pk=invoice.pk).update(contact=cast.carol, due_on=cast.today - timedelta(days=days))
    invoice.refresh_from_db()
    return invoice


def test_it_is_noticed_once(cast: Cast) -> None:
    invoice = late(cast, 1)
    issued(cast)
    assert [mark_overdue(), mark_overdue()] == [1, 0]
    assert Event.objects.get(kind="invoice.overdue").object_id == invoice.pk


def test_the_customer_is_reminded_level_by_level(cast: Cast) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"reminder_days": 7, "reminder_levels": 2})
    invoice = late(cast, 6)
    assert remind() == 0
    Invoice.objects.update(due_on=cast.today - timedelta(days=7))
    assert [remind(), remind()] == [1, 0]
    first = Sending.objects.get()
    assert (first.to, first.kind, first.reply_to) == (["carol@acme.example"], "reminder", "alice@example.com")
    assert invoice.number in first.subject
    assert "1,190.00" in first.body
    assert [each.kind for each in first.documents.order_by("kind")] == ["invoice", "reminder"]
    for level in (2, 3):
        Reminder.objects.update(reminded_at=timezone.now() - timedelta(days=8))
        assert remind() == (1 if level == 2 else 0)
    assert Sending.objects.count() == 2
    titles = [f"{title}: invoice {invoice.number}" for title in ("Payment reminder", "Last payment reminder")]
    assert [each.subject for each in Sending.objects.order_by("pk")] == titles


def test_nobody_is_reminded_of_what_is_paid_or_when_it_is_not_wished(cast: Cast) -> None:
    paid, _open = late(cast, 30), late(cast, 30)
    record_payment(paid, amount=paid.owed, by=cast.alice)
    QuoteSettings.objects.update_or_create(pk=1, defaults={"reminder_days": 0})
    assert remind() == 0
    QuoteSettings.objects.update(reminder_days=7)
    assert remind() == 1


def test_without_an_address_nobody_is_written_to(cast: Cast) -> None:
    late(cast, 30)
    Invoice.objects.update(contact=None)
    assert remind() == 0
    assert not Reminder.objects.exists()


# ── The paper ──────────────────────────────────────────────────────────────────────────────────────


def reminder_pdf(invoice: Invoice, level: int = 1, *, levels: int = 3) -> str:
    on = invoice.due_on + timedelta(days=7 * level) if invoice.due_on else invoice.created_at.date()
    return text_of(typeset(reminder_document_of(invoice, Level(level, usual_tone(level, levels), on, 7))))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("level", [1, 2, 3])
def test_it_says_what_is_still_to_be_paid_in_every_language(cast: Cast, language: str, level: int) -> None:
    invoice = issued(cast, language=language)
    record_payment(invoice, amount=Decimal("190.00"), by=cast.alice)
    invoice.refresh_from_db()
    say, text = Speech(language), dense(reminder_pdf(invoice, level))
    for amount in ("1190.00", "-190.00", "1000.00"):
        assert dense(say.amount(Decimal(amount))) in text
    title = say(f"reminder_{['first', 'next', 'last'][level - 1]}", level=level)
    for part in (title, invoice.number, say("overdue"), say("days", count=7 * level), say("paid"), say("contact")):
        assert dense(part) in text


def test_a_long_invoice_is_told_in_brief(cast: Cast) -> None:
    items = [Item(name=f"Pump {at}", description="Stainless", unit_price=Decimal(10)) for at in range(1, 41)]
    text = reminder_pdf(issued(cast, items))
    assert "Pump 10 " in text
    assert "Pump 11" not in text
    assert "Stainless" not in text
    assert "… and 30 more lines" in text
    assert "Page 1 of 1" in text


def test_it_is_no_second_invoice_with_taxes(cast: Cast) -> None:
    assert "VAT" not in reminder_pdf(issued(cast))


def test_what_it_said_is_kept_and_served(cast: Cast) -> None:
    invoice = late(cast, 7)
    remind()
    record_payment(invoice, amount=Decimal(190), by=cast.alice)
    client = Client()
    client.force_login(cast.alice)
    path = f"/invoices/{invoice.pk}/reminders/1/"
    assert path in client.get(f"/invoices/{invoice.pk}/").content.decode()
    assert "Still to pay EUR 1,190.00" in text_of(client.get(path).content)
    assert client.get(f"/invoices/{invoice.pk}/reminders/2/").status_code == 404
    (told,) = client.get(f"/api/v1/invoices/{invoice.pk}/reminders/").json()["results"]
    document = Document.objects.get(kind="reminder")
    assert (told["level"], told["sha256"]) == (1, document.sha256)
    assert client.get(f"/api/v1/invoices/{invoice.pk}/reminders/1/pdf/").content == made(document).path.read_bytes()
    client.force_login(cast.charlie)
    assert client.get(path).status_code == 404


def test_one_that_cannot_be_set_does_not_keep_the_others(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck, other = late(cast, 9), late(cast, 8)
    Invoice.objects.filter(pk=stuck.pk).update(language="zh-hans")
    monkeypatch.setattr(typesetting, "CHINESE", ())
    assert remind() == 1
    assert Reminder.objects.get().invoice == other


def test_its_mail_brings_both(cast: Cast, settings: Any, mailoutbox: list[EmailMessage]) -> None:
    settings.MAIL_IS_ON = True
    invoice = late(cast, 7)
    remind()
    assert workers.deliver_due() == 1
    (letter,) = mailoutbox
    names = {name for name, _content, _kind in letter.attachments}
    assert names == {f"Invoice {invoice.number}.pdf", f"Payment reminder {invoice.number}.pdf"}


# ── By hand ────────────────────────────────────────────────────────────────────────────────────────


def by_hand(invoice: Invoice, cast: Cast, **said: Any) -> Reminder:
    return send_reminder(invoice, **reminder_of(invoice) | said, by=cast.alice)


def refused(invoice: Invoice, cast: Cast, **said: Any) -> str:
    with pytest.raises(Refused) as refusal:
        by_hand(invoice, cast, **said)
    return str(refusal.value)


def test_it_is_sent_by_hand_on_the_same_paper_and_with_the_same_mail(cast: Cast) -> None:
    hand, itself = late(cast, 8), late(cast, 8)
    reminder = by_hand(hand, cast)
    assert remind() == 1
    one, other = Sending.objects.get(by=cast.alice), Sending.objects.get(by=None)
    assert one.body.replace(hand.number, "") == other.body.replace(itself.number, "")
    assert (one.to, one.reply_to, one.kind) == (other.to, other.reply_to, other.kind)
    assert [each.kind for each in one.documents.order_by("kind")] == ["invoice", "reminder"]
    assert (reminder.level, reminder.tone, reminder.by) == (1, "first", cast.alice)
    event = Event.objects.get(kind="invoice.reminded", actor=cast.alice)
    assert (event.data["level"], event.data["tone"], event.data["owed"]) == (1, "first", "1190.000")


@pytest.mark.parametrize(
    ("tone", "title"), [("first", "Payment reminder:"), ("next", "Payment reminder no. 1:"), ("last", "Last payment")]
)
def test_it_says_it_as_firmly_as_is_chosen(cast: Cast, tone: str, title: str) -> None:
    by_hand(late(cast, 1), cast, tone=tone, to=["books@acme.example"])
    sent = Sending.objects.get()
    assert (sent.subject.startswith(title), sent.to) == (True, ["books@acme.example"])


def test_the_automatic_ones_count_on_from_it_and_end_with_a_last_one(cast: Cast) -> None:
    soft, hard = late(cast, 30), late(cast, 30)
    by_hand(soft, cast)
    by_hand(hard, cast, tone="last")
    assert remind() == 0
    Reminder.objects.update(reminded_at=timezone.now() - timedelta(days=8))
    assert remind() == 1
    assert list(soft.reminders.values_list("level", "tone", "by")) == [(1, "first", cast.alice.pk), (2, "next", None)]
    assert hard.reminders.count() == 1


def test_a_level_is_sent_once(cast: Cast) -> None:
    invoice = late(cast, 1)
    assert by_hand(invoice, cast, level=1) == by_hand(invoice, cast, level=1)
    assert refused(invoice, cast, level=3) == "The next one is no. 2."
    assert (by_hand(invoice, cast).level, Sending.objects.count()) == (2, 2)


def test_it_is_of_what_is_overdue(cast: Cast) -> None:
    said = "Only of an overdue invoice a customer is reminded."
    assert refused(issued(cast), cast) == said
    paid = late(cast, 3)
    record_payment(paid, amount=paid.owed, by=cast.alice)
    assert refused(paid, cast) == said
    assert refused(late(cast, 3), cast, tone="rude") == "There is no such tone."
    assert refused(late(cast, 3), cast, to=[]) == "Say to whom it goes."
    assert not Reminder.objects.exists()


def test_somebody_reminds_on_the_page(cast: Cast, client: Client) -> None:
    invoice, early = late(cast, 3), issued(cast)
    address = f"/invoices/{invoice.pk}/reminders/"
    client.force_login(cast.alice)
    assert f"/invoices/{early.pk}/reminders/" not in client.get(f"/invoices/{early.pk}/").content.decode()
    assert address in client.get(f"/invoices/{invoice.pk}/").content.decode()
    assert "carol@acme.example" in client.get(address).content.decode()
    said = {"tone": "next", "to": "carol@acme.example", "level": "1"}
    assert client.post(address, said | {"to": "nobody"}).status_code == 422
    assert client.post(address, said).headers["Location"] == f"/invoices/{invoice.pk}/"
    assert Reminder.objects.get().tone == "next"
