"""The ordered change feed: everything that happened and that one may know of, oldest first, nothing ever missed."""

import re
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from crm.access import Reach, facts_told, visible_events
from crm.models import Event
from crm.rest.fields import Choice, Instant, Text, Whole, instant
from crm.rest.filters import Param, ids, text
from crm.rest.lookup import MOST
from crm.rest.pages import LIMIT, Cursor, read_limit
from crm.rest.resource import Resource, Row, Shape

CURSOR = re.compile(r"([0-9]{1,20})-([0-9]{1,19})")
VIA = ["ui", "api", "import", "worker", "shell"]


class EventShape(Shape):
    """Something that happened. `data` holds the facts; for a change `changed` maps each field to [before, after]."""

    id = Whole(max_value=MOST)
    cursor = Text(help_text="Where this event stands in the feed: pass it as `after` to go on behind it.")
    at = Instant()
    kind = Text(help_text="deal.moved, company.revised, quota.set …")
    noun = Text()
    object = Whole(help_text="The id of what it happened to.")
    actor = Whole(allow_null=True, help_text="The user who did it; null for Penstock itself.")
    via = Choice(VIA)
    data = serializers.DictField()  # type: ignore[assignment]

    columns = ("id", "xid", "at", "kind", "noun", "object_id", "actor_id", "origin", "data")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "cursor": f"{row['xid']}-{row['id']}",
            "at": instant(row["at"]),
            "kind": row["kind"],
            "noun": row["noun"],
            "object": row["object_id"],
            "actor": row["actor_id"],
            "via": row["origin"].get("via", "shell"),
            "data": row["data"],
        }

    @classmethod
    def told(cls, row: Row, reach: Reach) -> dict[str, Any]:
        return cls.of(row) | {"data": facts_told(row, reach)}


class Feed(Cursor):
    """Forwards only. `next` is null at the end of the feed: ask again later, `after` the last event's `cursor`."""

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> list[Any]:
        limit = read_limit(request)
        if "cursor" in request.query_params:
            raise ValidationError({"cursor": [_("The feed goes on with “after”.")]})
        rows = list(queryset[: limit + 1])
        self.next = self.previous = None
        if len(rows) > limit:
            last = rows[limit - 1]
            self.next = replace_query_param(request.build_absolute_uri(), "after", f"{last['xid']}-{last['id']}")
        return rows[:limit]

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return [LIMIT]


def after(rows: Any, cursor: tuple[int, int]) -> Any:
    return rows.after(*cursor)


def _read_after(text: str) -> tuple[int, int]:
    match = CURSOR.fullmatch(text)
    if match is None or int(match[1]) >= 2**64 or int(match[2]) > MOST:
        raise ValueError(text)
    return int(match[1]), int(match[2])


class Events(Resource):
    scope = "events"
    model = Event
    shape = EventShape
    pagination_class = Feed
    filters = {
        "after": Param(
            "The `cursor` of the last event you have.",
            after,
            {"type": "string", "pattern": f"^{CURSOR.pattern}$"},
            _read_after,
        ),
        "kind": text("Only this kind.", "kind"),
        "noun": text("Only what happened to this kind of record: deal, company, contact …", "noun"),
        "object": ids("Only what happened to the records with these ids; use it with `noun`.", "object_id"),
    }

    def visible(self) -> QuerySet[Event]:
        """The feed tells nothing before what it might yet have to tell earlier; one event has no order."""
        events: Any = visible_events(self.reach)
        seen: QuerySet[Event] = events if self.action == "retrieve" else events.settled().in_order()
        return seen
