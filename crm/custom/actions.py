"""The verbs of custom fields. Only administrators may call them; that is decided in the views."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _

from crm import events
from crm.changes import apply, check
from crm.errors import Refused
from crm.models import CustomField, CustomKind, CustomNoun, User, Workspace
from crm.models.custom import KEY
from crm.owned import Customised

REVISABLE = {"label", "kind", "help_text", "is_required", "on_card", "in_list"}
WITH_CHOICES = {CustomKind.CHOICE, CustomKind.CHOICES}
MOST = 60  # fields of one noun
MOST_CHOICES = 200
RESERVED = ("_from", "_before")  # the ends of a range, in addresses


@transaction.atomic
def create_custom_field(
    *, noun: str, label: str, kind: str, key: str = "", choices: Sequence[str] = (), by: User | None, **fields: Any
) -> CustomField:
    """A new field behind the others. Without a `key` it gets one from its name. `choices` are labels, in order."""
    _only_known(fields)
    _lock()
    others = list(CustomField.objects.filter(noun=noun))
    field = CustomField(noun=noun, label=label.strip(), kind=kind, position=len(others), **fields)
    field.key = key.strip() or _key_of(field.label, {other.key for other in others}, "field")
    _check_key(field, others)
    field.choices = _with_labels([], choices)
    _check(field)
    if len(others) >= MOST:
        raise Refused(label=_("More than %(most)d fields are too many to fill in.") % {"most": MOST})
    field.save()
    _tell("created", field, by, {"key": field.key, "noun": field.noun, "kind": field.kind})
    return field


@transaction.atomic
def revise_custom_field(
    field: CustomField,
    *,
    by: User | None,
    labels: Mapping[str, str] | None = None,
    retired: Iterable[str] | None = None,
    new_choices: Sequence[str] = (),
    **fields: Any,
) -> CustomField:
    """Change a field. Choices are renamed by `labels` (by key), `retired` names those not to be chosen any more."""
    _only_known(fields)
    _lock()
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    before, choices = field.kind, field.choices
    changed = apply(field, fields)
    renamed = [
        choice | {"label": str((labels or {}).get(choice["key"], choice["label"])).strip()} for choice in choices
    ]
    if retired is not None:
        gone = set(retired)
        renamed = [choice | {"retired": choice["key"] in gone} for choice in renamed]
    field.choices = _with_labels(renamed, new_choices)
    if field.choices != choices:
        changed["choices"] = [_named(choices), _named(field.choices)]
    if not changed:
        return field
    _check(field)
    if field.kind != before and (count := used(field)):
        raise Refused(kind=_("%(count)d records have a value: its kind stays as it is.") % {"count": count})
    field.save()
    _tell("revised", field, by, {"changed": changed})
    return field


@transaction.atomic
def order_custom_fields(noun: str, ids: Sequence[int], *, by: User | None) -> None:
    """Put the fields in use into this order; the archived ones stay behind them."""
    _lock()
    fields = {field.pk: field for field in CustomField.objects.select_for_update().filter(noun=noun).order_by("pk")}
    live = [pk for pk, field in fields.items() if field.archived_at is None]
    if sorted(ids) != sorted(live):
        raise Refused(fields=_("The order must name every field once."))
    for position, pk in enumerate([*ids, *(pk for pk in fields if pk not in live)]):
        field = fields[pk]
        if changed := apply(field, {"position": position}):
            field.save(update_fields=["position"])
            _tell("revised", field, by, {"changed": changed})


@transaction.atomic
def archive_custom_field(field: CustomField, *, by: User | None) -> CustomField:
    """It is asked and shown no more. What the records have stays, and comes back with it."""
    _lock()
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    if field.archived_at is None:
        field.archived_at = timezone.now()
        field.save(update_fields=["archived_at"])
        _tell("archived", field, by, {"count": used(field)})
    return field


@transaction.atomic
def restore_custom_field(field: CustomField, *, by: User | None) -> CustomField:
    _lock()
    field = CustomField.objects.select_for_update().get(pk=field.pk)
    if field.archived_at is not None:
        field.archived_at = None
        field.save(update_fields=["archived_at"])
        _tell("restored", field, by, {})
    return field


def used(field: CustomField) -> int:
    """How many records have a value of it, archived ones too."""
    model = next(each for each in apps.get_models() if issubclass(each, Customised) and _noun(each) == field.noun)
    return model._default_manager.filter(custom__has_key=field.key).count()


def _noun(model: type[models.Model]) -> str:
    return str(model._meta.model_name)


# ── Rules ──────────────────────────────────────────────────────────────────────────────────────────


def _lock() -> None:
    """One change at a time: fields of one noun know of each other."""
    Workspace.objects.select_for_update(no_key=True).get(pk=1)


def _only_known(fields: Mapping[str, Any]) -> None:
    if unknown := fields.keys() - REVISABLE:
        raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))


def _check_key(field: CustomField, others: Sequence[CustomField]) -> None:
    if field.noun not in CustomNoun.values:
        raise Refused(noun=_("Only deals, companies and contacts have custom fields."))
    if any(other.key == field.key for other in others):
        raise Refused(key=_("There is a field with this key."))
    if field.key.endswith(RESERVED):
        raise Refused(key=_("A key does not end in _from or _before."))


def _check(field: CustomField) -> None:
    check(field)
    if field.kind in WITH_CHOICES and not field.offered:
        raise Refused(choices=_("It needs at least one choice."))
    if field.kind not in WITH_CHOICES and field.choices:
        raise Refused(choices=_("Only fields of choices have choices."))
    if len(field.choices) > MOST_CHOICES:
        raise Refused(choices=_("At most %(most)d choices.") % {"most": MOST_CHOICES})
    labels = [choice["label"] for choice in field.choices]
    if not all(0 < len(label) <= 80 for label in labels):
        raise Refused(choices=_("A choice is named in 1 to 80 characters."))
    if len({label.casefold() for label in labels}) < len(labels):
        raise Refused(choices=_("Two choices have the same name."))
    others = CustomField.objects.filter(noun=field.noun, archived_at=None, label__iexact=field.label)
    if others.exclude(pk=field.pk).exists():
        raise Refused(label=_("There is a field of that name."))


def _with_labels(choices: list[dict[str, Any]], labels: Iterable[str]) -> list[dict[str, Any]]:
    """The choices, and new ones with these labels behind them."""
    for label in labels:
        if text := label.strip():
            key = _key_of(text, {choice["key"] for choice in choices}, "choice")
            choices = [*choices, {"key": key, "label": text, "retired": False}]
    return choices


def _named(choices: Iterable[Mapping[str, Any]]) -> list[str]:
    """The choices as the audit shows them."""
    return [f"{choice['label']} ({_('retired')})" if choice["retired"] else choice["label"] for choice in choices]


def _key_of(label: str, taken: set[str], otherwise: str) -> str:
    """From the label, in Latin letters; else a number."""
    stem = slugify(label).replace("-", "_")[:34].strip("_")
    if not re.fullmatch(KEY, stem) or stem.endswith(RESERVED):
        stem = otherwise
    keys = [stem, *(f"{stem}_{number}" for number in range(2, len(taken) + 3))]
    return next(key for key in keys if key not in taken)


def _tell(what: str, field: CustomField, by: User | None, data: Mapping[str, Any]) -> None:
    """Write it down, and let every process read the fields anew."""
    now = timezone.now()
    Workspace.objects.filter(pk=1).update(custom_fields_at=now)
    Workspace.current().custom_fields_at = now
    about = {"name": field.label, **data}
    events.record([events.event(f"customfield.{what}", field, by=by, is_public=True, data=about)])
