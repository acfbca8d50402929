"""/api/v1/products/, /win-reasons/, /loss-reasons/ and /sources/: everyone reads, admins change."""

from collections.abc import Callable

import pytest

from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_products(cast: Cast, as_user: As) -> None:
    api = as_user(cast.dana)

    made = api.post("products/", {"name": "Valve", "unit_price": "12.50", "currency": "USD", "code": "V-1"})
    assert (made.status_code, made.json()["unit_price"], made.json()["currency"]) == (201, "12.50", "USD")
    revised = api.patch(f"products/{made.json()['id']}/", {"unit_price": 13, "is_active": False})
    assert (revised.json()["unit_price"], revised.json()["is_active"]) == ("13.00", False)
    assert api.post("products/", {"name": "Pump", "unit_price": 1, "currency": "EUR"}).status_code == 422
    assert [each["name"] for each in api.get("products/", {"is_active": "true"}).json()["results"]] == [
        "Pump",
        "Sensor",
    ]
    assert api.get("products/", {"family": "Hardware", "q": "sens"}).json()["results"][0]["id"] == cast.sensor.pk


@pytest.mark.parametrize("resource", ["win-reasons", "loss-reasons", "sources"])
def test_lists_of_words(cast: Cast, as_user: As, resource: str) -> None:
    api = as_user(cast.dana)

    made = api.post(f"{resource}/", {"name": "A new one"})
    assert made.status_code == 201
    assert api.patch(f"{resource}/{made.json()['id']}/", {"is_active": False}).json()["is_active"] is False
    assert api.post(f"{resource}/", {"name": "A new one"}).json()["errors"].keys() == {"name"}
    active = api.get(f"{resource}/", {"is_active": "true"}).json()["results"]
    assert made.json()["id"] not in {each["id"] for each in active}
    assert active


def test_a_reason_may_ask_for_the_competitor(cast: Cast, as_user: As) -> None:
    made = as_user(cast.dana).post("loss-reasons/", {"name": "Cheaper elsewhere", "asks_competitor": True}).json()
    assert made["asks_competitor"] is True
    assert "asks_competitor" not in as_user(cast.dana).get(f"win-reasons/{cast.fit.pk}/").json()


@pytest.mark.parametrize("resource", ["products", "win-reasons", "loss-reasons", "sources"])
def test_only_admins_change_them(cast: Cast, as_user: As, resource: str) -> None:
    first = as_user(cast.alice).get(f"{resource}/").json()["results"][0]["id"]
    for who in (cast.alice, cast.mia, cast.ira, cast.ravi):
        assert as_user(who).post(f"{resource}/", {"name": "X"}).status_code == 403
        assert as_user(who).patch(f"{resource}/{first}/", {"name": "X"}).status_code == 403
