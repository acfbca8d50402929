"""Signing in to the API: tokens with their scopes, sessions with their CSRF token, and how often."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from rest_framework.settings import api_settings

from crm.models import ApiToken
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_without_a_token_nobody_is_let_in(cast: Cast, as_user: As) -> None:
    answer = as_user(None).get("deals/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert answer["Content-Type"] == "application/problem+json"


def test_a_token_is_never_stored_in_clear(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    api.get("me/")
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(t)::text FROM crm_apitoken t")
        (stored,) = cursor.fetchone()
    assert api.key not in stored
    assert api.key.removeprefix(api.key[:10]) not in stored
    assert ApiToken.digest_of(api.key) in stored


@pytest.mark.parametrize(
    "spoil",
    [
        {"revoked_at": timezone.now()},
        {"expires_at": timezone.now() - timedelta(seconds=1)},
        {"digest": "0" * 64},
    ],
)
def test_a_spent_token_is_401(cast: Cast, as_user: As, spoil: dict[str, Any]) -> None:
    api = as_user(cast.alice)
    assert api.get("me/").status_code == 200
    ApiToken.objects.filter(pk=api.token.pk).update(**spoil)
    assert api.get("me/").status_code == 401


def test_whoever_left_is_locked_out(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    cast.alice.is_active = False
    cast.alice.save()
    assert api.get("me/").status_code == 401


def test_it_remembers_when_it_was_used(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    api.get("me/")
    first = ApiToken.objects.get(pk=api.token.pk).last_used_at
    assert first is not None
    api.get("me/")
    assert ApiToken.objects.get(pk=api.token.pk).last_used_at == first  # to the minute is enough


@pytest.mark.parametrize(
    ("scopes", "reads", "writes"),
    [
        (["deals:read"], 200, 403),
        (["deals:write"], 403, 201),
        (["*:read"], 200, 403),
        (["*:write", "deals:read"], 200, 201),
        (["companies:read", "companies:write"], 403, 403),
    ],
)
def test_scopes_say_what_a_token_may(cast: Cast, as_user: As, scopes: list[str], reads: int, writes: int) -> None:
    api = as_user(cast.alice, scopes)
    assert api.get("deals/").status_code == reads
    answer = api.post("deals/", {"title": "Pump"})
    assert answer.status_code == writes
    if writes == 403:
        assert "deals:write" in answer.json()["detail"]


def test_a_scope_never_goes_beyond_the_role(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    assert as_user(cast.ravi, ["*:write"]).post("deals/", {"title": "Pump"}).status_code == 403
    assert as_user(cast.charlie, ["*:read", "*:write"]).patch(f"deals/{deal.pk}/", {"title": "x"}).status_code == 404


def test_a_signed_in_browser_may_too_with_its_csrf_token(cast: Cast) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice, "crm.backends.PasswordBackend")
    assert client.get("/api/v1/me/").json()["token"] is None
    body = {"title": "Pump"}
    assert client.post("/api/v1/deals/", body, content_type="application/json").status_code == 403
    client.cookies["csrftoken"] = "a" * 32
    answer = client.post("/api/v1/deals/", body, content_type="application/json", headers={"X-CSRFToken": "a" * 32})
    assert answer.status_code == 201


def test_too_many_requests_are_told_when_to_come_back(cast: Cast, as_user: As, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(api_settings.DEFAULT_THROTTLE_RATES, "user", "3/day")
    api = as_user(cast.alice)

    statuses = [api.get("me/").status_code for _ in range(4)]
    answer = api.get("me/")

    assert statuses == [200, 200, 200, 429]
    assert 0 < int(answer["Retry-After"]) <= 86_400
    assert as_user(cast.bob).get("me/").status_code == 200
