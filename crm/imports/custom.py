"""What a cell of a custom field means: columns are called `custom.<key>`, as everywhere."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from crm.custom.values import is_custom
from crm.errors import Refused
from crm.imports.mapping import Field
from crm.imports.people import person_called
from crm.imports.rows import Row
from crm.imports.run import Run
from crm.models import CustomField, CustomKind, custom_fields

TYPES = {
    CustomKind.NUMBER: "number",
    CustomKind.MONEY: "money",
    CustomKind.DATE: "day",
    CustomKind.YES_NO: "yes",
}


def fields_of(noun: str) -> dict[str, Field]:
    return {field.name: Field(TYPES.get(CustomKind(field.kind), "text")) for field in custom_fields(noun)}


def custom_values(run: Run, noun: str, row: Row) -> dict[str, Any]:
    """The row's custom fields as the verbs take them. Raises Refused."""
    fields = {field.name: field for field in custom_fields(noun)}
    return {name: _value(run, fields[name], value) for name, value in row.values.items() if is_custom(name)}


def _value(run: Run, field: CustomField, value: Any) -> Any:
    match field.kind:
        case CustomKind.MONEY:
            amount, code = value
            return amount, code or run.workspace.currency_id
        case CustomKind.CHOICE:
            return _choice(field, value)
        case CustomKind.CHOICES:
            return [_choice(field, text) for text in _several(field, value)]
        case CustomKind.PERSON:
            return person_called(run, value)
    return value


def _several(field: CustomField, text: str) -> list[str]:
    """One choice may have a comma in its name; several stand between semicolons, bars or commas."""
    if text in field.labels.values():
        return [text]
    return [part.strip() for part in re.split(r"[;|]" if re.search(r"[;|]", text) else ",", text) if part.strip()]


def _choice(field: CustomField, text: str) -> str:
    """By its key or its name, whatever the case."""
    keys: Mapping[str, str] = {label.casefold(): key for key, label in field.labels.items()}
    keys = {**keys, **{key: key for key in field.labels}}
    if (key := keys.get(text) or keys.get(text.casefold())) is None:
        raise Refused(**{field.name: _("“%(value)s” is not one of the choices.") % {"value": text}})
    return key
