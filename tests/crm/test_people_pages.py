"""Settings pages of people and teams."""

import pytest
from django.test import Client

from crm.models import Membership, Team, User
from tests.cast import Cast

PASSWORD = "granite-otter-71"


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    client.force_login(cast.dana)
    return client


def test_the_list_says_who_is_where(dana: Client, cast: Cast) -> None:
    text = dana.get("/settings/people/").content.decode()
    assert "mia@example.com" in text
    assert "North" in text
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert "Bob" not in dana.get("/settings/people/").content.decode()
    assert "Bob" in dana.get("/settings/people/?left").content.decode()


def test_a_new_person_begins_in_a_team(dana: Client, cast: Cast) -> None:
    form = {"name": "Eva", "email": "eva@example.com", "role": "rep", "team": cast.south.pk, "password": PASSWORD}
    assert dana.post("/settings/people/new/", form).status_code == 302
    eva = User.objects.get(email="eva@example.com")
    assert Membership.objects.get(user=eva).team == cast.south
    assert Client().post("/sign-in/", {"username": eva.email, "password": PASSWORD}).status_code == 302


def test_a_refused_person_keeps_the_text(dana: Client, cast: Cast) -> None:
    form = {"name": "Eva", "email": "alice@example.com", "role": "rep", "password": PASSWORD}
    answer = dana.post("/settings/people/new/", form)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"email": ["Somebody has this e-mail address already."]}
    assert 'value="Eva"' in answer.content.decode()


def test_role_and_reach_are_changed(dana: Client, cast: Cast) -> None:
    form = {"name": "Alice", "email": "alice@example.com", "role": "rep", "reads": "all", "writes": "team"}
    assert dana.post(f"/settings/people/{cast.alice.pk}/", form).status_code == 302
    cast.alice.refresh_from_db()
    assert (cast.alice.reading, cast.alice.writing) == ("all", "team")


def test_the_last_admin_stays(dana: Client, cast: Cast) -> None:
    form = {"name": "Dana", "email": "dana@example.com", "role": "rep"}
    answer = dana.post(f"/settings/people/{cast.dana.pk}/", form)
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"role": ["Somebody has to stay administrator."]}
    assert dana.post(f"/settings/people/{cast.dana.pk}/use/").status_code == 422


def test_somebody_is_moved_from_a_day(dana: Client, cast: Cast) -> None:
    form = {"team": cast.south.pk, "on": "2026-01-15", "is_manager": "on"}
    dana.post(f"/settings/people/{cast.alice.pk}/team/", form)
    now = Membership.objects.on(cast.today).get(user=cast.alice)
    assert (now.team, now.is_manager, now.starts_on.isoformat()) == (cast.south, True, "2026-01-15")
    dana.post(f"/settings/people/{cast.alice.pk}/team/", {"team": "", "on": cast.today.isoformat()})
    assert not Membership.objects.on(cast.today).filter(user=cast.alice).exists()


def test_who_leaves_cannot_sign_in(dana: Client, cast: Cast) -> None:
    dana.post(f"/settings/people/{cast.alice.pk}/password/", {"password": PASSWORD})
    signed_in = Client()
    assert signed_in.post("/sign-in/", {"username": "alice@example.com", "password": PASSWORD}).status_code == 302
    dana.post(f"/settings/people/{cast.alice.pk}/use/", {})
    assert signed_in.get("/settings/").status_code == 302
    assert signed_in.post("/sign-in/", {"username": "alice@example.com", "password": PASSWORD}).status_code == 422
    dana.post(f"/settings/people/{cast.alice.pk}/use/", {"is_active": "on"})
    assert signed_in.post("/sign-in/", {"username": "alice@example.com", "password": PASSWORD}).status_code == 302


def test_the_tree_shows_depth_managers_and_who_is_in_none(dana: Client, cast: Cast) -> None:
    context = dana.get("/settings/teams/").context
    assert [(branch.team.name, branch.depth) for branch in context["branches"]] == [
        ("Penstock", 0), ("North", 1), ("South", 1),
    ]  # fmt: skip
    north = context["branches"][1]
    assert (north.managers, north.members) == ([cast.mia], [cast.alice, cast.bob])
    assert set(context["homeless"]) == {cast.dana, cast.ravi, cast.ira}


def test_teams_are_added_moved_and_filled(dana: Client, cast: Cast) -> None:
    dana.post("/settings/teams/new/", {"name": "West", "parent": cast.company_team.pk})
    west = Team.objects.get(name="West")
    form = {"user": cast.bob.pk, "on": cast.today.isoformat()}
    assert dana.post(f"/settings/teams/{west.pk}/members/", form).status_code == 302
    assert Membership.objects.on(cast.today).get(user=cast.bob).team == west
    page = dana.get(f"/settings/teams/{cast.north.pk}/")
    assert [row.user for row in page.context["past"]] == [cast.bob]
    answer = dana.post(f"/settings/teams/{cast.company_team.pk}/", {"name": "Penstock", "parent": west.pk})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"parent": ["A team cannot be below itself."]}
