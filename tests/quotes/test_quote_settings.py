"""/settings/quotes/ and its verb: what new quotes begin with, limits, and how numbers are written."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client

from crm.errors import Refused
from crm.models import Event
from quotes.actions import draft_quote, revise_quote_settings
from quotes.models import QuoteSettings, SeriesKind
from quotes.numbering import next_number, take_number
from tests.cast import Cast

pytestmark = pytest.mark.django_db
FORM = {
    "validity_days": "14", "payment_days": "10", "terms": "Ex works.", "rounding": "document", "discount_limit": "7.5",
    "margin_limit": "", "after_acceptance": "ask", "reminder_days": "7", "reminder_levels": "2",
    "quote_pattern": "A-{year}-{number:05}",
    "invoice_pattern": "{year}-{number:04}", "credit_pattern": "C-{year}-{number:04}",
}  # fmt: skip


@pytest.fixture
def dana(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.dana, "crm.backends.PasswordBackend")
    return client


def test_the_page_saves_them(cast: Cast, dana: Client) -> None:
    assert dana.post("/settings/quotes/", FORM).status_code == 302
    settings = QuoteSettings.current()
    assert (settings.validity_days, settings.rounding, settings.discount_limit, settings.after_acceptance) == (
        14, "document", Decimal("7.5"), "ask",
    )  # fmt: skip
    quote = draft_quote(cast.deal(), by=cast.alice)
    assert (str(quote), quote.rounding, quote.terms) == (f"A-{cast.today.year}-00001", "document", "Ex works.")


def test_the_page_shows_the_next_numbers(cast: Cast, dana: Client) -> None:
    draft_quote(cast.deal(), by=cast.alice)
    assert f"The next one is Q-{cast.today.year}-0002." in dana.get("/settings/quotes/").content.decode()


def test_what_is_wrong_is_named_and_the_text_kept(cast: Cast, dana: Client) -> None:
    answer = dana.post("/settings/quotes/", FORM | {"quote_pattern": "Q-{number}", "discount_limit": "101"})
    assert answer.status_code == 422
    assert "Q-{number}" in answer.content.decode()
    assert QuoteSettings.current().validity_days == 30


@pytest.mark.parametrize(
    "pattern",
    ["Q", "{number}", "{year}", "Q-{year}-{number", "{year}-{number}-{name}", "{year.real}-{number}",
     "{year!r}{number}", "{year}-{number:>30}", "{year:09}" * 4 + "{number}", "{}-{year}-{number}"],
)  # fmt: skip
def test_a_pattern_that_does_not_number_is_refused(cast: Cast, pattern: str) -> None:
    with pytest.raises(Refused) as refused:
        revise_quote_settings(patterns={SeriesKind.QUOTE: pattern}, by=cast.dana)
    assert set(refused.value.errors) == {"quote_pattern"}


def test_a_change_goes_on_counting(cast: Cast) -> None:
    draft_quote(cast.deal(), by=cast.alice)
    revise_quote_settings(patterns={SeriesKind.QUOTE: "{number}/{year}"}, by=cast.dana)
    assert draft_quote(cast.deal(), by=cast.alice).number == f"2/{cast.today.year}"
    event = Event.objects.get(kind="quotesettings.revised")
    assert event.data["changed"] == {"quote_pattern": ["Q-{year}-{number:04}", "{number}/{year}"]}


def test_a_new_year_counts_anew_in_the_same_pattern(cast: Cast) -> None:
    revise_quote_settings(patterns={SeriesKind.INVOICE: "R{year}{number:03}"}, by=cast.dana)
    year = cast.today.year
    days = [date(year, 5, 1), date(year, 6, 1), date(year + 1, 1, 1), date(year, 12, 31)]
    numbers = [take_number(SeriesKind.INVOICE, day) for day in days]
    assert numbers == [f"R{year}001", f"R{year}002", f"R{year + 1}001", f"R{year}003"]
    assert next_number(SeriesKind.INVOICE, date(year + 1, 1, 1)) == f"R{year + 1}002"


def test_the_same_is_no_change(cast: Cast) -> None:
    revise_quote_settings(validity_days=30, patterns={SeriesKind.QUOTE: "Q-{year}-{number:04}"}, by=cast.dana)
    assert not Event.objects.filter(kind="quotesettings.revised").exists()
