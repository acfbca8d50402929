"""Query parameters that narrow a list. Each knows what it takes, in words, as a schema, and as a queryset.

Several values of one parameter mean either of them: `?owner=7&owner=9`; different parameters all have to hold.
"""

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

from crm.custom.kinds import KINDS
from crm.custom.queries import narrow
from crm.models import custom_fields
from crm.rest.fields import NUMBER
from crm.rest.lookup import MOST
from crm.rest.pages import parameter

Rows = QuerySet[Any]
PAGING = {"limit", "cursor", "fields", "expand"}
LONGEST = 200
NONE = "none"


@dataclass(frozen=True)
class Param:
    """`takes` is a lookup, or what to do with the rows and the value; `read` raises ValueError."""

    about: str
    takes: str | Callable[[Rows, Any], Rows]
    schema: Mapping[str, Any]
    read: Callable[[str], Any]
    is_many: bool = False

    def value_of(self, texts: Sequence[str]) -> Any:
        if self.is_many:
            return [self.read(text) for text in texts]
        (text,) = texts
        return self.read(text)

    def narrow(self, rows: Rows, value: Any) -> Rows:
        return rows.filter(**{self.takes: value}) if isinstance(self.takes, str) else self.takes(rows, value)

    def described(self, name: str) -> dict[str, Any]:
        """As the OpenAPI document has it."""
        schema = {"type": "array", "items": dict(self.schema), "minItems": 1} if self.is_many else dict(self.schema)
        return parameter(name, schema, self.about)


def ids(about: str, column: str) -> Param:
    return Param(about, f"{column}__in", ID, whole, is_many=True)


def ids_or_none(about: str) -> Param:
    """For filters that do their own narrowing: ids, or `none` for an empty relation."""
    return Param(about, "", {"anyOf": [ID, {"type": "string", "const": NONE}]}, _whole_or_none, is_many=True)


def choices(about: str, column: str, known: Collection[str]) -> Param:
    """Any of a fixed list."""
    return Param(about, f"{column}__in", {"type": "string", "enum": list(known)}, _one_of(list(known)), is_many=True)


def word(about: str, known: Collection[str]) -> Param:
    """One of a fixed list."""
    return Param(about, "", {"type": "string", "enum": list(known)}, _one_of(list(known)))


def text(about: str, takes: str | Callable[[Rows, str], Rows], *, is_many: bool = False) -> Param:
    return Param(about, takes, {"type": "string", "pattern": r"\S", "maxLength": LONGEST}, _text, is_many=is_many)


def flag(about: str, takes: str | Callable[[Rows, bool], Rows]) -> Param:
    return Param(about, takes, {"type": "boolean"}, lambda text: {"true": True, "false": False}[text])


def yes(about: str) -> Param:
    """Only ever asked for: its absence is the opposite of nothing."""
    return Param(about, "", {"type": "boolean", "const": True}, lambda text: {"true": True}[text])


def day(about: str, takes: str = "") -> Param:
    return Param(about, takes, {"type": "string", "format": "date"}, _day)


def number(about: str, takes: str = "") -> Param:
    return Param(about, takes, {"type": "string", "pattern": f"^{NUMBER.pattern}$"}, _number)


def one_id(about: str) -> Param:
    return Param(about, "", ID, whole)


ID = {"type": "integer", "format": "int64", "minimum": 0}


def whole(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:20]) <= MOST):
        raise ValueError(text)
    return int(text)


def _whole_or_none(text: str) -> int | str:
    return NONE if text == NONE else whole(text)


def _one_of(known: list[str]) -> Callable[[str], str]:
    return lambda text: known[known.index(text)]


def _text(text: str) -> str:
    if not text.strip() or len(text) > LONGEST or "\x00" in text:
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
            values[name] = params[name].value_of(request.query_params.getlist(name))
        except (ValueError, KeyError):
            errors[name] = [_("This is not understood. %(about)s") % {"about": params[name].about}]
    if errors:
        raise ValidationError(errors)
    return values


CUSTOM = parameter(
    "custom",
    {
        "type": "object",
        "propertyNames": {"pattern": "^cf_[a-z][a-z0-9_]*$"},
        "additionalProperties": {"type": "string"},
    },
    "By custom fields: `cf_<key>` is a value (of texts and links a part), or `none`; of numbers, money and dates also "
    "`cf_<key>_from` and `cf_<key>_before`. Money is compared in the company’s currency.",
    style="form",
    explode=True,
)


class Filters(BaseFilterBackend):
    """A view's `filters`."""

    def filter_queryset(self, request: Request, queryset: Rows, view: Any) -> Rows:
        params = view.filters | custom_params(view.customised)
        for name, value in read_params(request, params, beside=PAGING).items():
            queryset = params[name].narrow(queryset, value)
        return queryset

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        if view.action != "list":
            return []
        return described(view.filters) + ([CUSTOM] if view.customised else [])


def custom_params(noun: str) -> dict[str, Param]:
    """`cf_<key>` for each of the noun's fields, and the two ends of a range where it has them."""
    params: dict[str, Param] = {}
    for field in custom_fields(noun, archived=True) if noun else ():
        params[field.parameter] = _custom(noun, field.parameter, is_many=True)
        if KINDS[field.kind].has_range:
            params |= {name: _custom(noun, name) for name in (f"{field.parameter}_from", f"{field.parameter}_before")}
    return params


def _custom(noun: str, name: str, *, is_many: bool = False) -> Param:
    def read(text: str) -> str:
        narrow(noun, name, [_text(text)])  # raises what it does not understand
        return text

    def take(rows: Rows, value: Any) -> Rows:
        return rows.filter(narrow(noun, name, value if is_many else [value]))

    return Param(_("See the custom fields."), take, {"type": "string"}, read, is_many=is_many)


def described(params: Mapping[str, Param]) -> list[dict[str, Any]]:
    return [param.described(name) for name, param in params.items()]
