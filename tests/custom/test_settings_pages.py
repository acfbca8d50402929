"""The settings of custom fields, as an administrator uses them."""

import pytest
from django.test import Client

from crm.custom.actions import archive_custom_field
from crm.models import CustomField
from tests.cast import Cast
from tests.custom.fields import custom, custom_field

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.dana)
    return client


def test_a_field_is_added(admin: Client) -> None:
    sent = {"label": "Region", "kind": "choices", "new_choices": "North\r\n\r\nSouth", "is_required": "on", "key": ""}
    assert admin.post("/settings/fields/new/deal/", sent)["Location"] == "/settings/fields/"
    field = CustomField.objects.get()
    assert (field.noun, field.key, field.kind, field.is_required, field.in_list) == (
        "deal", "region", "choices", True, False,
    )  # fmt: skip
    assert [choice["key"] for choice in field.choices] == ["north", "south"]
    assert "Region" in admin.get("/settings/fields/").content.decode()


def test_what_is_wrong_stands_beside_its_field(admin: Client) -> None:
    answer = admin.post("/settings/fields/new/contact/", {"label": "Size", "kind": "choice", "key": "Ä"})
    assert answer.status_code == 422
    answer = admin.post("/settings/fields/new/contact/", {"label": "Size", "kind": "choice"})
    assert "It needs at least one choice." in answer.content.decode()
    assert 'value="Size"' in answer.content.decode()
    assert admin.get("/settings/fields/new/activity/").status_code == 404


def test_choices_are_renamed_retired_and_added(admin: Client, cast: Cast) -> None:
    field = custom_field("choice")
    page = admin.get(f"/settings/fields/{field.pk}/").content.decode()
    assert 'name="label-small" value="Small"' in page
    sent = {
        "label": "Size",
        "kind": "choice",
        "label-small": "Tiny",
        "use-small": "on",
        "label-large": "Large",
        "label-huge": "Huge",
        "use-huge": "on",
        "new_choices": "Vast",
    }
    assert admin.post(f"/settings/fields/{field.pk}/", sent).status_code == 302
    field.refresh_from_db()
    assert [(choice["key"], choice["label"], choice["retired"]) for choice in field.choices] == [
        ("small", "Tiny", False),
        ("large", "Large", True),
        ("huge", "Huge", False),
        ("vast", "Vast", False),
    ]


def test_archiving_says_how_many_records_have_a_value(admin: Client, cast: Cast) -> None:
    field = custom_field("text")
    cast.deal(**custom(text="Blue"))
    assert "1 record has a value." in admin.get(f"/settings/fields/{field.pk}/archive/").content.decode()
    admin.post(f"/settings/fields/{field.pk}/archive/")
    field.refresh_from_db()
    assert field.archived_at
    admin.post(f"/settings/fields/{field.pk}/restore/")
    field.refresh_from_db()
    assert field.archived_at is None


def test_fields_move_up_and_down(admin: Client) -> None:
    fields = [custom_field(kind) for kind in ("text", "number", "date")]
    admin.post(f"/settings/fields/{fields[2].pk}/order/", {"move": "up"})
    admin.post(f"/settings/fields/{fields[0].pk}/order/", {"move": "down"})
    admin.post(f"/settings/fields/{fields[1].pk}/order/", {"move": "down"})
    assert list(CustomField.objects.values_list("key", flat=True)) == ["date", "text", "number"]
    archive_custom_field(fields[0], by=None)
    assert admin.post(f"/settings/fields/{fields[0].pk}/order/").status_code == 404
