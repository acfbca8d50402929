"""issue_token, revoke_token, and their page."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from crm.actions import issue_token, revoke_token
from crm.errors import Refused
from crm.models import ApiToken, Event
from tests.cast import Cast


def test_only_a_digest_of_the_key_is_kept(cast: Cast) -> None:
    token, key = issue_token(user=cast.ira, name="Sync", scopes=["deals:read", "deals:read", "*:write"], by=cast.dana)
    assert token.scopes == ["*:write", "deals:read"]
    assert token.digest == ApiToken.digest_of(key)
    assert key not in str(Event.objects.get(kind="token.issued").data)


def test_it_refuses_nonsense(cast: Cast) -> None:
    later = timezone.now() - timedelta(days=1)
    for fields, field in (
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["deals:own"]}, "scopes"),
        ({"expires_at": later}, "expires_at"),
    ):
        with pytest.raises(Refused) as refused:
            issue_token(**{"user": cast.ira, "name": "x", "scopes": ["deals:read"], "by": None} | fields)  # type: ignore[arg-type]
        assert list(refused.value.errors) == [field]


def test_a_revoked_key_opens_nothing(client: Client, cast: Cast) -> None:
    token, key = issue_token(user=cast.ira, name="Sync", scopes=["*:read"], by=cast.dana)
    bearer = {"Authorization": f"Bearer {key}"}
    assert client.get("/api/v1/companies/", headers=bearer).status_code == 200
    revoke_token(token, by=cast.dana)
    assert client.get("/api/v1/companies/", headers=bearer).status_code == 401


def test_the_page_shows_the_key_once(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    form = {"name": "Script", "scopes": ["deals:read", "deals:write"]}
    answer = client.post("/settings/tokens/", form)
    token, key = answer.context["issued"]
    assert key in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert (token.user, token.scopes) == (cast.alice, ["deals:read", "deals:write"])
    assert key not in client.get("/settings/tokens/").content.decode()


def test_the_page_keeps_what_was_ticked(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    answer = client.post("/settings/tokens/", {"name": "", "scopes": ["deals:read"]})
    assert answer.status_code == 422
    assert 'value="deals:read" aria-label="Read Deals and activities" checked' in answer.content.decode()


def test_everyone_revokes_their_own_and_admins_all(client: Client, cast: Cast) -> None:
    token, _key = issue_token(user=cast.ira, name="Sync", scopes=["*:read"], by=cast.dana)
    client.force_login(cast.alice)
    assert "Sync" not in client.get("/settings/tokens/").content.decode()
    assert client.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 404
    client.force_login(cast.dana)
    assert "Sync" in client.get("/settings/tokens/").content.decode()
    assert client.post(f"/settings/tokens/{token.pk}/revoke/").status_code == 302
    token.refresh_from_db()
    assert token.revoked_at is not None
