"""One's own alerts."""

from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.alerts import kinds, read_alerts, told
from crm.models import Alert
from crm.rest.fields import Choice, Instant, Text, Whole, instant
from crm.rest.filters import choices, flag
from crm.rest.guard import guarded
from crm.rest.resource import Resource, Row, Shape


class AlertShape(Shape):
    """Something you should know."""

    id = Whole()
    kind = Choice([(name, kind.label) for name, kind in kinds().items()])
    title = Text()
    text = Text()
    address = Text(help_text="The page it leads to.")
    raised_at = Instant()
    read_at = Instant(allow_null=True)
    settled_at = Instant(allow_null=True, help_text="When it no longer held.")

    columns = ("id", "kind", "facts", "raised_at", "read_at", "settled_at")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        said = told(Alert(kind=row["kind"], facts=row["facts"])).said
        return {
            "id": row["id"],
            "kind": row["kind"],
            "title": said.title,
            "text": said.text,
            "address": said.url,
            "raised_at": instant(row["raised_at"]),
            "read_at": instant(row["read_at"]),
            "settled_at": instant(row["settled_at"]),
        }


class Alerts(Resource):
    scope = "alerts"
    model = Alert
    shape = AlertShape
    filters = {
        "kind": choices("Only of these kinds.", "kind", list(kinds())),
        "read": flag(
            "Only read ones, or only the others.", lambda rows, is_read: rows.filter(read_at__isnull=not is_read)
        ),
        "settled": flag(
            "Only those that no longer hold, or only the others.",
            lambda rows, is_over: rows.filter(settled_at__isnull=not is_over),
        ),
    }

    def visible(self) -> QuerySet[Alert]:
        return Alert.objects.filter(user=self.me, is_shown=True)

    @extend_schema(request=None, responses=AlertShape)
    @action(detail=True, methods=["post"])
    @guarded
    def read(self, request: Request, pk: int) -> Response:
        """Mark an alert as read"""
        found = self.find(pk)
        read_alerts([found.pk], by=self.me)
        return self.written(found)
