"""A deal's history: append-only, one row per change, written in the change's own transaction."""

from datetime import UTC, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q
from django.utils.translation import gettext_lazy as _

from .pipelines import Category, Kind

FOREVER = datetime(9999, 12, 31, tzinfo=UTC)
MONTH = "({0} - (extract(day from {0})::int - 1))"  # the first of a date's month; date_trunc could not be in an index


def month_of(column: str) -> Func:
    return Func(F(column), template=MONTH.format("%(expressions)s"), output_field=models.DateField())


def known(*keys: Any, condition: Q, name: str) -> models.Index:
    """Of the rows that were the newest at an instant."""
    return models.Index(*keys, "known_at", "known_until", condition=condition, name=name)


class DealChange(models.Model):
    """The deal as it stood after one change, and what the changed fields were before.

    `was` maps each changed field to its previous value (JSON: decimals and dates as text). The other columns are the
    state *after*, so the deal at an instant t is the newest of its rows, in the order (`effective_at`, id), that was
    known by then. `effective_at` is when it became true, `recorded_at` when Penstock learnt it; `known_at` is the
    latter, but the former for the time before Penstock knew the deal (pipeline.past). The row was the newest one known
    until `known_until`.
    """

    class Verb(models.TextChoices):
        OPENED = "opened", _("opened")
        MOVED = "moved", _("moved")
        WON = "won", _("won")
        LOST = "lost", _("lost")
        REOPENED = "reopened", _("reopened")
        REVISED = "revised", _("revised")
        HANDED_OVER = "handed_over", _("handed over")
        ARCHIVED = "archived", _("archived")
        RESTORED = "restored", _("restored")
        CLONED = "cloned", _("cloned")
        MERGED = "merged", _("merged")
        UNMERGED = "unmerged", _("unmerged")
        NOTED = "noted", _("notes changed")

    deal = models.ForeignKey("pipeline.Deal", models.CASCADE, related_name="changes", db_index=False)
    version = models.PositiveIntegerField()  # of the deal after the change
    verb = models.CharField(max_length=12, choices=Verb)
    was = models.JSONField(default=dict)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")
    effective_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    known_at = models.DateTimeField()
    known_until = models.DateTimeField(default=FOREVER, editable=False)  # kept by the database itself

    pipeline_id = models.BigIntegerField()
    stage_id = models.BigIntegerField()
    outcome = models.CharField(max_length=4, choices=Kind)
    owner_id = models.BigIntegerField()
    team_id = models.BigIntegerField(null=True)
    amount = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    currency_id = models.CharField(max_length=3)
    expected_close_on = models.DateField(null=True)
    probability_override = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    category_override = models.CharField(max_length=10, choices=Category, blank=True)
    closed_on = models.DateField(null=True)
    base_amount = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    is_archived = models.BooleanField(default=False)
    change_set = models.ForeignKey(
        "pipeline.ChangeSet", models.PROTECT, null=True, related_name="changes", db_index=False
    )

    class Meta:
        ordering = ["effective_at", "id"]
        indexes = [
            models.Index(fields=["deal", "-effective_at", "-id"], name="dealchange_as_of"),
            known(month_of("expected_close_on"), condition=Q(outcome=Kind.OPEN), name="dealchange_expected"),
            known(month_of("closed_on"), condition=~Q(outcome=Kind.OPEN), name="dealchange_closed"),
            known(F("stage_id"), condition=Q(is_archived=False), name="dealchange_in_stage"),
            known(condition=Q(is_archived=True), name="dealchange_archived"),
            models.Index(
                fields=["stage_id", "known_at"], condition=Q(known_at__lt=F("recorded_at")), name="dealchange_brought"
            ),
            *(
                models.Index(
                    fields=["deal", "effective_at", "id"],
                    include=["known_at"],
                    condition=Q(was__has_key=name),
                    name=f"dealchange_{name}",
                )
                for name in ("lines", "people")
            ),
            models.Index(
                fields=["change_set", "deal"],
                condition=Q(change_set__isnull=False),
                name="dealchange_of_change_set",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deal_id} {self.verb} {self.effective_at:%Y-%m-%d}"


class ChangeSet(models.Model):
    """One verb on many deals: what ties their changes together, so that all of them can be taken back at once."""

    class Verb(models.TextChoices):
        MOVE = "move", _("Move")
        HAND_OVER = "hand_over", _("Hand over")
        REVISE = "revise", _("Change")
        WIN = "win", _("Won")
        LOSE = "lose", _("Lost")
        ARCHIVE = "archive", _("Delete")
        UNDO = "undo", _("Undo")

    job = models.OneToOneField("crm.Job", models.PROTECT, related_name="change_set")
    verb = models.CharField(max_length=9, choices=Verb)
    facts = models.JSONField(default=dict)  # what the verb is called with (crm.packing)
    deals = ArrayField(models.BigIntegerField())  # which ones, in the order they are done
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    def __str__(self) -> str:
        return str(self.job)
