"""The OpenAPI document, the page that shows it, and docs/api.md: all of them true."""

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from crm.api import RESOURCES
from crm.rest.reference import document
from pipeline.actions import revise_deal
from pipeline.books import create_price_book
from quotes.actions import draft_quote
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]
GUIDE = Path(__file__).parents[2] / "docs" / "api.md"


def test_the_document_is_open_to_all_and_is_3_1(db: None, client: Client) -> None:
    answer = client.get("/api/v1/schema/")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/vnd.oai.openapi+json")
    assert answer.json()["openapi"].startswith("3.1")


def test_it_has_every_route_with_a_summary_and_its_own_id() -> None:
    made = document()
    for name in RESOURCES:
        assert f"/api/v1/{name}/" in made["paths"]
    operations = [(path, each) for path, verbs in made["paths"].items() for each in verbs.values()]
    assert {path for path, each in operations if not each.get("summary")} == set()
    ids = [each["operationId"] for _path, each in operations]
    assert len(ids) == len(set(ids))


def test_no_two_of_its_shapes_share_a_name(capsys: pytest.CaptureFixture[str]) -> None:
    document.cache_clear()
    document()
    assert "identical names" not in capsys.readouterr().err


def test_every_error_it_names_is_a_problem() -> None:
    for verbs in document()["paths"].values():
        for operation in verbs.values():
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert list(answer["content"]) == ["application/problem+json"]


def test_the_page_shows_every_operation_and_shape_without_signing_in(db: None, client: Client) -> None:
    page = client.get("/api/v1/docs/").content.decode()
    made = document()
    for path in made["paths"]:
        assert path in page
    for name in made["components"]["schemas"]:
        if not name.startswith("Paginated"):
            assert f'id="shape-{name}"' in page
    links = set(re.findall(r'href="#([^"]+)"', page))
    assert links - set(re.findall(r'id="([^"]+)"', page)) == set()
    assert re.findall(r'(?:src|href)="https?://', page) == []


def examples() -> list[tuple[str, int]]:
    text = "\n".join(re.findall(r"```sh\n(.*?)```", GUIDE.read_text(), re.S))
    return [(command, int(status)) for command, status in re.findall(r"(curl .*?)\n# (\d{3})", text, re.S)]


def send(api: Caller, command: str, values: dict[str, Any]) -> Any:
    for name in sorted(values, key=len, reverse=True):
        command = command.replace(f"${name}", str(values[name]))
    words = iter(shlex.split(command.replace("\\\n", " "))[1:])
    method, body, headers, address = "", None, {}, ""
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _sep, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        else:
            address = word
    method = method or ("GET" if body is None else "POST")
    data = (body or "").encode()
    return api.client.generic(method, address, data, headers.pop("Content-Type", ""), headers=headers)


def test_the_guides_examples_do_what_they_say(cast: Cast) -> None:
    api, deal = Caller(cast.mia), cast.deal(owner=cast.mia)
    revise_deal(deal, title="Newer", by=cast.mia)
    book = create_price_book(name="List", currency=cast.pump.currency, by=cast.dana)
    values = {
        "API": "/api/v1", "TOKEN": api.key, "ADMIN_TOKEN": Caller(cast.dana).key, "OWNER": cast.alice.pk,
        "COMPANY": cast.acme.pk, "DEAL": deal.pk, "PRODUCT": cast.pump.pk, "BOOK": book.pk,
        "QUOTE": draft_quote(deal, by=cast.mia).pk,
        "STAGE": cast.stages["Demo"].pk, "WIN_REASON": cast.fit.pk, "TEAM": cast.north.pk, "CURSOR": "1-1",
    }  # fmt: skip
    assert len(examples()) >= 15
    for command, status in examples():
        answer = send(api, command, values)
        assert answer.status_code == status, (command, answer.content)


@pytest.mark.parametrize("status", ["400", "401", "403", "404", "409", "412", "415", "422", "429"])
def test_the_guide_explains_every_error(status: str) -> None:
    assert f"| {status} |" in GUIDE.read_text()
