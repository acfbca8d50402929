"""plan and made: what a document says is written down at once, its file set by whoever comes first, and once."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from quotes.billing import document_for_invoice
from quotes.documents import document_for
from quotes.keeping import made, make_due
from quotes.models import Document, Invoice, Letterhead, Quote
from quotes.tasks import make_document
from quotes.typesetting import typeset
from tests.cast import Cast
from tests.quotes.billing import issued
from tests.quotes.sent import sent_quote


@pytest.mark.django_db
def test_an_issued_invoice_says_what_it_said_then(cast: Cast) -> None:
    invoice = issued(cast)
    planned = Document.objects.get()
    assert (invoice.document, planned.is_made, planned.name) == (planned, False, f"Invoice {invoice.number}.pdf")
    Letterhead.objects.create(pk=1, name="Renamed")
    cast.alice.name = "Renamed"
    cast.alice.save()
    make_document(planned.pk)
    kept = document_for_invoice(Invoice.objects.get())
    assert kept is not None
    assert kept.sha256 == hashlib.sha256(kept.path.read_bytes()).hexdigest()
    assert (kept.data["seller"], Document.objects.count()) == (planned.data["seller"], 1)
    assert kept.data["seller"] != "Renamed"


@pytest.mark.django_db
def test_whoever_asks_sooner_makes_it_and_the_worker_finds_it_made(cast: Cast) -> None:
    invoice = issued(cast)
    kept = document_for_invoice(invoice)
    assert kept is not None
    assert (kept.is_made, make_due()) == (True, 0)
    assert made(kept).sha256 == kept.sha256


@pytest.mark.django_db
def test_beat_makes_what_nobody_woke_a_worker_for(cast: Cast) -> None:
    issued(cast)
    sent_quote(cast)
    assert make_due() == 2
    assert all(each.path.stat().st_mode & 0o777 == 0o400 for each in Document.objects.all())


@pytest.mark.django_db
def test_what_a_dead_worker_left_is_written_over(cast: Cast) -> None:
    planned = issued(cast).document
    assert planned is not None
    planned.path.parent.mkdir(parents=True, exist_ok=True)
    for left in (planned.path, planned.path.with_suffix(".part")):
        left.write_bytes(b"half a file")
    assert made(planned).path.read_bytes() == typeset(planned.data)


@pytest.mark.django_db
def test_what_was_sent_or_issued_before_it_was_planned_gets_its_file_when_asked(cast: Cast) -> None:
    quote, invoice = sent_quote(cast), issued(cast)
    Quote.objects.update(document=None)
    Invoice.objects.update(document=None)
    late = document_for(Quote.objects.get(pk=quote.pk)), document_for_invoice(Invoice.objects.get(pk=invoice.pk))
    assert [each is not None and each.is_made for each in late] == [True, True]


@pytest.mark.django_db(transaction=True)
def test_many_at_once_set_one_file(cast: Cast) -> None:
    planned = issued(cast).document
    assert planned is not None

    def ask(_n: int) -> tuple[str, int]:
        try:
            kept = made(planned)
            return kept.sha256, kept.path.stat().st_ino
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(ask, range(16)))
    assert len(answers) == 1
