"""One envelope for every list: `{"next": …, "previous": …, "results": […]}`; by key, never by offset."""

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ValidationError
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

USUAL, MOST = 50, 200
LONGEST_CURSOR = 500


class Cursor(BasePagination):
    """A view's `ordering` names one or two columns that together are unique, both in the same direction."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        self.request = request
        self.limit = read_limit(request)
        self.keys = [name.lstrip("-") for name in view.ordering]
        descends = view.ordering[0].startswith("-")
        backwards, values = read_cursor(request.query_params.get("cursor", ""), len(self.keys))
        if values:
            queryset = queryset.filter(beyond(self.keys, values, "lt" if descends != backwards else "gt"))
        sign = "-" if descends != backwards else ""
        rows = list(queryset.order_by(*(sign + key for key in self.keys))[: self.limit + 1])
        more, rows = len(rows) > self.limit, rows[: self.limit]
        if backwards:
            rows.reverse()
        self.next = self._link(rows, -1, backwards=False) if backwards or more else None
        self.previous = self._link(rows, 0, backwards=True) if (more if backwards else values) else None
        return rows

    def _link(self, rows: Sequence[Mapping[str, Any]], at: int, *, backwards: bool) -> str | None:
        if not rows:
            return None
        cursor = write_cursor(backwards, [rows[at][key] for key in self.keys])
        return replace_query_param(self.request.build_absolute_uri(), "cursor", cursor)

    def get_paginated_response(self, data: Any) -> Response:
        return Response({"next": self.next, "previous": self.previous, "results": data})

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return envelope(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        cursor = {"type": "string", "maxLength": LONGEST_CURSOR}
        return [
            LIMIT,
            parameter("cursor", cursor, "Where to go on; take it from `next` or `previous` of a page, whole."),
        ]


def parameter(name: str, schema: dict[str, Any], description: str, **extra: Any) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": False, "description": description, "schema": schema, **extra}


LIMIT = parameter(
    "limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL}, "How many on one page."
)


def envelope(schema: dict[str, Any]) -> dict[str, Any]:
    link = {"type": ["string", "null"], "format": "uri"}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {"next": link, "previous": link, "results": schema},
    }


TOO_MANY = gettext_lazy("A whole number from 1 to %(most)d.")


def read_limit(request: Request) -> int:
    text = request.query_params.get("limit", str(USUAL))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MOST):
        raise ValidationError({"limit": [TOO_MANY % {"most": MOST}]})
    return int(text)


def beyond(keys: Sequence[str], values: Sequence[Any], compare: str) -> Q:
    """Rows past (values): written so that an index on the keys finds the place."""
    first = Q(**{f"{keys[0]}__{compare}": values[0]})
    if len(keys) == 1:
        return first
    return Q(**{f"{keys[0]}__{compare}e": values[0]}) & (first | Q(**{f"{keys[1]}__{compare}": values[1]}))


def write_cursor(backwards: bool, values: Sequence[Any]) -> str:
    return urlsafe_b64encode(json.dumps([int(backwards), *values], separators=(",", ":")).encode()).decode().rstrip("=")


def read_cursor(text: str, keys: int) -> tuple[bool, list[Any]]:
    if not text:
        return False, []
    try:
        if len(text) > LONGEST_CURSOR:
            raise ValueError
        backwards, *values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if len(values) != keys or backwards not in (0, 1) or not all(_is_plain(value) for value in values):
            raise ValueError
    except (ValueError, TypeError, binascii.Error):
        raise ValidationError({"cursor": [_("This is not a cursor of ours. Begin again without one.")]}) from None
    return bool(backwards), values


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
