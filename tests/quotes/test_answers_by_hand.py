"""The customer's side of a quote, for its owner: the link, what came through it, and answers entered by hand."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from quotes.actions import Caller, ask_question
from quotes.models import Acceptance, Quote, QuoteLink, Remark
from tests.cast import Cast
from tests.quotes.sent import customer, path_to, sent_quote

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.alice, "crm.backends.PasswordBackend")
    return client


def fields(**said: Any) -> dict[str, Any]:
    return {"name": "Carol Reyes", "email": "", "note": ""} | said


def test_the_link_is_shown_replaced_and_taken_back(cast: Cast, alice: Client) -> None:
    quote = sent_quote(cast)
    page = f"/quotes/{quote.pk}/customer/"
    assert "There is no link that works." in alice.get(page).content.decode()
    until = cast.today + timedelta(days=5)
    alice.post(f"/quotes/{quote.pk}/link/", {"expires_on": until.isoformat()})
    assert QuoteLink.objects.get().expires_on == until
    path = path_to(quote)
    assert path in alice.get(page).content.decode()
    alice.post(f"/quotes/{quote.pk}/link/revocation/")
    assert customer().get(path).status_code == 410
    assert alice.post(f"/quotes/{quote.pk}/link/revocation/").status_code == 404


def test_who_may_only_read_is_not_given_what_would_let_them_answer(cast: Cast) -> None:
    quote = sent_quote(cast)
    path, ravi = path_to(quote), Client()
    ravi.force_login(cast.ravi, "crm.backends.PasswordBackend")
    page = ravi.get(f"/quotes/{quote.pk}/customer/").content.decode()
    assert ("Not opened yet." in page, path in page, "Replace the link" in page) == (True, False, False)


def test_a_link_needs_a_day(cast: Cast, alice: Client) -> None:
    quote = sent_quote(cast)
    assert alice.post(f"/quotes/{quote.pk}/link/", {"expires_on": "soon"}).status_code == 422
    assert not QuoteLink.objects.exists()


def test_it_shows_what_came_through_the_link(cast: Cast, alice: Client) -> None:
    quote = sent_quote(cast)
    ask_question(quote, caller=Caller("Carol Reyes"), text="Does it swim?", by=None)
    assert "Does it swim?" in alice.get(f"/quotes/{quote.pk}/customer/").content.decode()
    assert "Carol Reyes asked: “Does it swim?”" in alice.get(f"/quotes/{quote.pk}/").content.decode()


def test_signed_paper_with_what_was_chosen(cast: Cast, alice: Client) -> None:
    quote = sent_quote(cast)
    sensor = quote.lines.get(name="Sensor")
    address = f"/quotes/{quote.pk}/acceptance/"
    assert "Sensor" in alice.get(address).content.decode()
    paper = SimpleUploadedFile("signed.pdf", b"%PDF-1.7 signed")
    answer = alice.post(address, fields(note="By post", chosen=[sensor.pk], paper=paper))
    assert (answer.status_code, answer.headers["Location"]) == (302, f"/quotes/{quote.pk}/")
    kept = Acceptance.objects.get()
    assert (kept.by, kept.chosen, kept.paper, kept.note) == (cast.alice, [sensor.pk], "signed.pdf", "By post")
    shown = alice.get(f"/quotes/{quote.pk}/customer/").content.decode()
    assert ("signed.pdf" in shown, kept.paper_sha256 in shown) == (True, True)


def test_what_is_refused_stands_beside_its_field_and_nothing_is_kept(cast: Cast, alice: Client) -> None:
    quote = sent_quote(cast)
    address = f"/quotes/{quote.pk}/acceptance/"
    for wrong in (fields(name=""), fields(paper=SimpleUploadedFile("signed.exe", b"MZ"))):
        assert alice.post(address, wrong).status_code == 422
    assert (Quote.objects.get().status, quote.deal.files.count()) == ("sent", 0)


def test_declined_by_word(cast: Cast, alice: Client) -> None:
    quote = sent_quote(cast)
    alice.post(f"/quotes/{quote.pk}/decline/", {"name": "", "reason": "No budget"})
    assert (Quote.objects.get().status, Remark.objects.get().by, Remark.objects.get().text) == (
        "declined",
        cast.alice,
        "No budget",
    )


def test_a_dialog_is_left_for_the_quote(cast: Cast, alice: Client) -> None:
    quote = sent_quote(cast)
    answer = alice.post(f"/quotes/{quote.pk}/decline/", {"name": "", "reason": ""}, headers={"hx-request": "true"})
    assert answer.headers["HX-Redirect"] == f"/quotes/{quote.pk}/"
