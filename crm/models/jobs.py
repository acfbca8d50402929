"""Work over many rows that goes on by itself: how far it is, what it left out, and whether it was called off."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LONGEST_REPORT = 1000


class Job(models.Model):
    """`done` is the place where it goes on, committed with the changes of the rows before it (crm/jobs.py)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    by = models.ForeignKey("crm.User", models.PROTECT, related_name="jobs")
    origin = models.JSONField(default=dict)  # of the request that began it
    state = models.CharField(max_length=9, choices=State, default=State.WAITING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # rows looked at, those included that were left out
    changed = models.PositiveIntegerField(default=0)
    left_out = models.PositiveIntegerField(default=0)
    report = models.JSONField(default=list)  # of what was left out: [{"url", "label", "reason"}]
    problem = models.TextField(blank=True)  # why it failed as a whole
    result_url = models.CharField(max_length=400, blank=True)
    undo_url = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    started_at = models.DateTimeField(null=True)
    heard_at = models.DateTimeField(default=timezone.now)  # the last sign of life of whoever works on it
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["by", "-id"], name="job_of_person"),
            models.Index(
                fields=["heard_at"], condition=models.Q(state__in=["waiting", "running"]), name="job_unfinished"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_unfinished(self) -> bool:
        return self.state in {self.State.WAITING, self.State.RUNNING}

    @property
    def percent(self) -> int:
        return self.done * 100 // self.total if self.total else 0

    def count(self, *, looked_at: int, changed: int, left_out: list[dict[str, Any]]) -> None:
        """Note a chunk: `left_out` says of each row that was not changed why."""
        now = timezone.now()
        self.started_at, self.heard_at = self.started_at or now, now
        self.done += looked_at
        self.changed += changed
        self.left_out += len(left_out)
        self.report = [*self.report, *left_out][:LONGEST_REPORT]
        self.state = self.State.RUNNING
        if self.done >= self.total or not looked_at:
            self.state, self.finished_at = self.State.DONE, now
