"""Enter values of custom fields into a record. Verbs call this; nothing else changes `custom`."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from crm.custom.kinds import KINDS, BadValue
from crm.errors import Refused
from crm.models import Currency, CustomField, CustomKind, User, custom_fields
from crm.models.custom import PREFIX

EMPTY: tuple[Any, ...] = (None, "", [], ())  # 0 and False are not among them
HELD = "SELECT id, kind FROM crm_customfield WHERE id = ANY(%s) FOR KEY SHARE"


def is_custom(name: str) -> bool:
    return name.startswith(PREFIX)


def split(fields: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields that every such record has, and those that the company added."""
    custom = {name: value for name, value in fields.items() if is_custom(name)}
    return {name: value for name, value in fields.items() if name not in custom}, custom


def entered(
    noun: str, values: Mapping[str, Any], given: Mapping[str, Any], *, asks_required: bool = False
) -> dict[str, Any]:
    """The record's `values` with the `given` ones (by name) in place; one that is empty goes away. Raises Refused.

    With `asks_required` every required field must have a value afterwards; without it none may lose its value.
    """
    fields = {field.name: field for field in custom_fields(noun)}
    errors: dict[str, Any] = {name: _("There is no such field.") for name in given if name not in fields}
    fields = _held(fields, given.keys() & fields.keys())
    after = dict(values)
    for name in given.keys() & fields.keys():
        try:
            _enter(fields[name], after, given[name])
        except BadValue as bad:
            errors[name] = str(bad)
    asked = fields if asks_required else given.keys() & fields.keys()
    for name in asked:
        if fields[name].is_required and fields[name].key not in after and name not in errors:
            errors[name] = _("%(field)s is needed.") % {"field": fields[name].label}
    errors |= _unknown(fields, {name: after[fields[name].key] for name in _new(fields, given, values, after)})
    if errors:
        raise Refused(**errors)
    return after


def present(noun: str, values: dict[str, Any]) -> dict[str, Any]:
    """Without those of archived fields."""
    gone = {field.key for field in custom_fields(noun, archived=True) if field.archived_at} if values else set()
    return {key: value for key, value in values.items() if key not in gone} if gone else values


def put_back(noun: str, values: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The `old` values (by name) as they were before a change that is taken back, retired choices and all."""
    fields = _held({field.name: field for field in custom_fields(noun, archived=True)}, old)
    after = dict(values)
    for name, value in old.items():
        after.pop(fields[name].key, None)
        if value is not None:
            try:
                after[fields[name].key] = KINDS[fields[name].kind].clean(value, fields[name].labels)
            except BadValue:
                raise Refused(version=_("What it was before no longer exists.")) from None
    return after


def _enter(field: CustomField, values: dict[str, Any], value: Any) -> None:
    was = values.pop(field.key, None)
    if value in EMPTY:
        return
    there = {was} if isinstance(was, str) else set(was or ()) if isinstance(was, list) else set()
    known = [choice["key"] for choice in field.choices if not choice["retired"] or choice["key"] in there]
    if (cleaned := KINDS[field.kind].clean(value, known)) is not None:
        values[field.key] = cleaned


def _held(fields: dict[str, CustomField], names: Iterable[str]) -> dict[str, CustomField]:
    """Keep the kinds of these fields as they are until this transaction ends: a kind changes only without values."""
    ids = [fields[name].pk for name in names]
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(HELD, [ids])
            kinds = dict(cursor.fetchall())
        if any(kinds.get(field.pk, field.kind) != field.kind for field in fields.values()):
            fields |= {field.name: field for field in CustomField.objects.filter(pk__in=ids)}
    return fields


def _new(
    fields: Mapping[str, CustomField], given: Iterable[str], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[str]:
    """The names whose value is another one now."""
    keys = {name: fields[name].key for name in given if name in fields}
    return [name for name, key in keys.items() if key in after and after[key] != before.get(key)]


def _unknown(fields: Mapping[str, CustomField], values: Mapping[str, Any]) -> dict[str, str]:
    """What is wrong with values that name a person or a currency."""
    people = {name: value for name, value in values.items() if fields[name].kind == CustomKind.PERSON}
    money = {name: value for name, value in values.items() if fields[name].kind == CustomKind.MONEY}
    errors: dict[str, str] = {}
    if people:
        active = set(User.objects.filter(pk__in=people.values(), is_active=True).values_list("pk", flat=True))
        errors |= {name: _("There is nobody with this number.") for name, pk in people.items() if pk not in active}
    if money:
        codes = {value["currency"] for value in money.values()}
        digits = dict(Currency.objects.filter(pk__in=codes).values_list("pk", "digits"))
        errors |= {name: wrong for name, value in money.items() if (wrong := _unfit(value, digits))}
    return errors


def _unfit(money: Mapping[str, str], digits: Mapping[str, int]) -> str:
    code = money["currency"]
    if code not in digits:
        return _("There is no currency “%(code)s”.") % {"code": code}
    if len(money["amount"].partition(".")[2]) > digits[code]:
        return _("%(currency)s has %(digits)d decimals.") % {"currency": code, "digits": digits[code]}
    return ""


def before_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """What was different before, by name; None where there was no value."""
    return {
        f"{PREFIX}{key}": before.get(key) for key in before.keys() | after.keys() if before.get(key) != after.get(key)
    }
