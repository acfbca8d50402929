"""Errors are application/problem+json, whatever went wrong."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError

from pipeline.api.deals import Deals
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def check(answer: Any, status: int) -> dict[str, Any]:
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    body: dict[str, Any] = answer.json()
    assert (body["status"], bool(body["title"]), bool(body["detail"])) == (status, True, True)
    assert body["type"] == "about:blank"
    return body


def test_not_json(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    answer = api.client.post("/api/v1/deals/", "{", content_type="application/json", headers=api.headers)
    check(answer, 400)


def test_not_an_object(cast: Cast, as_user: As) -> None:
    assert check(as_user(cast.alice).post("deals/", ["x"]), 422)["errors"].keys() == {""}


def test_not_our_media_type(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    check(api.client.post("/api/v1/deals/", {"title": "Pump"}, headers=api.headers), 415)


def test_no_such_record_address_or_method(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    check(api.get("deals/999999999999/"), 404)
    check(api.get(f"deals/{10**40}/"), 404)
    check(api.get("deals/x/"), 404)
    check(api.get("nothing/at/all/"), 404)
    answer = api.put("deals/", {})
    check(answer, 405)
    assert "GET" in answer["Allow"]


def test_a_missing_slash_is_added_and_the_query_kept(cast: Cast, as_user: As) -> None:
    answer = as_user(cast.alice).post("deals?fields=title", {"title": "Pump"})
    assert (answer.status_code, answer["Location"]) == (308, "/api/v1/deals/?fields=title")


@pytest.mark.parametrize(("sent", "named"), [(r'"category": "\ud800"', "category"), (r'"\udfff": 1', "\udfff")])
def test_half_a_character_is_refused_by_name(cast: Cast, as_user: As, sent: str, named: str) -> None:
    api = as_user(cast.alice)
    body = f'{{"title": "Pump", {sent}}}'
    answer = api.client.post("/api/v1/deals/", body, content_type="application/json", headers=api.headers)
    assert check(answer, 422)["errors"].keys() == {named}


def test_nested_errors_are_named_by_their_path(cast: Cast, as_user: As) -> None:
    lines = [{"product": cast.pump.pk}, {"product": cast.pump.pk, "quantity": "many"}]
    errors = check(as_user(cast.alice).post("deals/", {"title": "Pump", "lines": lines}), 422)["errors"]
    assert list(errors) == ["lines.1.quantity"]


def test_our_own_mistake_is_told_and_logged_but_not_shown(
    cast: Cast, as_user: As, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(view: Deals) -> None:
        raise DatabaseError("secret detail")

    monkeypatch.setattr(Deals, "visible", broken)
    api = as_user(cast.alice)
    api.client.raise_request_exception = False

    answer = api.get("deals/")

    assert "secret" not in answer.content.decode()
    check(answer, 500)
    assert "secret detail" in caplog.text
