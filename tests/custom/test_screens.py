"""Custom fields on the board’s cards, in the filter dialog, and among the chips of a filter."""

import pytest
from django.test import Client
from django.urls import reverse

from crm.custom.actions import archive_custom_field
from tests.cast import Cast
from tests.custom.fields import custom, custom_field, one_of_each

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.alice)
    return client


def board(client: Client, query: str = "") -> str:
    return client.get(f"/board/{query}", follow=True).content.decode()


def test_a_card_shows_the_marked_fields_in_one_line(alice: Client, cast: Cast) -> None:
    custom_field("choice", label="Segment", on_card=True)
    seats = custom_field("number", label="Seats", on_card=True)
    custom_field("yes_no", label="Tender", on_card=True)
    custom_field("person", label="Engineer", on_card=True)
    custom_field("text", label="Hidden")
    values = custom(choice="small", number=0, yes_no=True, person=cast.bob, text="Secret")
    deal = cast.deal("With", **values)
    cast.deal("Without", **custom(yes_no=False, text="Secret"))
    page = board(alice)
    assert page.count('<p class="card-company">Small · Seats 0 · Tender · Bob</p>') == 1
    assert "Secret" not in page
    archive_custom_field(seats, by=cast.dana)
    patch = alice.post(
        f"/deals/{deal.pk}/stage/", {"stage": cast.stages["Demo"].pk}, HTTP_X_BOARD=str(cast.pipeline.pk)
    )
    assert '<p class="card-company">Small · Tender · Bob</p>' in patch.content.decode()


def test_what_was_typed_is_escaped_on_the_card(alice: Client, cast: Cast) -> None:
    custom_field("text", on_card=True)
    cast.deal(**custom(text="<script>x</script>"))
    assert "<script>x" not in board(alice)


def test_the_filter_dialog_offers_every_field(alice: Client, cast: Cast) -> None:
    one_of_each()
    page = alice.get(reverse("pipeline:board-filter", args=[cast.pipeline.pk]) + "?cf_choice=huge&cf_number_from=5")
    text = page.content.decode()
    for kind in ("text", "choice", "choices", "person", "link", "yes_no"):
        assert f'name="cf_{kind}"' in text
    for kind in ("number", "money", "date"):
        assert f'name="cf_{kind}_from"' in text
        assert f'name="cf_{kind}_before"' in text
    assert '<option value="huge" selected>' in text


@pytest.mark.parametrize(
    ("query", "chip"),
    [
        ("cf_choice=huge&cf_choice=none", "The choice <strong>Huge, none</strong>"),
        ("cf_number_from=5", "The number from <strong>5</strong>"),
        ("cf_date_before=2030-12-31", "The date before <strong>31 Dec 2030</strong>"),
        ("cf_yes_no=no", "The yes_no <strong>No</strong>"),
        ("cf_money=5 EUR", "The money <strong>€5</strong>"),
    ],
)
def test_a_filter_in_use_is_a_chip_in_words(alice: Client, cast: Cast, query: str, chip: str) -> None:
    one_of_each()
    assert chip in board(alice, f"?{query}")
    assert chip in alice.get(f"/deals/?{query}").content.decode()


@pytest.mark.parametrize(
    "query", ["cf_nothing=1", "cf_number=x", "cf_number_from=x", "cf_text_from=a", "cf_=1", "cf_person=x"]
)
def test_what_is_not_understood_matches_nothing(alice: Client, cast: Cast, query: str) -> None:
    one_of_each()
    cast.deal("There")
    assert "There</a>" in board(alice)
    assert "There</a>" not in board(alice, f"?{query}")
    assert "There</a>" not in alice.get(f"/deals/?{query}").content.decode()
