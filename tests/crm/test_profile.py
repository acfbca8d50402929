"""One's own page: name, language, theme, password."""

import pytest
from django.test import Client

from crm.models import User
from tests.cast import Cast

OLD, NEW = "granite-otter-71", "basalt-heron-93"


@pytest.fixture
def alice(client: Client, cast: Cast) -> User:
    cast.alice.set_password(OLD)
    cast.alice.save()
    client.force_login(cast.alice)
    return cast.alice


def test_it_saves_and_speaks_the_new_language(client: Client, alice: User) -> None:
    answer = client.post("/settings/profile/", {"name": "Alice B.", "language": "bg", "theme": "dark"})
    assert answer["Location"] == "/settings/profile/"
    alice.refresh_from_db()
    assert (alice.name, alice.language, alice.theme) == ("Alice B.", "bg", "dark")
    assert client.cookies["language"].value == "bg"
    text = client.get("/settings/profile/").content.decode()
    assert '<html lang="bg" data-theme="dark"' in text


def test_an_empty_name_is_refused_and_the_rest_kept(client: Client, alice: User) -> None:
    answer = client.post("/settings/profile/", {"name": "", "language": "vi"})
    assert answer.status_code == 422
    assert '<option value="vi" selected>' in answer.content.decode()


def test_the_theme_follows_the_menu(client: Client, alice: User) -> None:
    assert client.post("/settings/theme/", {"theme": "dark"}, headers={"HX-Request": "true"}).status_code == 204
    alice.refresh_from_db()
    assert alice.theme == "dark"
    client.post("/settings/theme/", {"theme": "system"})
    alice.refresh_from_db()
    assert alice.theme == ""
    client.post("/settings/theme/", {"theme": "pink"})
    alice.refresh_from_db()
    assert alice.theme == ""


def test_a_new_password_keeps_this_session_and_ends_the_others(client: Client, alice: User) -> None:
    other = Client()
    other.force_login(alice)
    assert client.post("/settings/password/", {"current": OLD, "password": NEW}).status_code == 302
    assert client.get("/settings/profile/").status_code == 200
    assert other.get("/settings/profile/").status_code == 302


def test_it_wants_the_old_one(client: Client, alice: User) -> None:
    answer = client.post("/settings/password/", {"current": "wrong", "password": NEW})
    assert answer.status_code == 422
    assert "This is not your password." in answer.content.decode()
    alice.refresh_from_db()
    assert alice.check_password(OLD)


def test_it_wants_a_good_one(client: Client, alice: User) -> None:
    answer = client.post("/settings/password/", {"current": OLD, "password": "alice"})
    assert answer.status_code == 422
    assert "too short" in answer.content.decode()


def test_shortcuts_can_be_switched_off_and_on(client: Client, alice: User) -> None:
    assert "Keyboard shortcuts</h2>" in client.get("/settings/shortcuts/").content.decode()
    assert client.post("/settings/shortcuts/", {"on": ""})["Location"] == "/settings/shortcuts/"
    text = client.get("/settings/shortcuts/").content.decode()
    assert 'data-keys="off"' in text
    assert "They are switched off." in text
    answer = client.post("/settings/shortcuts/", {"on": "1"}, headers={"HX-Request": "true"})
    assert answer["HX-Refresh"] == "true"
    assert "data-keys" not in client.get("/settings/shortcuts/").content.decode()
