"""What people think the figures will come to, laid over them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Measure(models.TextChoices):
    """Which figure of a line is adjusted. The cumulative and the single view of a category are figures of their own,
    so that changing the view changes no adjustment."""

    FORECAST = "forecast", _("Forecast")
    COMMIT = "commit", _("Commit")
    BEST_CASE = "best_case", _("Best case")
    COMMIT_SINGLE = "commit_single", _("Commit alone")
    BEST_CASE_SINGLE = "best_case_single", _("Best case alone")


class Adjustment(models.Model):
    """Append-only: a person's judgement of one line in one period. The newest of its slot counts; an empty `amount`
    took it back. It changes no deal.

    The line is a person's in a team, a team's (`owner` empty), or the company's (both empty). The slot is the line, the
    period, the measure, and from where it was made: by the line's owner (`is_own`), by whoever answers for the team
    `seat`, or above all teams (`seat` empty).
    """

    owner = models.ForeignKey("crm.User", models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey("crm.Team", models.CASCADE, null=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    measure = models.CharField(max_length=16, choices=Measure)
    is_own = models.BooleanField()
    seat = models.ForeignKey("crm.Team", models.CASCADE, null=True, related_name="+")
    amount = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    currency_id = models.CharField(max_length=3)
    raw = models.DecimalField(max_digits=20, decimal_places=3)  # the figure beneath when it was made
    raw_currency_id = models.CharField(max_length=3)
    note = models.CharField(max_length=255, blank=True)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")
    effective_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["starts_on", "ends_on", "measure", "-id"], name="adjustment_newest")]
        constraints = [
            models.CheckConstraint(condition=Q(is_own=False) | Q(seat=None), name="adjustment_one_seat"),
            models.CheckConstraint(condition=Q(ends_on__gt=models.F("starts_on")), name="adjustment_order"),
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.amount} {self.currency_id}"
