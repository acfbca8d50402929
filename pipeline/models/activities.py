"""What a person did or will do about a deal. A touch is a done activity."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.access import OwnedQuerySet
from crm.owned import Owned


class ActivityKind(models.TextChoices):
    TASK = "task", _("Task")
    CALL = "call", _("Call")
    MEETING = "meeting", _("Meeting")
    EMAIL = "email", _("E-mail")
    NOTE = "note", _("Note")


ICONS = {
    ActivityKind.TASK: "square-check",
    ActivityKind.CALL: "phone",
    ActivityKind.MEETING: "users",
    ActivityKind.EMAIL: "mail",
    ActivityKind.NOTE: "sticky-note",
}


class Activity(Owned):
    """Planned while `done_at` is empty: then `due_on` says when. A deal's earliest planned one is its next step."""

    deal = models.ForeignKey("pipeline.Deal", models.CASCADE, related_name="activities")
    kind = models.CharField(_("kind"), max_length=8, choices=ActivityKind, default=ActivityKind.TASK)
    subject = models.CharField(_("subject"), max_length=200)
    body = models.TextField(_("details"), blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    due_time = models.TimeField(_("at"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    done_by = models.ForeignKey("crm.User", models.PROTECT, null=True, editable=False, related_name="+")
    in_checklist = models.BooleanField(default=False, editable=False)  # shown there, so not among what else is planned
    created_by = models.ForeignKey("crm.User", models.PROTECT, related_name="+")
    updated_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OwnedQuerySet["Activity"].as_manager()

    class Meta:
        verbose_name_plural = "activities"
        ordering = ["-done_at", "-id"]
        indexes = [
            models.Index(fields=["deal", "-done_at"], name="activity_of_deal"),
            models.Index(fields=["owner", "due_on"], condition=Q(done_at=None), name="activity_agenda"),
        ]

    def __str__(self) -> str:
        return self.subject

    @property
    def icon(self) -> str:
        return ICONS[ActivityKind(self.kind)]
