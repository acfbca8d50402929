"""/api/v1/views/: saved views, under the same rules as on the pages."""

from collections.abc import Callable

from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_views(cast: Cast, as_user: As) -> None:
    alice, bob = as_user(cast.alice), as_user(cast.bob)
    sent = {"screen": "board", "pipeline": cast.pipeline.pk, "name": "Stalled", "query": "stalled=1&sort=-amount"}
    made = alice.post("views/", sent | {"is_opening": True})
    assert made.status_code == 201
    view = made.json()
    assert view == sent | {
        "id": view["id"], "sharing": "private", "team": None, "owner": cast.alice.pk, "is_opening": True
    }  # fmt: skip
    assert bob.get(f"views/{view['id']}/").status_code == 404

    shared = alice.patch(f"views/{view['id']}/", {"sharing": "team", "team": cast.north.pk, "name": "Ours"}).json()
    assert (shared["name"], shared["sharing"], shared["team"]) == ("Ours", "team", cast.north.pk)
    assert bob.get("views/", {"screen": "board"}).json()["results"] == [shared | {"is_opening": False}]
    assert bob.patch(f"views/{view['id']}/", {"name": "Mine"}).status_code == 403
    assert bob.patch(f"views/{view['id']}/", {"is_opening": True}).json()["is_opening"] is True
    assert bob.delete(f"views/{view['id']}/").status_code == 403
    assert alice.delete(f"views/{view['id']}/").status_code == 204
    assert bob.get("views/").json()["results"] == []


def test_what_is_wrong_is_named(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    sent = {"screen": "list", "name": "Won"}
    for wrong, at in (
        ({"query": "colour=red"}, "query"),
        ({"screen": "wall"}, "screen"),
        ({"screen": "board"}, "pipeline"),
        ({"sharing": "team"}, "team"),
        ({"sharing": "team", "team": cast.south.pk}, "team"),
        ({"name": ""}, "name"),
    ):
        answer = api.post("views/", sent | wrong)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, [at])


def test_amounts_are_compared_by_what_they_are_worth(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    euro, dollar = cast.deal("Euro"), cast.deal("Dollar", currency_id="USD")

    def found(**query: str) -> set[int]:
        return {deal["id"] for deal in api.get("deals/", query).json()["results"]}

    assert found(amount_from="900") == {euro.pk, dollar.pk}
    assert found(amount_from="900.01") == {euro.pk}
    assert found(amount_to="900") == {dollar.pk}
    assert api.get("deals/", {"amount_from": "lots"}).status_code == 422
