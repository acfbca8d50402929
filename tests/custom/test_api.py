"""Custom fields over the API: in read and write, in filters, and the fields themselves."""

from typing import Any

import pytest

from crm.custom.actions import archive_custom_field
from crm.models import CustomField
from pipeline.structure import revise_stage
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.custom.fields import custom, custom_field, one_of_each

pytestmark = pytest.mark.django_db
VALUES: dict[str, Any] = {
    "text": "Blue",
    "number": "12.5",
    "money": {"amount": "1200.50", "currency": "USD"},
    "date": "2026-12-31",
    "choice": "huge",
    "choices": ["small", "huge"],
    "link": "https://example.com/a",
    "yes_no": False,
}
PLACES = [("deal", "deals", "title"), ("company", "companies", "name"), ("contact", "contacts", "name")]


@pytest.mark.parametrize(("noun", "place", "name"), PLACES)
def test_what_is_written_is_read(cast: Cast, noun: str, place: str, name: str) -> None:
    one_of_each(noun)
    call = Caller(cast.alice)
    values = VALUES | {"person": cast.bob.pk}
    made = call.post(f"{place}/", {name: "New", "custom": values})
    assert made.status_code == 201, made.json()
    assert made.json()["custom"] == values
    address = f"{place}/{made.json()['id']}/"
    assert call.get(address).json()["custom"] == values
    revised = call.patch(address, {"custom": {"number": 0, "text": None}})
    assert revised.json()["custom"] == {key: value for key, value in values.items() if key != "text"} | {"number": "0"}
    assert call.patch(address, {"custom": revised.json()["custom"]}).json()["version"] == revised.json()["version"]
    assert call.get(f"{place}/?fields=custom").json()["results"][0].keys() == {"id", "custom"}


@pytest.mark.parametrize(("noun", "place", "name"), PLACES)
def test_what_is_wrong_is_named(cast: Cast, noun: str, place: str, name: str) -> None:
    one_of_each(noun)
    call = Caller(cast.alice)
    answer = call.post(f"{place}/", {name: "New", "custom": {"number": "x", "nothing": 1, "yes_no": "no"}})
    assert answer.status_code == 422
    assert answer.json()["errors"].keys() == {"custom.number", "custom.nothing", "custom.yes_no"}
    assert call.post(f"{place}/", {name: "New", "custom": [1]}).json()["errors"].keys() == {"custom"}


def test_a_required_field_is_required(cast: Cast) -> None:
    custom_field("number", label="Seats", is_required=True)
    call = Caller(cast.alice)
    assert call.post("deals/", {"title": "New"}).json()["errors"] == {"custom.number": ["Seats is needed."]}
    assert call.post("deals/", {"title": "New", "custom": {"number": 0}}).status_code == 201


def test_an_archived_field_is_neither_read_nor_written(cast: Cast) -> None:
    field = custom_field("text")
    deal = cast.deal(**custom(text="Blue"))
    archive_custom_field(field, by=cast.dana)
    call = Caller(cast.alice)
    assert call.get(f"deals/{deal.pk}/").json()["custom"] == {}
    assert call.patch(f"deals/{deal.pk}/", {"custom": {"text": "Red"}}).status_code == 422


def test_a_stage_tells_what_it_needs(cast: Cast) -> None:
    custom_field("number", label="Seats")
    demo = revise_stage(cast.stages["Demo"], required_fields=["custom.number"], by=cast.dana)
    deal, call = cast.deal(), Caller(cast.alice)
    answer = call.post(f"deals/{deal.pk}/moves/", {"stage": demo.pk})
    assert (answer.status_code, answer.json()["needs"]) == (422, ["custom.number"])
    answer = call.post(f"deals/{deal.pk}/moves/", {"stage": demo.pk, "fields": {"custom": {"number": 5}}})
    assert (answer.status_code, answer.json()["custom"]) == (200, {"number": "5"})


def test_history_has_them_by_name(cast: Cast) -> None:
    one_of_each()
    deal, call = cast.deal(), Caller(cast.alice)
    call.patch(f"deals/{deal.pk}/", {"custom": {"yes_no": False}})
    call.patch(f"deals/{deal.pk}/", {"custom": {"yes_no": True}})
    changes = call.get(f"deals/{deal.pk}/changes/").json()["results"]
    assert [change["was"] for change in changes] == [{"custom.yes_no": False}, {"custom.yes_no": None}, {}]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("cf_choice=huge", ["B"]),
        ("cf_choice=huge&cf_choice=none", ["A", "B"]),
        ("cf_number_from=0&cf_number_before=5", ["B"]),
        ("cf_yes_no=no", ["B"]),
        ("cf_text=BLU", ["B"]),
    ],
)
@pytest.mark.parametrize(("noun", "place", "name"), PLACES)
def test_lists_are_narrowed(cast: Cast, query: str, found: list[str], noun: str, place: str, name: str) -> None:
    one_of_each(noun)
    call = Caller(cast.alice)
    call.post(f"{place}/", {name: "A", "external_id": "a"})
    call.post(f"{place}/", {name: "B", "custom": {"choice": "huge", "number": 0, "yes_no": False, "text": "Blue"}})
    results = call.get(f"{place}/?{query}&owner={cast.alice.pk}").json()["results"]
    assert sorted(each[name] for each in results if each[name] in {"A", "B"}) == found


@pytest.mark.parametrize(
    "query", ["cf_nothing=1", "cf_number=x", "cf_choice=tiny", "cf_text_from=a", "cf_date_from=31.12.2026"]
)
def test_a_filter_that_is_not_understood_is_refused_by_name(cast: Cast, query: str) -> None:
    one_of_each()
    answer = Caller(cast.alice).get(f"deals/?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [query.partition("=")[0]])


def test_fields_are_made_and_changed_by_admins(cast: Cast) -> None:
    admin, rep = Caller(cast.dana), Caller(cast.alice)
    sent = {"noun": "deal", "label": "Region", "kind": "choice", "choices": ["North", "South"], "is_required": True}
    made = admin.post("custom-fields/", sent)
    assert (made.status_code, made.json()["key"]) == (201, "region")
    address = f"custom-fields/{made.json()['id']}/"
    change = {"labels": {"north": "Nord"}, "retired": ["south"], "new_choices": ["West"], "is_required": False}
    assert admin.patch(address, change).json()["choices"] == [
        {"key": "north", "label": "Nord", "retired": False},
        {"key": "south", "label": "South", "retired": True},
        {"key": "west", "label": "West", "retired": False},
    ]
    assert admin.patch(address, {"archived": True}).json()["archived_at"]
    assert admin.patch(address, {"archived": False}).json()["archived_at"] is None
    assert admin.patch(address, {"key": "other"}).json()["errors"].keys() == {"key"}
    assert rep.get("custom-fields/?noun=deal").json()["results"][0]["label"] == "Region"
    assert rep.patch(address, {"label": "Mine"}).status_code == 403
    assert CustomField.objects.get().label == "Region"
