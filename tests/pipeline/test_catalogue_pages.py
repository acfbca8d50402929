"""Products, bundles, units and taxes: their pages, and what their verbs refuse."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.errors import Refused
from crm.models import Event
from pipeline.catalogue import Item, create_product, revise_product, set_items
from pipeline.models import Product, Tax, TaxClass, Unit
from pipeline.taxing import TaxRow, create_tax_class, create_unit, delete_unit, revise_tax_class
from tests.cast import Cast

GATEWAY = {"name": "Gateway", "unit_price": "389.90", "currency": "EUR", "is_active": "on"}


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    client.force_login(cast.dana)
    return client


def rows(prefix: str, *given: dict[str, Any], initial: int = 0) -> dict[str, Any]:
    """A formset as a browser posts it."""
    said = {f"{prefix}-{n}-{name}": value for n, row in enumerate(given) for name, value in row.items()}
    return {f"{prefix}-TOTAL_FORMS": len(given), f"{prefix}-INITIAL_FORMS": initial, **said}


# ── Products ───────────────────────────────────────────────────────────────────────────────────────


def test_products_are_added_and_revised(dana: Client, cast: Cast) -> None:
    form = GATEWAY | {
        "unit": Unit.objects.get(code="C62").pk,
        "cost": "210",
        "renews_after": "12",
        "name_de": "Zentrale",
    }
    assert dana.post("/products/new/", form).status_code == 302
    gateway = Product.objects.get(name="Gateway")
    assert (gateway.unit_price, gateway.cost, gateway.renews_after) == (Decimal("389.900"), 210, 12)
    assert gateway.translations == {"de": {"name": "Zentrale"}}
    page = dana.get(f"/products/{gateway.pk}/edit/").content.decode()
    assert 'value="Zentrale"' in page
    page = dana.get(f"/products/{gateway.pk}/").content.decode()
    assert '<div lang="de"><b>Zentrale</b></div><span class="muted">Deutsch</span>' in page
    taken = dana.post(f"/products/{gateway.pk}/edit/", form | {"name": "Pump"})
    assert taken.status_code == 422
    assert "There is a product of that name." in taken.content.decode()
    dana.post(f"/products/{gateway.pk}/edit/", form | {"is_active": ""})
    gateway.refresh_from_db()
    assert gateway.is_active is False
    assert "Gateway" not in dana.get("/products/").content.decode()
    assert "Gateway" in dana.get("/products/?used=no").content.decode()


def test_everyone_reads_them_and_administrators_change_them(client: Client, cast: Cast) -> None:
    client.force_login(cast.alice)
    page = client.get("/products/").content.decode()
    assert "Pump" in page
    assert "/products/new/" not in page
    assert "Hardware" in client.get(f"/products/{cast.pump.pk}/").content.decode()
    for path in ("new/", f"{cast.pump.pk}/edit/", f"{cast.pump.pk}/items/", "import/"):
        assert client.post(f"/products/{path}", GATEWAY).status_code == 403


def test_they_are_found_by_name_code_and_family(dana: Client, cast: Cast) -> None:
    revise_product(cast.pump, code="P-100", family="Pumps", by=None)

    def found(query: str) -> list[str]:
        page = dana.get(f"/products/?{query}").content.decode()
        return [name for name in ("Pump", "Sensor") if f">{name}</a>" in page]

    assert [found("q=p-1"), found("q=sens"), found("family=Hardware"), found("q=none")] == [
        ["Pump"], ["Sensor"], ["Sensor"], [],
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked", ["products/?q", "products/?family", "settings/audit/?noun", "deals/new/understood/?line"]
)
def test_what_no_database_takes_finds_nothing_and_breaks_nothing(dana: Client, asked: str) -> None:
    assert dana.get(f"/{asked}=%00%0%000").status_code == 200


def test_its_queries_do_not_grow(
    dana: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for n in range(30):
        create_product(name=f"Part {n}", unit_price=Decimal(n), currency=cast.pump.currency, by=None)
    with django_assert_max_num_queries(10):
        dana.get("/products/")


def test_a_product_says_what_is_wrong(cast: Cast) -> None:
    for field, value in {"cost": Decimal(-1), "renews_after": 0, "translations": {"fr": {"name": "Pompe"}}}.items():
        with pytest.raises(Refused) as refused:
            revise_product(cast.pump, by=None, **{field: value})
        assert list(refused.value.errors) == [field]


# ── Bundles ────────────────────────────────────────────────────────────────────────────────────────


def test_a_bundle_is_made_of_rows(dana: Client, cast: Cast) -> None:
    station = create_product(name="Station", unit_price=Decimal(500), currency=cast.pump.currency, by=None)
    said = rows(
        "items", {"product": cast.pump.pk, "quantity": "2"}, {"product": cast.sensor.pk, "is_optional": "on"}, {}
    )
    assert dana.post(f"/products/{station.pk}/items/", said | {"sums_parts": "on"}).status_code == 302
    more = dana.post(f"/products/{station.pk}/items/", said | {"sums_parts": "on", "more": "1"})
    assert more["Location"] == f"/products/{station.pk}/items/"
    station.refresh_from_db()
    assert (station.is_bundle, station.sums_parts) == (True, True)
    items = list(station.items.values_list("product__name", "quantity", "is_optional"))
    assert items == [("Pump", 2, False), ("Sensor", 1, True)]
    page = dana.get(f"/products/{station.pk}/").content.decode()
    assert "What it is made of" in page
    assert dana.post(f"/products/{station.pk}/items/", rows("items", {}, {}, initial=2)).status_code == 302
    station.refresh_from_db()
    assert (station.is_bundle, station.items.count()) == (False, 0)


def test_a_row_that_cannot_be_is_shown_again(dana: Client, cast: Cast) -> None:
    said = rows("items", {"product": cast.sensor.pk, "quantity": "many"})
    answer = dana.post(f"/products/{cast.pump.pk}/items/", said)
    assert answer.status_code == 422
    assert 'value="many"' in answer.content.decode()


def test_a_bundle_never_holds_itself(cast: Cast) -> None:
    station = create_product(name="Station", unit_price=Decimal(500), currency=cast.pump.currency, by=None)
    set_items(station, [Item(cast.pump)], by=cast.dana)
    station.refresh_from_db()
    for bundle, items in {
        station: [Item(station)],
        cast.sensor: [Item(station)],
        cast.pump: [Item(cast.sensor)],
    }.items():
        with pytest.raises(Refused) as refused:
            set_items(bundle, items, by=None)
        assert list(refused.value.errors) == ["items"]
    with pytest.raises(Refused):
        set_items(station, [Item(cast.pump), Item(cast.pump)], by=None)
    with pytest.raises(Refused):
        set_items(station, [Item(cast.pump, Decimal(0))], by=None)
    assert Event.objects.filter(kind="product.revised", object_id=station.pk).count() == 1


# ── Units ──────────────────────────────────────────────────────────────────────────────────────────


def test_an_empty_penstock_has_units_and_classes_but_no_rates(cast: Cast) -> None:
    assert list(Unit.objects.values_list("code", flat=True)) == ["C62", "HUR", "DAY", "MON"]
    assert list(TaxClass.objects.values_list("kind", flat=True)) == ["S", "S", "Z", "E", "AE"]
    assert Tax.objects.count() == 0


def test_units_are_added_revised_and_deleted(dana: Client, cast: Cast) -> None:
    assert dana.post("/settings/units/", {"name": "m", "code": "mtr", "name_ru": "м"}).status_code == 302
    metre = Unit.objects.get(name="m")
    assert (metre.code, metre.names) == ("MTR", {"ru": "м"})
    assert dana.post(f"/settings/units/{metre.pk}/", {"name": "metres", "code": "MTR"}).status_code == 302
    assert dana.post("/settings/units/", {"name": "Metres", "code": "MTR"}).status_code == 422
    assert dana.post("/settings/units/", {"name": "x", "code": "!"}).status_code == 422
    revise_product(cast.pump, unit=metre, by=None)
    page = dana.post(f"/settings/units/{metre.pk}/delete/", follow=True).content.decode()
    assert "Products are counted in it" in page
    revise_product(cast.pump, unit=None, by=None)
    dana.post(f"/settings/units/{metre.pk}/delete/")
    assert not Unit.objects.filter(pk=metre.pk).exists()


# ── Taxes ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_class_gets_its_rates(dana: Client, cast: Cast) -> None:
    standard = TaxClass.objects.get(name="Standard rate")
    form = {"name": "Standard rate", "kind": "S", "is_default": "on", "is_active": "on"}
    old = {"name": "VAT", "rate": "19", "ends_on": "2030-01-01"}
    said = rows("taxes", old, {"name": "VAT", "rate": "21", "starts_on": "2030-01-01"}, {})
    assert dana.post(f"/settings/taxes/{standard.pk}/", form | said).status_code == 302
    assert [str(tax) for tax in standard.taxes.all()] == ["VAT 19%", "VAT 21%"]
    page = dana.get("/settings/taxes/").content.decode()
    assert "VAT 19%" in page
    assert "from 1 Jan 2030" in page
    assert Event.objects.filter(kind="taxclass.revised").count() == 1
    dana.post(f"/settings/taxes/{standard.pk}/", form | said)
    assert Event.objects.filter(kind="taxclass.revised").count() == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"name": "VAT"}, "A tax needs a rate."),
        ({"rate": "19"}, "A tax needs a name, such as VAT."),
        ({"name": "VAT", "rate": "119"}, "Ensure this value is less than or equal to 100."),
        (
            {"name": "VAT", "rate": "9", "starts_on": "2026-01-02", "ends_on": "2026-01-02"},
            "VAT 9% ends before it begins.",
        ),
    ],
)
def test_a_rate_that_cannot_be_is_shown_again(dana: Client, cast: Cast, row: dict[str, str], said: str) -> None:
    form = {"name": "New", "kind": "S", "is_active": "on"}
    answer = dana.post("/settings/taxes/new/", form | rows("taxes", row))
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not TaxClass.objects.filter(name="New").exists()


def test_a_class_says_what_is_wrong(cast: Cast) -> None:
    nineteen = TaxRow("VAT", Decimal(19))
    wrongs: list[tuple[dict[str, Any], str]] = [
        ({"name": "Exempt too", "kind": "E"}, "reason"),
        ({"name": "Export", "kind": "G", "reason": "Export", "taxes": [nineteen]}, "taxes"),
        ({"name": "Twice", "taxes": [nineteen, TaxRow("vat", Decimal(7))]}, "taxes"),
        ({"name": "standard rate"}, "name"),
    ]
    for wrong, field in wrongs:
        with pytest.raises(Refused) as refused:
            create_tax_class(by=None, **wrong)
        assert list(refused.value.errors) == [field]
    standard = revise_tax_class(TaxClass.objects.get(is_default=True), taxes=[nineteen], by=None)
    with pytest.raises(Refused):
        revise_tax_class(standard, kind="Z", by=None)
    assert revise_tax_class(standard, kind="Z", taxes=[], by=None).kind == "Z"


def test_one_class_is_the_usual_one(cast: Cast) -> None:
    reduced = TaxClass.objects.get(name="Reduced rate")
    revise_tax_class(reduced, is_default=True, by=None)
    assert list(TaxClass.objects.filter(is_default=True)) == [reduced]
    with pytest.raises(Refused):
        revise_tax_class(reduced, is_active=False, by=None)


def test_a_unit_in_use_stays(cast: Cast) -> None:
    hours = create_unit(name="h", code="HUR", by=None)
    revise_product(cast.pump, unit=hours, by=None)
    with pytest.raises(Refused):
        delete_unit(hours, by=None)
    assert Event.objects.filter(kind="unit.deleted").count() == 0
