"""To whom a quote or an invoice goes: made of its company and contact in its language, until somebody types another."""

from typing import Any

import pytest
from django.test import Client

from quotes.actions import draft_invoice, save_invoice, save_quote
from quotes.models import Quote
from tests.cast import Cast
from tests.quotes.billing import accepted
from tests.quotes.offers import drafted
from tests.quotes.test_editor import HTMX, alice, untouched

pytestmark = pytest.mark.django_db


@pytest.fixture
def quote(cast: Cast) -> Quote:
    return drafted(cast, cast.deal(people=[(cast.carol, "")]))


def test_it_names_its_country_in_the_language_of_the_quote(cast: Cast, quote: Quote) -> None:
    quote = save_quote(quote, language="de", by=cast.alice)
    assert quote.address == "Acme\nCarol Reyes\nDeutschland"
    assert save_quote(quote, language="vi", by=cast.alice).address == "Acme\nCarol Reyes\nĐức"


@pytest.mark.parametrize(
    ("typed", "fields"),
    [("Acme\nWorks 7", {}), ("", {}), ("Acme\nCarol Reyes\nGermany", {"address": "Acme, Works 7"})],
)
def test_what_somebody_typed_stays(cast: Cast, quote: Quote, typed: str, fields: dict[str, Any]) -> None:
    quote = save_quote(quote, address=typed, by=cast.alice)
    assert save_quote(quote, language="de", by=cast.alice, **fields).address == fields.get("address", typed)


def test_it_is_to_whom_the_quote_is(cast: Cast, quote: Quote) -> None:
    assert save_quote(quote, contact=None, by=cast.alice).address == "Acme\nGermany"
    assert save_quote(quote, contact=cast.carol, language="de", by=cast.alice).address.endswith("Reyes\nDeutschland")


def test_the_editor_shows_it(client: Client, cast: Cast, quote: Quote) -> None:
    sent = untouched(quote) | {
        "language": "de",
        "contact": cast.carol.pk,
        "address": quote.address.replace("\n", "\r\n"),
    }
    page = alice(client, cast).post(f"/quotes/{quote.pk}/", sent, headers=HTMX).content.decode()
    assert "Acme\nCarol Reyes\nDeutschland</textarea>" in page


def test_an_invoices_follows_its_contact(cast: Cast) -> None:
    invoice = draft_invoice(accepted(cast, language="de"), by=cast.alice)
    assert invoice.address == "Acme\nDeutschland"
    invoice = save_invoice(invoice, contact=cast.carol, by=cast.alice)
    assert invoice.address == "Acme\nCarol Reyes\nDeutschland"
    assert save_invoice(invoice, contact=None, address="Acme", by=cast.alice).address == "Acme"
