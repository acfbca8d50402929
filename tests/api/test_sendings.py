"""/api/v1/quotes/{id}/sendings/ and /pdf/"""

from collections.abc import Callable

import pytest

from quotes.models import Quote, Sending
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.quotes.test_documents import draft, text_of

pytestmark = pytest.mark.django_db
As = Callable[..., Caller]


def test_a_quote_is_sent_with_words_of_its_language(cast: Cast, as_user: As) -> None:
    quote, alice = draft(cast, language="de"), as_user(cast.alice)
    answer = alice.post(f"quotes/{quote.pk}/sendings/", {"cc": ["bob@acme.example"], "version": quote.lock})
    assert answer.status_code == 201
    told = answer.json()
    assert (told["to"], told["cc"], told["state"]) == ([cast.carol.email], ["bob@acme.example"], "waiting")
    assert told["subject"].startswith("Angebot")
    assert Quote.objects.get().status == "sent"
    assert [each["id"] for each in alice.get(f"quotes/{quote.pk}/sendings/").json()["results"]] == [told["id"]]


def test_what_cannot_be_sent_is_told_by_field(cast: Cast, as_user: As) -> None:
    quote, alice = draft(cast), as_user(cast.alice)
    refused = alice.post(f"quotes/{quote.pk}/sendings/", {"to": ["nobody"]})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["to"])
    assert alice.post(f"quotes/{quote.pk}/sendings/", {"version": quote.lock + 7}).status_code == 409
    assert not Sending.objects.exists()


def test_the_pdf_says_what_the_quote_comes_to(cast: Cast, as_user: As) -> None:
    quote, alice = draft(cast), as_user(cast.alice)
    total = alice.get(f"quotes/{quote.pk}/totals/").json()["total"]
    answer = alice.get(f"quotes/{quote.pk}/pdf/")
    assert answer["Content-Type"] == "application/pdf"
    assert f"{float(total):,.2f}" in text_of(answer.content)
