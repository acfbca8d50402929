"""What invoices and credit notes say on paper, read back in five languages."""

from decimal import Decimal

import pytest

from quotes.actions import credit_invoice, draft_invoice, issue_invoice
from quotes.billing import invoice_document_of
from quotes.models import Invoice
from quotes.typesetting import typeset
from quotes.wording import Speech
from tests.cast import Cast
from tests.quotes.billing import accepted, issued
from tests.quotes.test_documents import LANGUAGES, dense, text_of

pytestmark = pytest.mark.django_db
D = Decimal


def text_on(invoice: Invoice) -> str:
    return text_of(typeset(invoice_document_of(invoice)))


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_totals_and_days_are_those_of_the_page_in_every_language(cast: Cast, language: str) -> None:
    invoice = issued(cast, language=language, discount=D(3))
    say, text = Speech(language), dense(text_on(invoice))
    for amount in (invoice.lines_total, -invoice.discount_total, invoice.net, invoice.tax, invoice.total):
        assert dense(say.amount(amount)) in text
    assert invoice.due_on is not None
    for part in (say("invoice"), invoice.number, say.day(invoice.due_on), say("of_quote")):
        assert dense(part) in text


def test_a_deposit_says_that_it_is_one(cast: Cast) -> None:
    deposit = issue_invoice(draft_invoice(accepted(cast), share=D(30), by=cast.alice), by=cast.alice)
    text = text_on(deposit)
    assert f"Deposit invoice {deposit.number}" in text
    assert f"30% of quote {deposit.quote}" in text


def test_an_offers_introduction_stays_on_the_offer(cast: Cast) -> None:
    invoice = issued(cast, introduction="As agreed we offer:", terms="Ex works.")
    text = text_on(invoice)
    assert "we offer" not in text
    assert "Ex works." in text


def test_a_credit_note_says_what_is_given_back_of_which_invoice(cast: Cast) -> None:
    invoice = issued(cast, terms="Ex works.")
    credit = issue_invoice(credit_invoice(invoice, share=D(20), by=cast.alice), by=cast.alice)
    text = text_on(credit)
    assert f"We credit you 238.00 EUR of invoice {invoice.number} of " in text
    assert f"For invoice {invoice.number}" in text
    assert "Please pay" not in text
    assert "Ex works." not in text
