"""Callers of the API: each of the cast with a token that may do everything their role may."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from crm.models import ApiToken, User

EVERYTHING = ["*:read", "*:write"]


class Caller:
    """`api.get("deals", {"limit": 1})`: the path below /api/v1/, the body as JSON, a token in the header."""

    def __init__(self, user: User | None, scopes: list[str] | None = None) -> None:
        self.client = Client()
        self.headers: dict[str, str] = {}
        if user is not None:
            self.token, self.key = ApiToken.issue(user=user, name="Test", scopes=scopes or EVERYTHING)
            self.headers["Authorization"] = f"Bearer {self.key}"

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        address = path if path.startswith(("/", "http")) else f"/api/v1/{path}"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        data = b"" if body is None else json.dumps(body).encode()
        kind = "" if body is None else "application/json"
        return self.client.generic(method, address, data, kind, headers=self.headers | named)

    def get(self, path: str, query: dict[str, Any] | None = None, **headers: str) -> Any:
        address = path if path.startswith(("/", "http")) else f"/api/v1/{path}"
        return self.client.get(address, query or {}, headers=self.headers | headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("PATCH", path, body, **headers)

    def put(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.ask("PUT", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.ask("DELETE", path, **headers)


@pytest.fixture
def as_user(db: None) -> Callable[..., Caller]:
    return Caller
