"""What taxes and units are called on a document: in its language on the page, in the API, on paper and for machines."""

from decimal import Decimal

import pytest
from django.test import Client
from lxml import etree

from pipeline.models import TaxClass, TaxKind
from quotes.actions import Item, revise_quote, save_quote
from quotes.documents import document_of
from quotes.models import Quote
from quotes.taxwords import in_language
from quotes.typesetting import typeset
from quotes.ubl import ubl_of
from tests.cast import Cast
from tests.quotes.billing import buyer, issued, seller
from tests.quotes.offers import german_vat
from tests.quotes.sent import sent_quote
from tests.quotes.test_documents import dense, draft, text_of


@pytest.mark.parametrize(
    ("name", "language", "called"),
    [
        ("VAT", "en", "VAT"),
        ("vat", "de", "USt."),
        ("VAT", "ru", "НДС"),
        ("VAT", "vi", "Thuế GTGT"),
        ("VAT", "zh-hans", "增值税"),
        ("MwSt.", "de", "MwSt."),
        ("MwSt.", "en", "VAT"),
        ("Sales tax", "ru", "Налог с продаж"),
        ("QST", "de", "QST"),
        ("Exempt from tax", "de", "Steuerfrei"),
        ("Reverse charge: the customer accounts for the tax", "de", "Steuerschuldnerschaft des Leistungsempfängers."),
        ("Article 7", "de", "Article 7"),
        ("", "de", ""),
    ],
)
def test_common_words_are_in_the_language_and_others_as_they_were_typed(name: str, language: str, called: str) -> None:
    assert in_language(name, language) == called


@pytest.mark.django_db
def test_page_api_and_paper_call_a_tax_alike(cast: Cast, client: Client) -> None:
    quote = draft(cast, language="ru")
    client.force_login(cast.alice)
    page = client.get(f"/quotes/{quote.pk}/").content.decode()
    (group,) = client.get(f"/api/v1/quotes/{quote.pk}/totals/").json()["tax_groups"]
    assert (group["name"], "НДС 19%" in page) == ("НДС", True)
    assert dense("НДС 19") in dense(text_of(typeset(document_of(quote))))


@pytest.mark.django_db
def test_another_language_calls_them_otherwise(cast: Cast) -> None:
    german_vat()
    quote = draft(cast, language="de")
    free = [
        Item(name="Installation", quantity=Decimal(2), unit="Std.", unit_code="HUR", unit_price=Decimal(90)),
        Item(name="Freight", quantity=Decimal(2), unit="Fuhren", unit_price=Decimal(90)),
    ]
    quote = save_quote(quote, lines=free, by=cast.alice)
    assert words(quote) == [("Std.", "USt."), ("Fuhren", "USt.")]
    assert words(save_quote(quote, language="en", by=cast.alice)) == [("hours", "VAT"), ("Fuhren", "VAT")]


def words(quote: Quote) -> list[tuple[str, str]]:
    return [(line.unit, line.taxes[0]["name"]) for line in quote.lines.all()]


@pytest.mark.django_db
def test_what_was_sent_keeps_its_words(cast: Cast) -> None:
    quote = sent_quote(cast, language="de")
    quote.lines.update(taxes=[{"name": "VAT", "rate": "19", "is_compound": False}])
    assert {name for _unit, name in words(quote)} == {"VAT"}
    assert {name for _unit, name in words(revise_quote(quote, by=cast.alice))} == {"USt."}


@pytest.mark.django_db
def test_why_there_is_no_tax_is_said_alike_on_paper_and_to_machines(cast: Cast) -> None:
    seller()
    buyer(cast.acme)
    free = TaxClass.objects.create(name="Free", kind=TaxKind.EXEMPT, reason="Exempt from tax")
    items = [Item(name="Kurs", unit_price=Decimal(100), tax_class=free)]
    invoice = issued(cast, items, language="de")
    assert invoice.document is not None
    assert "Steuerfrei" in str(invoice.document.data["notes"])
    assert etree.fromstring(ubl_of(invoice)).findtext(".//{*}TaxExemptionReason") == "Steuerfrei"
