"""Custom fields: which there are, and the parameters that lists are narrowed by with them."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.custom.actions import (
    archive_custom_field,
    create_custom_field,
    restore_custom_field,
    revise_custom_field,
)
from crm.models import CustomField, CustomKind, CustomNoun
from crm.rest.fields import Choice, Flag, Instant, Text, Whole, instant
from crm.rest.filters import choices, flag, text
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource, Row, Shape


class CustomChoiceShape(serializers.Serializer[Any]):
    key = Text()
    label = Text()  # type: ignore[assignment]
    retired = Flag(help_text="It stays where it is, and cannot be chosen anew.")


class CustomFieldShape(Shape):
    """A field that the company added. Its `key` names it in `custom` of the records, and never changes."""

    id = Whole()
    noun = Choice(CustomNoun.choices)
    key = Text()
    label = Text()  # type: ignore[assignment]
    kind = Choice(CustomKind.choices)
    choices = CustomChoiceShape(many=True)
    help_text = Text()  # type: ignore[assignment]
    is_required = Flag(help_text="New records need it.")
    in_list = Flag()
    on_card = Flag()
    position = Whole()
    archived_at = Instant(allow_null=True)

    columns = (
        "id", "noun", "key", "label", "kind", "choices", "help_text", "is_required", "in_list", "on_card", "position",
        "archived_at",
    )  # fmt: skip

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {name: row[name] for name in CustomFieldShape.columns} | {"archived_at": instant(row["archived_at"])}


class CustomFieldRevision(Input):
    elsewhere = {
        "noun": _("It stays the field of what it was added to."),
        "key": _("A key never changes: other systems know it."),
        "choices": _("Rename choices with `labels`, retire them with `retired`, add some with `new_choices`."),
    }

    label = Text(max_length=60, required=False)  # type: ignore[assignment]
    kind = Choice(CustomKind.choices, required=False, help_text="Only while no record has a value.")
    help_text = Text(max_length=200, required=False, allow_blank=True)  # type: ignore[assignment]
    is_required = Flag(required=False)
    in_list = Flag(required=False)
    on_card = Flag(required=False)
    labels = serializers.DictField(child=Text(max_length=80), required=False, help_text="New names by key.")
    retired = serializers.ListField(child=Text(max_length=60), required=False, help_text="The keys, all of them.")
    new_choices = serializers.ListField(child=Text(max_length=80), required=False, help_text="Names, in order.")
    archived = Flag(required=False)


class CustomFieldInput(Input):
    noun = Choice(CustomNoun.choices)
    label = Text(max_length=60)  # type: ignore[assignment]
    kind = Choice(CustomKind.choices)
    key = Text(max_length=40, required=False, help_text="By default made from the label.")
    choices = serializers.ListField(child=Text(max_length=80), required=False, help_text="Names, in order.")
    help_text = Text(max_length=200, required=False, allow_blank=True)  # type: ignore[assignment]
    is_required = Flag(required=False)
    in_list = Flag(required=False)
    on_card = Flag(required=False)


class CustomFields(Resource):
    scope = "custom-fields"
    model = CustomField
    shape = CustomFieldShape
    ordering = ("noun", "id")
    filters = {
        "noun": choices("Only of these.", "noun", CustomNoun.values),
        "kind": choices("Only of these kinds.", "kind", CustomKind.values),
        "key": text("The whole key.", "key"),
        "archived": flag(
            "Only archived ones, or only the others.",
            lambda rows, wanted: rows.filter(archived_at__isnull=not wanted),
        ),
    }

    def visible(self) -> QuerySet[CustomField]:
        return CustomField.objects.all()

    @extend_schema(request=CustomFieldInput, responses={201: CustomFieldShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a custom field

        Admins only.
        """
        self.only_admins()
        return self.written(create_custom_field(by=self.me, **self.read_body(CustomFieldInput)), status=201)

    @extend_schema(request=CustomFieldRevision, responses=CustomFieldShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Change, archive or restore a custom field

        Admins only. Values are never lost by it.
        """
        self.only_admins()
        field, sent = self.find(pk), self.read_body(CustomFieldRevision, partial=True)
        archived = sent.pop("archived", None)
        if sent:
            field = revise_custom_field(field, by=self.me, **sent)
        if archived is not None:
            field = (archive_custom_field if archived else restore_custom_field)(field, by=self.me)
        return self.written(field)
