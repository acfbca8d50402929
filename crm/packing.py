"""What a verb is called with, as JSON keeps it until a worker calls it: records by their numbers, the rest exactly."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.db import models
from django.utils.translation import gettext as _

from crm.errors import Refused


def pack(value: Any) -> Any:
    match value:
        case models.Model():
            return {"record": [value._meta.label_lower, value.pk]}
        case Decimal():
            return {"decimal": str(value)}
        case date():
            return {"date": value.isoformat()}
        case dict():
            return {"dict": {name: pack(each) for name, each in value.items()}}
        case list() | tuple():
            return [pack(each) for each in value]
    return value


def unpack(value: Any) -> Any:
    """Raises Refused if a record is gone meanwhile."""
    match value:
        case {"record": [label, pk]}:
            return _record(apps.get_model(label), pk)
        case {"decimal": text}:
            return Decimal(text)
        case {"date": text}:
            return date.fromisoformat(text)
        case {"dict": each}:
            return {name: unpack(one) for name, one in each.items()}
        case list():
            return [unpack(each) for each in value]
    return value


def _record(model: type[models.Model], pk: Any) -> models.Model:
    if (record := model._default_manager.filter(pk=pk).first()) is None:
        raise Refused(**{model._meta.model_name or "": _("This no longer exists.")})
    return record
