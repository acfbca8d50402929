"""The deal's pages as a test asks for them: signed in, with forms sent as htmx or a plain browser sends them."""

from html import unescape
from typing import Any

from django.test import Client

from crm.models import User
from pipeline.models import Deal

HTMX: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
VERBS = [
    "stage/", "win/", "lose/", "reopen/", "undo/", "owner/", "facts/amount/", "lines/", "people/", "activities/",
    "archive/", "restore/", "clone/", "merge/", "files/",
]  # fmt: skip


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, url: str, data: dict[str, Any] | None = None, **headers: Any) -> Any:
    return signed_in(user).post(url, data or {}, **headers)


def text(response: Any) -> str:
    return unescape(response.content.decode())


def fresh(deal: Deal) -> Deal:
    return Deal.objects.select_related("stage", "owner", "next_step").get(pk=deal.pk)
