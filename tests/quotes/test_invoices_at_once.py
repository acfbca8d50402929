"""Invoices at once: numbers stay gapless, nothing is paid, credited or sent twice."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from crm.errors import Conflict, Refused
from quotes.actions import (
    Caller,
    accept_quote,
    credit_invoice,
    draft_invoice,
    issue_invoice,
    record_payment,
    retract_acceptance,
)
from quotes.actions.posting import remind, send_invoice, send_reminder
from quotes.models import Invoice, InvoiceLine, Payment, Reminder, Sending, Series
from tests.cast import Cast, make_cast
from tests.conftest import settle
from tests.quotes.billing import accepted, issued
from tests.quotes.sent import sent_quote
from tests.quotes.test_at_once import all_at_once, told

pytestmark = pytest.mark.django_db(transaction=True)
D = Decimal


@pytest.fixture
def cast(transactional_db: None) -> Iterator[Cast]:
    yield make_cast()
    settle()


def drafts(cast: Cast, count: int) -> list[Invoice]:
    """Of as many deals."""
    first = draft_invoice(accepted(cast), by=cast.alice)
    line = first.lines.get()
    made = [first]
    for _number in range(count - 1):
        other = Invoice.objects.get(pk=first.pk)
        other.pk, other.deal, other.quote = None, cast.deal(), None
        other.save(force_insert=True)
        copied = {field.attname: getattr(line, field.attname) for field in InvoiceLine._meta.fields}
        InvoiceLine.objects.create(**copied | {"id": None, "invoice_id": other.pk})
        made.append(other)
    return made


def test_200_invoices_issued_at_once_have_no_gap_and_no_twin(cast: Cast) -> None:
    invoices = drafts(cast, 40)
    results = all_at_once([partial(issue_invoice, invoice, by=cast.alice) for invoice in invoices * 5])
    assert told(results) == {"done": 40, Refused: 160}
    numbers = sorted(Invoice.objects.values_list("number", flat=True))
    assert numbers == [f"{cast.today.year}-{number:04}" for number in range(1, 41)]
    assert Series.objects.get(kind="invoice").last == 40


def test_it_is_not_paid_twice(cast: Cast) -> None:
    invoice = issued(cast)
    results = all_at_once([partial(record_payment, invoice, amount=D(595), by=cast.alice)] * 20)
    assert told(results) == {"done": 2, Refused: 18}
    invoice.refresh_from_db()
    assert (invoice.owed, Payment.objects.count()) == (0, 2)


def test_it_is_not_invoiced_or_credited_twice(cast: Cast) -> None:
    quote = accepted(cast)
    assert told(all_at_once([partial(draft_invoice, quote, by=cast.alice)] * 10)) == {"done": 1, Refused: 9}
    invoice = issue_invoice(Invoice.objects.get(), by=cast.alice)
    notes = [credit_invoice(invoice, by=cast.alice) for _ in range(5)]
    results = all_at_once([partial(issue_invoice, note, by=cast.alice) for note in notes])
    assert told(results) == {"done": 1, Refused: 4}


def test_it_is_sent_once(cast: Cast) -> None:
    invoice = issued(cast)
    words: dict[str, Any] = {"to": ["carol@acme.example"], "subject": "Invoice", "message": "Hello", "key": "one"}
    results = all_at_once([partial(send_invoice, invoice, **words, by=cast.alice)] * 20)
    assert not {Conflict, Refused} & set(told(results))
    assert Sending.objects.count() == 1


def test_an_acceptance_is_taken_back_or_its_invoice_issued(cast: Cast) -> None:
    for _round in range(10):
        quote = sent_quote(cast)
        accept_quote(quote, caller=Caller("Carol"), by=cast.alice)
        invoice = Invoice.objects.get(quote=quote)
        works: list[Callable[[], Any]] = [
            partial(issue_invoice, invoice, by=cast.alice),
            partial(retract_acceptance, quote, reason="Mistaken", by=cast.mia),
        ]
        assert told(all_at_once(works * 3)) == {"done": 1, Refused: 5}
        quote.refresh_from_db()
        quote.deal.refresh_from_db()
        issued_ = list(quote.invoices.exclude(issued_at=None))
        assert (quote.status, quote.deal.outcome, len(issued_)) in {("accepted", "won", 1), ("sent", "open", 0)}
    numbers = Invoice.objects.exclude(number="").order_by("number").values_list("number", flat=True)
    assert list(numbers) == [f"{cast.today.year}-{number:04}" for number in range(1, len(numbers) + 1)]


def test_a_customer_is_reminded_once_by_hand_and_by_itself(cast: Cast) -> None:
    invoice = issued(cast)
    Invoice.objects.update(contact=cast.carol, due_on=cast.today - timedelta(days=9))
    said: dict[str, Any] = {"tone": "first", "to": ["carol@acme.example"], "level": 1}
    results = all_at_once([remind, partial(send_reminder, invoice, **said, by=cast.alice)] * 10)
    assert not {Conflict, Refused} & set(told(results))
    assert (Reminder.objects.count(), Sending.objects.count()) == (1, 1)
