"""mark_overdue and remind: what is late is noticed once, and its customer reminded so often and no more."""

from datetime import timedelta

import pytest
from django.utils import timezone

from crm.models import Event
from quotes.actions import record_payment
from quotes.actions.posting import mark_overdue, remind
from quotes.models import Invoice, QuoteSettings, Reminder, Sending
from tests.cast import Cast
from tests.quotes.billing import issued

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
    assert first.documents.count() == 1
    for level in (2, 3):
        Reminder.objects.update(reminded_at=timezone.now() - timedelta(days=8))
        assert remind() == (1 if level == 2 else 0)
    assert Sending.objects.count() == 2


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
