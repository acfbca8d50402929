"""What the customer gets as a PDF: read back, in five languages, it says what the page and the API say."""

import hashlib
import io
import re
import resource
import unicodedata
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader
from pypdfium2 import PdfDocument  # type: ignore[import-untyped]

from crm.models import Currency
from pipeline.models import TaxClass
from quotes.actions import Item, draft_quote, link_of, mark_sent, save_quote
from quotes.documents import document_for, document_of
from quotes.models import Document, Letterhead, LineKind, Quote
from quotes.typesetting import pages_of, typeset
from quotes.wording import Speech, all_words
from tests.cast import Cast
from tests.quotes.sent import sent_quote, vat

pytestmark = pytest.mark.django_db
LANGUAGES = ["en", "de", "ru", "vi", "zh-hans"]


def text_of(pdf: bytes) -> str:
    """All of its text, spaces of every kind as one."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def dense(text: str) -> str:
    """Without spaces: where letters stand apart a reader of PDFs sees some."""
    return unicodedata.normalize("NFC", "".join(text.split()))


def draft(cast: Cast, count: int = 3, **fields: Any) -> Quote:
    tax = TaxClass.objects.filter(name="German VAT").first() or vat()
    quote = draft_quote(cast.deal(people=[(cast.carol, "")]), by=cast.alice)
    items = [
        Item(
            name=f"Pump {at}", quantity=Decimal("9.5"), unit_price=Decimal("124.75"), discount=Decimal(8), tax_class=tax
        )
        for at in range(1, count)
    ]
    items += [Item(name="Warranty", unit_price=Decimal("31.5"), tax_class=tax, is_optional=True)]
    return save_quote(quote, lines=items, by=cast.alice, **fields)


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_totals_are_those_of_the_page_in_every_language(cast: Cast, language: str) -> None:
    quote = draft(cast, language=language, discount_kind="amount", discount=Decimal("100.01"))
    say, text = Speech(language), dense(text_of(typeset(document_of(quote))))
    for amount in (quote.lines_total, -quote.discount_total, quote.net, quote.tax, quote.total):
        assert dense(say.amount(amount)) in text
    assert f"({say.amount(Decimal('31.50'))})" in text  # optional: not in the total
    for word in ("item", "quantity", "price", "whole_net", "valid_until"):
        assert dense(say(word)) in text
    assert dense(say.day(quote.valid_until)) in text
    assert dense(say("page", page=1, pages=1)) in text


def test_numbers_and_days_are_written_as_in_the_language() -> None:
    amount, day = Decimal("-1234567.891"), date(2026, 11, 22)
    said = {language: Speech(language) for language in LANGUAGES}
    written = {
        name: (" ".join(say.amount(amount).split()), " ".join(say.day(day).split())) for name, say in said.items()
    }
    assert written == {
        "en": ("−1,234,567.89", "Nov 22, 2026"),
        "de": ("−1.234.567,89", "22.11.2026"),
        "ru": ("−1 234 567,89", "22 нояб. 2026 г."),
        "vi": ("−1.234.567,89", "22 thg 11, 2026"),
        "zh-hans": ("−1,234,567.89", "2026年11月22日"),
    }
    assert [Speech("ru")("payment_days", count=count) for count in (1, 2, 5)] == [
        "в течение 1 дня", "в течение 2 дней", "в течение 5 дней"
    ]  # fmt: skip


def test_every_word_is_there_in_every_language_with_the_same_places_to_fill() -> None:
    def places(text: Any) -> set[str]:
        forms = text.values() if isinstance(text, dict) else [text]
        return {part.partition("}")[0] for form in forms for part in form.split("{")[1:]}

    for key, texts in all_words().items():
        assert set(texts) == set(LANGUAGES), key
        assert len({frozenset(places(text)) for text in texts.values()}) == 1, key


def test_a_currency_without_cents_and_prices_with_more_of_them(cast: Cast) -> None:
    yen = Currency.objects.update_or_create(code="JPY", defaults={"digits": 0})[0]
    quote = draft_quote(cast.deal(currency=yen), by=cast.alice)
    quote = save_quote(
        quote, lines=[Item(name="Bolt", quantity=Decimal(1000), unit_price=Decimal("0.125"))], by=cast.alice
    )
    data = document_of(quote)
    assert (data["rows"][0]["price"], data["rows"][0]["amount"]) == ("0.125", "125")
    assert data["columns"][-1]["label"] == "Net JPY"


def test_prices_that_include_tax_add_up_to_the_total(cast: Cast) -> None:
    quote = draft(cast, 2, includes_tax=True)
    data = document_of(quote)
    assert [row["style"] for row in data["totals"]] == ["total", "muted", "muted"]
    assert data["totals"][0]["value"] == data["rows"][0]["amount"] == Speech("en").amount(quote.total)
    assert "Prices include tax." in text_of(typeset(data))


def test_three_hundred_lines_repeat_their_head_and_count_their_pages(cast: Cast) -> None:
    quote = draft(cast, 300, title="A long list")
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(typeset(document_of(quote)))).pages]
    assert len(pages) == 8
    for number, page in enumerate(pages, 1):
        assert "Net EUR" in page or "Total EUR" in page
        assert f"Page {number} of {len(pages)}" in page
    assert str(quote) in pages[5]
    assert Speech("en").amount(quote.total) in pages[-1]


def test_what_is_typed_is_never_markup(cast: Cast) -> None:
    nasty = '#import "/etc/passwd" *bold* $x$ <label> @ref \\ #{panic()} [a] `raw`'
    quote = draft(cast, title=nasty, introduction=nasty, terms=f"One\nTwo\n\n{nasty}", address=nasty)
    text = text_of(typeset(document_of(quote)))
    assert text.count("#{panic()}") == 4
    assert "*bold*" in text


def test_headings_and_notes_stand_between_the_lines(cast: Cast) -> None:
    quote = draft_quote(cast.deal(), by=cast.alice)
    lines = [
        Item(kind=LineKind.HEADING, name="Hardware"),
        Item(name="Pump", unit_price=Decimal(1)),
        Item(kind=LineKind.NOTE, name="Delivered together"),
        Item(name="Pipe", unit_price=Decimal(2)),
    ]
    rows = document_of(save_quote(quote, lines=lines, by=cast.alice))["rows"]
    assert [(row["kind"], row.get("position")) for row in rows] == [
        ("heading", None), ("item", "1"), ("note", None), ("item", "2")
    ]  # fmt: skip


def seen_on(pdf: bytes) -> str:
    """What stands within its pages, and not beyond their edges."""
    return " ".join(page.get_textpage().get_text_bounded() for page in PdfDocument(pdf))


def test_nothing_runs_off_the_page(cast: Cast) -> None:
    """Not a word that is too long for its column, nor the end of a description that fills two pages."""
    whole, name = "\n".join(f"Line {place}." for place in range(150)), "Donaudampfschifffahrt" * 9
    quote = draft(cast, title="Ж" * 150 + "end", address="y" * 120 + "here")
    lines = [Item(name=name, description=whole, unit_price=Decimal("12345678.90"))]
    seen = seen_on(typeset(document_of(save_quote(quote, lines=lines, by=cast.alice))))
    for place in range(150):
        assert f"Line {place}." in seen
    for words in ("Жend", "here", name):
        assert words in re.sub(r"[\s\u200b\ufffe]", "", seen)


def test_the_letterhead_is_on_it(cast: Cast) -> None:
    Letterhead.objects.create(
        pk=1, name="Halden Instruments", street="Wasserstraße 14", postal_code="39104", city="Magdeburg",
        iban="DE02 1203 0000 0000 2020 51", tax_id="DE123456788", legal="Managing director: Elena Marinova",
    )  # fmt: skip
    text = text_of(typeset(document_of(draft(cast))))
    for part in ("Halden Instruments", "Wasserstraße 14, 39104 Magdeburg", "IBAN DE02 1203 0000 0000 2020 51", "Elena"):
        assert part in text


# ── Kept ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_draft_has_no_file_yet(cast: Cast) -> None:
    assert document_for(draft(cast)) is None


def test_what_was_sent_is_made_once_and_never_changed(cast: Cast) -> None:
    quote = sent_quote(cast)
    kept = document_for(quote)
    assert kept is not None
    content = kept.path.read_bytes()
    assert (hashlib.sha256(content).hexdigest(), len(content)) == (kept.sha256, kept.size)
    Letterhead.objects.create(pk=1, name="Renamed")
    assert document_for(Quote.objects.get(pk=quote.pk)) == kept
    assert Document.objects.count() == 1
    assert typeset(kept.data) == content  # the same data make the same bytes


def test_the_customers_link_is_on_it(cast: Cast) -> None:
    quote = draft(cast)
    link_of(quote, by=cast.alice)
    kept = document_for(mark_sent(quote, by=cast.alice))
    assert kept is not None
    assert "/a/" in text_of(kept.path.read_bytes())


def test_a_page_is_an_image_too(cast: Cast) -> None:
    pages = pages_of(document_of(draft(cast, 60)))
    assert len(pages) == 2
    assert all(page.startswith(b"\x89PNG") for page in pages)


def test_long_documents_leave_nothing_behind(cast: Cast) -> None:
    data = document_of(draft(cast, 200))
    typeset(data)
    before = held()
    for number in range(5):
        typeset(data | {"number": str(number)})
    assert held() - before < 40  # each would leave 20


def held() -> float:
    """What the process holds now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6
