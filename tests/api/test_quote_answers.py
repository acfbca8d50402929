"""/api/v1/quotes/{id}/links/, acceptances/, declines/, remarks/"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from pipeline.models import Deal
from quotes import actions
from quotes.models import Quote, QuoteLink
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.quotes.sent import customer, path_to, sent_quote

pytestmark = pytest.mark.django_db
As = Callable[..., Caller]


@pytest.fixture
def quote(cast: Cast) -> Quote:
    return sent_quote(cast)


def test_a_link_is_made_once_and_taken_back(cast: Cast, as_user: As, quote: Quote) -> None:
    alice, until = as_user(cast.alice), cast.today + timedelta(days=3)
    made = alice.post(f"quotes/{quote.pk}/links/", {})
    again = alice.post(f"quotes/{quote.pk}/links/", {})
    assert (made.status_code, made.json()["url"]) == (201, again.json()["url"])
    path = path_to(quote)
    assert made.json()["url"].endswith(path)
    other = alice.post(f"quotes/{quote.pk}/links/", {"expires_on": until.isoformat()}).json()
    assert (other["expires_on"], customer().get(path).status_code) == (until.isoformat(), 410)
    assert alice.post(f"quotes/{quote.pk}/link-revocations/", {}).json()["revoked_at"]
    assert alice.post(f"quotes/{quote.pk}/link-revocations/", {}).status_code == 404
    assert [link["id"] for link in alice.get(f"quotes/{quote.pk}/links/").json()["results"]] == [
        other["id"],
        made.json()["id"],
    ]


def test_who_may_only_read_is_not_told_the_address(cast: Cast, as_user: As, quote: Quote) -> None:
    path_to(quote)
    (link,) = as_user(cast.ravi).get(f"quotes/{quote.pk}/links/").json()["results"]
    assert (link["url"], link["views"]) == ("", 0)
    assert QuoteLink.objects.get().pk == link["id"]


def test_an_acceptance_is_entered_and_read(cast: Cast, as_user: As, quote: Quote) -> None:
    sensor = quote.lines.get(name="Sensor").pk
    said = {"name": "Carol Reyes", "chosen": [sensor], "note": "By telephone"}
    answer = as_user(cast.alice).post(f"quotes/{quote.pk}/acceptances/", said)
    assert (answer.status_code, answer.json()["status"], answer.json()["total"]) == (200, "accepted", "713.88")
    assert Deal.objects.get().outcome == "won"
    (kept,) = as_user(cast.bob).get(f"quotes/{quote.pk}/acceptances/").json()["results"]
    assert (kept["name"], kept["chosen"], kept["total"], kept["by"]) == (
        "Carol Reyes",
        [sensor],
        "713.88",
        cast.alice.pk,
    )
    twice = as_user(cast.alice).post(f"quotes/{quote.pk}/acceptances/", said)
    assert (twice.status_code, list(twice.json()["errors"])) == (422, ["status"])


def test_a_quote_is_declined_and_what_was_written_is_read(cast: Cast, as_user: As, quote: Quote) -> None:
    actions.ask_question(quote, caller=actions.Caller("Carol", "carol@acme.example"), text="When?", by=None)
    answer = as_user(cast.alice).post(f"quotes/{quote.pk}/declines/", {"reason": "No budget"})
    assert (answer.status_code, answer.json()["status"]) == (200, "declined")
    remarks = as_user(cast.alice).get(f"quotes/{quote.pk}/remarks/").json()["results"]
    assert [(each["kind"], each["text"], each["by"]) for each in remarks] == [
        ("declined", "No budget", cast.alice.pk),
        ("question", "When?", None),
    ]


def test_an_acceptance_is_taken_back(cast: Cast, as_user: As, quote: Quote) -> None:
    actions.accept_quote(quote, caller=actions.Caller("Carol"), by=cast.alice)
    address, said = f"quotes/{quote.pk}/retractions/", {"reason": "The wrong quote"}
    assert as_user(cast.alice).post(address, said).status_code == 422
    assert as_user(cast.mia).post(address, said | {"version": 1}).status_code == 409
    answer = as_user(cast.mia).post(address, said)
    assert (answer.status_code, answer.json()["status"], Deal.objects.get().outcome) == (200, "sent", "open")
    (kept,) = as_user(cast.alice).get(f"quotes/{quote.pk}/acceptances/").json()["results"]
    assert (kept["name"], kept["retracted_by"], kept["retraction_reason"]) == ("Carol", cast.mia.pk, "The wrong quote")
    assert kept["retracted_at"]
