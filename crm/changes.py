"""What a revision changed, kept in its event as `{"changed": {field: [old, new]}}`, and who changed the same before."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext as _

from crm.custom.values import before_values, entered, split
from crm.errors import Conflict, Refused
from crm.models import Event
from crm.models.custom import flat

_json = DjangoJSONEncoder()


def plain(value: Any) -> Any:
    """A value as JSON keeps it: decimals and dates as text, a record as its id."""
    if isinstance(value, models.Model):
        return value.pk
    return value if value is None or isinstance(value, bool | int | str | list | dict) else _json.default(value)


def apply(instance: models.Model, fields: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set the fields, custom ones too, and say what became different: `{field: [old, new]}`. Raises Refused."""
    changed: dict[str, list[Any]] = {}
    own, custom = split(fields)
    for name, value in own.items():
        field: Any = instance._meta.get_field(name)
        attname = field.attname
        old = getattr(instance, attname)
        setattr(instance, name, value if field.is_relation else _tidy(field, value))
        if old != (new := getattr(instance, attname)):
            changed[name] = [plain(old), plain(new)]
    return changed | (apply_custom(instance, custom) if custom else {})


def apply_custom(instance: Any, fields: Mapping[str, Any], *, is_new: bool = False) -> dict[str, list[Any]]:
    """Enter custom fields; a new record must have every required one."""
    before = instance.custom
    instance.custom = entered(instance._meta.model_name, before, fields, asks_required=is_new)
    now = flat(instance.custom)
    return {name: [old, now.get(name)] for name, old in before_values(before, instance.custom).items()}


def _tidy(field: Any, value: Any) -> Any:
    if isinstance(value, str):
        value = value.strip()
    if value in (None, ""):
        return None if field.null else ("" if field.empty_strings_allowed else value)
    with suppress(ValidationError):  # `check` will say so
        return field.to_python(value)
    return value


def check(instance: models.Model, *, exclude: Iterable[str] = ()) -> None:
    """The model's own rules for each field, without a query. Raises Refused by field."""
    links = [field.name for field in instance._meta.concrete_fields if field.is_relation]
    try:
        instance.clean_fields(exclude=[*links, *exclude])
    except ValidationError as error:
        raise Refused(**{name: list(texts) for name, texts in error.message_dict.items()}) from None


def same_fields(instance: Any, noun: str, version: int | None, names: Iterable[str]) -> None:
    """Raise Conflict if somebody changed one of the fields since `version` of the record was seen."""
    if version is None or version == instance.version:
        return
    since = Event.objects.filter(noun=noun, object_id=instance.pk, data__version__gt=version)
    wanted = set(names)
    for event in since.select_related("actor").order_by("-id"):
        if wanted & event.data.get("changed", {}).keys():
            who = event.actor.name if event.actor else _("Penstock")
            instance.refresh_from_db()
            raise Conflict(_("%(who)s changed this in the meantime.") % {"who": who}, current=instance, change=event)


def as_seen(instance: Any, noun: str, version: int | None, names: Iterable[str]) -> dict[str, Any]:
    """The fields as they were in `version` (None: now): today's values with every later change taken back."""
    own, custom = split(dict.fromkeys(names))
    values = {name: plain(getattr(instance, name)) for name in own}
    if custom:
        values |= custom | {name: value for name, value in flat(instance.custom).items() if name in custom}
    if version is None or version == instance.version:
        return values
    later = Event.objects.filter(noun=noun, object_id=instance.pk, data__version__gt=version).order_by("-id")
    for changed in later.values_list("data__changed", flat=True):
        values |= {name: old for name, (old, _new) in (changed or {}).items() if name in values}
    return values


def renumber[M: models.Model](records: Sequence[M]) -> list[tuple[M, list[int]]]:
    """Number them in this order; those whose `position` became different, and how: [old, new]."""
    moved = []
    for position, record in enumerate(records):
        row: Any = record
        if row.position != position:
            moved.append((record, [row.position, position]))
            row.position = position
            row.save(update_fields=["position"])
    return moved
