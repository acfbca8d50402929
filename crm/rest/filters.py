"""Query parameters that narrow a list. Each knows what it takes, in words, as a schema, and as a queryset."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.request import Request

from crm.rest.fields import MOST, NUMBER
from crm.rest.pages import parameter

Rows = QuerySet[Any]
PAGING = {"limit", "cursor", "fields", "expand"}
LONGEST = 200
LISTED = {"style": "form", "explode": False}


@dataclass(frozen=True)
class Param:
    """`takes` is a lookup, or what to do with the rows and the value; `read` raises ValueError."""

    about: str
    takes: str | Callable[[Rows, Any], Rows]
    schema: Mapping[str, Any]
    read: Callable[[str], Any]

    def narrow(self, rows: Rows, value: Any) -> Rows:
        return rows.filter(**{self.takes: value}) if isinstance(self.takes, str) else self.takes(rows, value)


def ids(about: str, column: str) -> Param:
    """One or several ids: `7` or `7,9`."""
    schema = {"type": "array", "items": {"type": "integer", "format": "int64", "minimum": 0}, "minItems": 1}
    return Param(about, f"{column}__in", schema, lambda text: [_whole(part) for part in text.split(",")])


def choice(about: str, column: str, choices: type) -> Param:
    """One or several of a fixed list."""
    known = list(choices.values)  # type: ignore[attr-defined]
    schema = {"type": "array", "items": {"type": "string", "enum": known}, "minItems": 1}
    return Param(about, f"{column}__in", schema, lambda text: [known[known.index(part)] for part in text.split(",")])


def text(about: str, takes: str | Callable[[Rows, str], Rows]) -> Param:
    return Param(about, takes, {"type": "string", "minLength": 1, "maxLength": LONGEST}, _text)


def flag(about: str, takes: str | Callable[[Rows, bool], Rows]) -> Param:
    return Param(about, takes, {"type": "boolean"}, lambda text: {"true": True, "false": False}[text])


def day(about: str, takes: str) -> Param:
    return Param(about, takes, {"type": "string", "format": "date"}, _day)


def number(about: str, takes: str) -> Param:
    return Param(about, takes, {"type": "string", "pattern": f"^{NUMBER.pattern}$"}, _number)


def one_id(about: str) -> Param:
    return Param(about, "", {"type": "integer", "format": "int64", "minimum": 0}, _whole)


def word(about: str, known: Sequence[str]) -> Param:
    """One of a fixed list."""
    return Param(about, "", {"type": "string", "enum": list(known)}, lambda text: known[known.index(text)])


def described(params: Mapping[str, Param]) -> list[dict[str, Any]]:
    """As the OpenAPI document has them."""
    return [
        parameter(name, dict(param.schema), param.about, **LISTED if param.schema["type"] == "array" else {})
        for name, param in params.items()
    ]


def _whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= MOST):
        raise ValueError(text)
    return int(text)


def _text(text: str) -> str:
    if not 0 < len(text) <= LONGEST or "\x00" in text:
        raise ValueError(text)
    return text


def _day(text: str) -> date:
    if len(text) != 10:
        raise ValueError(text)
    return date.fromisoformat(text)


def _number(text: str) -> Decimal:
    if not NUMBER.fullmatch(text):
        raise ValueError(text)
    return Decimal(text)


def read_params(request: Request, params: Mapping[str, Param], *, beside: Collection[str] = ()) -> dict[str, Any]:
    """The values of the parameters that were sent. One that is not known, or not understood, is refused by name."""
    values: dict[str, Any] = {}
    errors: dict[str, list[str]] = {}
    for name in sorted(request.query_params.keys() - set(beside)):
        if name not in params:
            errors[name] = [_("There is no such parameter.")]
            continue
        try:
            values[name] = params[name].read(",".join(request.query_params.getlist(name)))
        except (ValueError, KeyError):
            errors[name] = [_("This is not understood. %(about)s") % {"about": params[name].about}]
    if errors:
        raise ValidationError(errors)
    return values


class Filters(BaseFilterBackend):
    """A view's `filters`."""

    def filter_queryset(self, request: Request, queryset: Rows, view: Any) -> Rows:
        for name, value in read_params(request, view.filters, beside=PAGING).items():
            queryset = view.filters[name].narrow(queryset, value)
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        if view.action != "list":
            return []
        return described(view.filters)
