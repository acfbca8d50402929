"""The settings page of the forecast tree, and its API."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from crm.models import ApiToken, User
from forecasting.models import TreeSeat
from forecasting.seating import is_own
from tests.cast import Cast

pytestmark = pytest.mark.django_db
ADDRESS = "/settings/forecast-tree/"


@pytest.fixture
def dana(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.dana, "crm.backends.PasswordBackend")
    return client


def seat_of(user: User) -> str:
    return TreeSeat.objects.get(user=user, superseded_at=None, ends_on=None).team.name


def test_it_says_that_it_follows_the_teams(dana: Client) -> None:
    answer = dana.get(ADDRESS)
    assert "The forecast tree follows the teams." in answer.content.decode()
    assert [branch.team.name for branch in answer.context["tree"].branches] == ["Penstock", "North", "South"]


def test_a_form_moves_a_person_from_a_day_on(cast: Cast, dana: Client) -> None:
    on = cast.today + timedelta(days=40)
    said = {"what": f"person-{cast.alice.pk}", "to": f"team-{cast.south.pk}", "on": on.isoformat()}
    answer = dana.post(ADDRESS, said)
    assert (answer.status_code, answer["Location"]) == (302, f"{ADDRESS}?on={on}")
    assert seat_of(cast.alice) == "South"
    tree = dana.get(ADDRESS).context["tree"]
    (alice,) = [sitter for branch in tree.branches for sitter in branch.people if sitter.user == cast.alice]
    assert (alice.next_on, alice.next_team) == (on, cast.south)


def test_a_form_moves_a_team_on_top_and_out(cast: Cast, dana: Client) -> None:
    move = {"what": f"team-{cast.south.pk}", "on": cast.today.isoformat()}
    assert dana.post(ADDRESS, move | {"to": "top"}).status_code == 302
    roots = [branch.team for branch in dana.get(ADDRESS).context["tree"].branches if branch.parent is None]
    assert set(roots) == {cast.company_team, cast.south}
    refused = dana.post(ADDRESS, move | {"to": "out"})
    assert refused.status_code == 422
    assert "South still has people or teams. Move them first." in refused.content.decode()


@pytest.mark.parametrize(
    ("what", "to", "field"),
    [("person-{alice}", "top", "to"), ("person-0", "team-{south}", "what"), ("team-{north}", "team-0", "to")],
)
def test_what_is_wrong_is_said_beside_its_field(cast: Cast, dana: Client, what: str, to: str, field: str) -> None:
    names = {"alice": cast.alice.pk, "south": cast.south.pk, "north": cast.north.pk}
    answer = dana.post(ADDRESS, {"what": what.format(**names), "to": to.format(**names), "on": str(cast.today)})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert not is_own()


def test_a_link_chooses_who_moves(cast: Cast, dana: Client) -> None:
    form = dana.get(f"{ADDRESS}?what=person-{cast.bob.pk}").context["form"]
    assert form["what"].value() == f"person-{cast.bob.pk}"


def test_the_page_costs_the_same_whatever_its_size(
    cast: Cast, dana: Client, django_assert_max_num_queries: Any
) -> None:
    User.objects.bulk_create(User(email=f"p{number}@example.com", name=f"P {number}") for number in range(30))
    with django_assert_max_num_queries(9):
        assert dana.get(ADDRESS).status_code == 200


# ── The API ────────────────────────────────────────────────────────────────────────────────────────


def caller(user: User) -> Client:
    _token, key = ApiToken.issue(user=user, name="Test", scopes=["*:read", "*:write"])
    return Client(HTTP_AUTHORIZATION=f"Bearer {key}")


def test_it_is_read_as_far_as_one_reads_people(cast: Cast) -> None:
    tree = caller(cast.mia).get("/api/v1/forecast-tree/").json()
    assert [team["name"] for team in tree["teams"]] == ["Penstock", "North", "South"]
    assert {seat["name"] for seat in tree["seats"]} == {"Mia", "Alice", "Bob"}
    assert tree["is_own"] is False


def test_an_admin_seats_and_places_by_api(cast: Cast) -> None:
    api = caller(cast.dana)
    on = (cast.today + timedelta(days=3)).isoformat()
    sent = {"owner": cast.alice.pk, "team": cast.south.pk, "on": on}
    tree = api.post("/api/v1/forecast-tree/seats/", sent, "application/json").json()
    assert {seat["team"] for seat in tree["seats"] if seat["name"] == "Alice"} == {cast.south.pk}
    assert api.get("/api/v1/forecast-tree/").json()["seats"] != tree["seats"]
    sent = {"team": cast.north.pk, "parent": cast.south.pk}
    tree = api.post("/api/v1/forecast-tree/places/", sent, "application/json").json()
    assert {team["parent"] for team in tree["teams"] if team["name"] == "North"} == {cast.south.pk}
    refused = api.post(
        "/api/v1/forecast-tree/places/", {"team": cast.south.pk, "parent": cast.north.pk}, "application/json"
    )
    assert refused.status_code == 422
    assert "A team cannot be below itself." in refused.content.decode()
