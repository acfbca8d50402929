"""What keeps the rollups true: marks, rebuilds, and how fresh they are."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class StaleCell(models.Model):
    """A mark: the cells of this owner and month no longer say what the deals say. Appended, never merged.

    `month` empty: the owner's open deals without an expected close date.
    """

    owner_id = models.BigIntegerField()
    month = models.DateField(null=True)
    marked_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.owner_id} {self.month}"


class Recount(models.Model):
    """One rebuild of all cells from the deals, and how many had drifted."""

    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)
    cells = models.PositiveIntegerField(default=0)
    differences = models.JSONField(default=list)

    class Meta:
        get_latest_by = "id"

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d %H:%M}"


class Freshness(models.Model):
    """When the rollups were last brought up to date: one row, shown on the pages."""

    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="freshness_is_one_row")]

    def __str__(self) -> str:
        return str(self.at)
