"""Signing in and out, the lockout, and the demo's cards."""

import pytest
from django.test import Client
from pytest_django import Settings

from crm.models import User
from tests.cast import Cast

PASSWORD = "granite-otter-71"


@pytest.fixture
def alice(cast: Cast) -> User:
    cast.alice.set_password(PASSWORD)
    cast.alice.save()
    return cast.alice


def sign_in(client: Client, email: str = "alice@example.com", password: str = PASSWORD, **fields: str) -> int:
    return client.post("/sign-in/", {"username": email, "password": password, **fields}).status_code


def test_it_signs_in_by_email_whatever_its_case(client: Client, alice: User) -> None:
    assert sign_in(client, "Alice@Example.com") == 302
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_it_goes_where_they_were_going(client: Client, alice: User) -> None:
    answer = client.post("/sign-in/", {"username": alice.email, "password": PASSWORD, "next": "/companies/?q=a"})
    assert answer["Location"] == "/companies/?q=a"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "nowhere", "%", "7"])
def test_it_never_leads_to_another_site_or_to_no_address(client: Client, alice: User, elsewhere: str) -> None:
    answer = client.post("/sign-in/", {"username": alice.email, "password": PASSWORD, "next": elsewhere})
    assert answer["Location"] == "/"


def test_it_refuses_a_wrong_password_and_keeps_the_email(client: Client, alice: User) -> None:
    answer = client.post("/sign-in/", {"username": alice.email, "password": "wrong"})
    assert answer.status_code == 422
    assert "do not belong together" in answer.content.decode()
    assert 'value="alice@example.com"' in answer.content.decode()
    assert "_auth_user_id" not in client.session


def test_it_refuses_who_no_longer_works_here(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)
    assert sign_in(client) == 422


def test_ten_failures_lock_even_the_right_password_out(client: Client, alice: User) -> None:
    statuses = [sign_in(client, password="wrong") for _ in range(10)]
    assert statuses == [422] * 9 + [429]
    answer = client.post("/sign-in/", {"username": "ALICE@example.com", "password": PASSWORD})
    assert answer.status_code == 429
    assert "Wait 15 minutes" in answer.content.decode()


def test_a_success_forgets_earlier_failures(client: Client, alice: User) -> None:
    assert [sign_in(client, password="wrong") for _ in range(9)] == [422] * 9
    assert sign_in(client) == 302
    client.logout()
    assert sign_in(client, password="wrong") == 422


def test_it_remembers_the_persons_language(client: Client, alice: User) -> None:
    User.objects.filter(pk=alice.pk).update(language="bg")
    sign_in(client)
    assert client.cookies["language"].value == "bg"


def test_who_is_signed_in_is_sent_on(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/sign-in/")["Location"] == "/"


def test_signing_out_is_a_post(client: Client, alice: User) -> None:
    client.force_login(alice)
    assert client.get("/sign-out/").status_code == 405
    assert client.post("/sign-out/")["Location"] == "/sign-in/"
    assert "_auth_user_id" not in client.session


def test_without_the_demo_a_card_opens_nothing(client: Client, alice: User, settings: Settings) -> None:
    settings.DEMO = False
    assert client.post("/sign-in/", {"demo": alice.email}).status_code == 403
    assert "_auth_user_id" not in client.session
    assert "alice@example.com" not in client.get("/sign-in/").content.decode()


def test_the_demo_signs_in_without_a_password(client: Client, alice: User, settings: Settings) -> None:
    settings.DEMO = True
    assert client.post("/sign-in/", {"demo": alice.email})["Location"] == "/"
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_the_demo_offers_a_rep_a_manager_and_an_admin(client: Client, cast: Cast, settings: Settings) -> None:
    settings.DEMO = True
    cards = client.get("/sign-in/").context["demo_cards"]
    assert [card.email for card in cards] == ["alice@example.com", "mia@example.com", "dana@example.com"]
