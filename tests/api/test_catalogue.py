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


# ── Units, taxes, bundles, price books ─────────────────────────────────────────────────────────────


def test_a_product_has_words_a_unit_a_tax_class_and_a_cost(cast: Cast, as_user: As) -> None:
    api = as_user(cast.dana)
    unit = api.post("units/", {"name": "m", "code": "MTR", "names": {"ru": "м"}}).json()
    exempt = next(each for each in api.get("tax-classes/").json()["results"] if each["kind"] == "E")
    sent = {
        "unit": unit["id"], "tax_class": exempt["id"], "cost": "0.125", "renews_after": 12,
        "translations": {"de": {"name": "Pumpe"}},
    }  # fmt: skip
    answer = api.patch(f"products/{cast.pump.pk}/", sent)
    assert answer.status_code == 200
    assert {name: answer.json()[name] for name in sent} == sent
    assert api.delete(f"units/{unit['id']}/").status_code == 422
    assert api.patch(f"products/{cast.pump.pk}/", {"translations": {"xx": {"name": "?"}}}).json()["errors"].keys() == {
        "translations"
    }
    assert api.patch(f"products/{cast.pump.pk}/", {"unit": None}).json()["unit"] is None
    assert api.delete(f"units/{unit['id']}/").status_code == 204


def test_a_bundle(cast: Cast, as_user: As) -> None:
    api = as_user(cast.dana)
    station = api.post("products/", {"name": "Station", "unit_price": "500", "currency": "EUR"}).json()["id"]
    items = [
        {"product": cast.pump.pk, "quantity": "2.000", "is_optional": False},
        {"product": cast.sensor.pk, "quantity": "1.000", "is_optional": True},
    ]
    answer = api.put(f"products/{station}/items/", {"items": items})
    assert (answer.status_code, answer.json()["is_bundle"]) == (200, True)
    assert api.get(f"products/{station}/items/").json()["results"] == items
    refused = api.put(f"products/{station}/items/", {"items": [{"product": station}]})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["items"])


def test_taxes_of_a_class(cast: Cast, as_user: As) -> None:
    api = as_user(cast.dana)
    made = api.post("tax-classes/", {"name": "Quebec", "kind": "S"}).json()["id"]
    taxes = [
        {"name": "GST", "rate": "5.0000", "is_compound": False, "starts_on": None, "ends_on": None},
        {"name": "QST", "rate": "9.9750", "is_compound": True, "starts_on": "2013-01-01", "ends_on": None},
    ]
    assert api.put(f"tax-classes/{made}/taxes/", {"taxes": taxes}).status_code == 200
    assert api.get(f"tax-classes/{made}/taxes/").json()["results"] == taxes
    wrong = [taxes[0], taxes[0]]
    assert list(api.put(f"tax-classes/{made}/taxes/", {"taxes": wrong}).json()["errors"]) == ["taxes"]


def test_a_price_book(cast: Cast, as_user: As) -> None:
    api = as_user(cast.dana)
    book = api.post("price-books/", {"name": "Dollars", "currency": "USD", "is_default": True}).json()["id"]
    prices = [
        {"product": cast.pump.pk, "unit_price": "275.00"},
        {"product": cast.pump.pk, "unit_price": "0.125", "min_quantity": 10, "starts_on": "2027-01-01"},
    ]
    assert api.patch(f"price-books/{book}/prices/", {"prices": prices}).status_code == 200
    listed = api.get(f"price-books/{book}/prices/").json()["results"]
    assert [(each["min_quantity"], each["unit_price"], each["starts_on"]) for each in listed] == [
        ("0.000", "275.00", None),
        ("10.000", "0.125", "2027-01-01"),
    ]
    gone = [{"product": cast.pump.pk, "unit_price": None}]
    api.patch(f"price-books/{book}/prices/", {"prices": gone})
    assert len(api.get(f"price-books/{book}/prices/").json()["results"]) == 1
    assert api.patch(f"price-books/{book}/", {"currency": "EUR"}).status_code == 422
    child = api.post("price-books/", {"name": "Euros", "currency": "EUR", "parent": book})
    assert list(child.json()["errors"]) == ["parent"]


def test_everyone_reads_and_admins_change_what_products_are_made_of(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    assert api.post("units/", {"name": "m", "code": "MTR"}).status_code == 403
    assert api.put(f"products/{cast.pump.pk}/items/", {"items": []}).status_code == 403
    assert api.get("price-books/").status_code == 200
