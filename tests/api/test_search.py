"""/api/v1/search/."""

from collections.abc import Callable

import pytest

from tests.api.conftest import Caller
from tests.cast import Cast

pytestmark = pytest.mark.django_db
AsUser = Callable[..., Caller]


def found(caller: Caller, **query: object) -> list[tuple[str, str]]:
    answer = caller.get("search/", query)
    assert answer.status_code == 200
    return [(hit["kind"], hit["title"]) for hit in answer.json()["results"]]


def test_it_finds_what_the_pages_find(cast: Cast, as_user: AsUser) -> None:
    deal = cast.deal("Acme telemetry")
    answer = as_user(cast.alice).get("search/", {"q": "telemtry"}).json()
    assert answer == {
        "results": [{"kind": "deal", "id": deal.pk, "title": "Acme telemetry", "detail": "Acme · Qualify"}]
    }
    assert found(as_user(cast.alice), q="acme") == [
        ("company", "Acme"), ("deal", "Acme telemetry"), ("contact", "Carol Reyes"),
    ]  # fmt: skip
    assert found(as_user(cast.alice), q="acme", kind="contact") == [("contact", "Carol Reyes")]
    assert found(as_user(cast.charlie), q="telemetry") == []
    assert found(as_user(cast.alice)) == []


def test_a_token_finds_the_kinds_it_may_read(cast: Cast, as_user: AsUser) -> None:
    cast.deal("Acme telemetry")
    assert found(as_user(cast.alice, ["companies:read"]), q="acme") == [("company", "Acme")]
    assert found(as_user(cast.alice, ["companies:write"]), q="acme") == []


def test_bad_parameters_are_named(cast: Cast, as_user: AsUser) -> None:
    assert as_user(cast.alice).get("search/", {"kind": "lead"}).json()["errors"].keys() == {"kind"}
    assert as_user(cast.alice).get("search/", {"query": "acme"}).json()["errors"].keys() == {"query"}
