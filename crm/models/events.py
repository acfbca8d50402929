"""Everything that happened, in order: audit, change feed, live updates and webhooks read this one table."""

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.expressions import RawSQL
from django.utils import timezone


class XidField(models.BigIntegerField):  # type: ignore[type-arg]
    """Postgres' 64-bit transaction id. Rows are safe to read in its order below the oldest running transaction."""

    def db_type(self, connection: Any) -> str:
        return "xid8"

    def from_db_value(self, value: Any, expression: object, connection: object) -> int | None:
        return None if value is None else int(value)


class EventQuerySet(models.QuerySet["Event"]):
    def settled(self) -> "EventQuerySet":
        """Only events below which nothing can appear any more: ids are handed out before they commit."""
        return self.filter(xid__lt=RawSQL("pg_snapshot_xmin(pg_current_snapshot())", []))

    def after(self, xid: int, pk: int) -> "EventQuerySet":
        newer = RawSQL("(crm_event.xid, crm_event.id) > (%s::xid8, %s)", [str(xid), pk], models.BooleanField())
        return self.filter(newer)

    def in_order(self) -> "EventQuerySet":
        return self.order_by("xid", "id")


class Event(models.Model):
    """Append-only: the database refuses UPDATE, DELETE and TRUNCATE (migration `events_are_append_only`)."""

    xid = XidField(db_default=RawSQL("pg_current_xact_id()", []), editable=False)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=40)  # deal.moved, company.revised, quota.set …
    noun = models.CharField(max_length=20)
    object_id = models.BigIntegerField()
    actor = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")
    origin = models.JSONField(default=dict)
    data = models.JSONField(default=dict)
    owner_ids = ArrayField(models.BigIntegerField(), default=list)  # whose record it was and is
    team_ids = ArrayField(models.BigIntegerField(), default=list)
    is_public = models.BooleanField(default=False)  # everyone signed in may know

    objects = EventQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["xid", "id"], name="event_order"),
            models.Index(fields=["noun", "object_id", "-id"], name="event_of_object"),
            GinIndex("team_ids", name="event_teams"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"
