"""The verbs of custom fields: what may change, and what stays."""

from typing import Any

import pytest

from crm.custom.actions import (
    archive_custom_field,
    create_custom_field,
    order_custom_fields,
    restore_custom_field,
    revise_custom_field,
    used,
)
from crm.errors import Refused
from crm.models import CustomField, Event, custom_fields
from pipeline.actions import archive_deal, revise_deal
from tests.cast import Cast
from tests.custom.fields import custom, custom_field

pytestmark = pytest.mark.django_db


def test_a_key_comes_from_the_name_and_is_never_taken_twice(cast: Cast) -> None:
    keys = [
        custom_field("text", key=" ", label=label).key for label in ("Time zone", "Time-zone", "Регион", "Район", "9")
    ]
    assert keys == ["time_zone", "time_zone_2", "field", "field_2", "field_3"]
    assert custom_field("text", "company", key=" ", label="Time zone").key == "time_zone"


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("key", {"key": "Über"}),
        ("key", {"key": "a_from"}),
        ("key", {"key": "text"}),
        ("noun", {"noun": "activity"}),
        ("kind", {"kind": "colour"}),
        ("label", {"label": " "}),
        ("label", {"label": "THE TEXT"}),
        ("choices", {"kind": "choice", "choices": []}),
        ("choices", {"kind": "choice", "choices": ["A", "a"]}),
        ("choices", {"kind": "text", "choices": ["A"]}),
        ("is_red", {"is_red": True}),
    ],
)
def test_it_refuses_and_names_the_field(cast: Cast, field: str, wrong: dict[str, Any]) -> None:
    custom_field("text")
    with pytest.raises(Refused) as refused:
        create_custom_field(**{"noun": "deal", "label": "New", "kind": "text", "by": None} | wrong)
    assert list(refused.value.errors) == [field]


def test_the_kind_changes_only_while_there_are_no_values(cast: Cast) -> None:
    field = custom_field("text")
    assert revise_custom_field(field, kind="number", by=cast.dana).kind == "number"
    deal = archive_deal(cast.deal(**custom(text=5)), by=cast.alice)
    with pytest.raises(Refused, match="1 records have a value"):
        revise_custom_field(field, kind="text", by=cast.dana)
    assert used(field) == 1
    revise_deal(deal, by=cast.alice, **custom(text=None))
    assert revise_custom_field(field, kind="text", by=cast.dana).kind == "text"


def test_choices_keep_their_keys(cast: Cast) -> None:
    field = custom_field("choice")
    field = revise_custom_field(
        field, labels={"small": "Tiny"}, retired=["large"], new_choices=["Small", ""], by=cast.dana
    )
    assert field.choices == [
        {"key": "small", "label": "Tiny", "retired": False},
        {"key": "large", "label": "Large", "retired": True},
        {"key": "huge", "label": "Huge", "retired": False},
        {"key": "small_2", "label": "Small", "retired": False},
    ]
    with pytest.raises(Refused, match="at least one choice"):
        revise_custom_field(field, retired=["small", "large", "huge", "small_2"], by=cast.dana)


def test_an_archived_field_keeps_what_the_records_have(cast: Cast) -> None:
    field = custom_field("text")
    deal = cast.deal(**custom(text="Blue"))
    archive_custom_field(field, by=cast.dana)
    assert custom_fields("deal") == []
    restore_custom_field(field, by=cast.dana)
    assert [each.key for each in custom_fields("deal")] == ["text"]
    deal.refresh_from_db()
    assert deal.custom == {"text": "Blue"}


def test_they_go_into_order(cast: Cast) -> None:
    fields = [custom_field(kind) for kind in ("text", "number", "date")]
    archive_custom_field(fields[2], by=cast.dana)
    order_custom_fields("deal", [fields[1].pk, fields[0].pk], by=cast.dana)
    assert list(CustomField.objects.values_list("key", flat=True)) == ["number", "text", "date"]
    with pytest.raises(Refused):
        order_custom_fields("deal", [fields[1].pk], by=cast.dana)


def test_each_change_leaves_an_event_and_none_where_nothing_changed(cast: Cast) -> None:
    field = custom_field("text", by=cast.dana)
    revise_custom_field(field, label="Colour", by=cast.dana)
    revise_custom_field(field, label="Colour", by=cast.dana)
    archive_custom_field(field, by=cast.dana)
    restore_custom_field(field, by=cast.dana)
    events = Event.objects.filter(noun="customfield").order_by("pk")
    assert [(event.kind, event.actor) for event in events] == [
        (f"customfield.{what}", cast.dana) for what in ("created", "revised", "archived", "restored")
    ]
