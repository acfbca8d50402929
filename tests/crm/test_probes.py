"""What machines ask, and pages for errors."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.views import probes
from tests.cast import Cast


def test_healthz_asks_nobody(client: Client, db: None, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert client.get("/healthz").content == b"ok"


def test_readyz_asks_postgres_and_redis(client: Client, db: None) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "missing": []})


def test_readyz_names_what_is_missing(client: Client, db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_answer() -> None:
        raise ConnectionError

    monkeypatch.setitem(probes.CHECKS, "redis", no_answer)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()) == (503, {"ready": False, "missing": ["redis"]})


def test_an_unknown_page_is_a_page(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    answer = client.get("/nowhere/")
    assert answer.status_code == 404
    assert "There is nothing here for you" in answer.content.decode()


def test_an_unknown_endpoint_is_a_problem(client: Client, db: None) -> None:
    answer = client.get("/api/v1/nowhere/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
