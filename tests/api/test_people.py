"""/api/v1/me/, /users/ and /teams/."""

from collections.abc import Callable

from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_me(cast: Cast, as_user: As) -> None:
    assert as_user(cast.alice, ["deals:read"]).get("me/").json() == {
        "id": cast.alice.pk,
        "name": "Alice",
        "email": "alice@example.com",
        "role": "rep",
        "reach": {"reads": "team", "writes": "own"},
        "workspace": {"name": "Penstock", "currency": "EUR", "time_zone": "UTC", "fiscal_start": 1},
        "token": {"name": "Test", "scopes": ["deals:read"]},
    }


def test_the_directory_knows_everyone_and_their_team_of_today(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)

    users = api.get("users/", {"team": cast.north.pk, "fields": "name,team,role"}).json()["results"]

    assert users == [
        {"id": cast.alice.pk, "name": "Alice", "role": "rep", "team": cast.north.pk},
        {"id": cast.bob.pk, "name": "Bob", "role": "rep", "team": cast.north.pk},
        {"id": cast.mia.pk, "name": "Mia", "role": "manager", "team": cast.north.pk},
    ]
    assert len(api.get("users/").json()["results"]) == 8
    assert api.get(f"users/{cast.dana.pk}/").json()["team"] is None
    assert "password" not in api.get(f"users/{cast.dana.pk}/").content.decode()
    assert api.get("users/", {"email": "BOB@example.com"}).json()["results"][0]["id"] == cast.bob.pk


def test_teams_are_a_tree(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    below = api.get("teams/", {"parent": cast.company_team.pk}).json()["results"]
    assert [(team["name"], team["parent"]) for team in below] == [
        ("North", cast.company_team.pk),
        ("South", cast.company_team.pk),
    ]
    expanded = api.get(f"users/{cast.alice.pk}/", {"expand": "team"}).json()
    assert expanded["team"]["name"] == "North"


def test_they_are_only_read_here(cast: Cast, as_user: As) -> None:
    assert as_user(cast.dana).post("users/", {"name": "X"}).status_code == 405
    assert as_user(cast.dana).delete(f"teams/{cast.north.pk}/").status_code == 405
