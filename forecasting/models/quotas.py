"""What people and teams are to win, and every revision of it."""

from datetime import date
from typing import Literal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.calendar import fiscal_calendar
from crm.periods import Period


class Quota(models.Model):
    """What a person or a team is to win in a month or a quarter: [`starts_on`, `ends_on`).

    The dates are stored, not "Q4": a changed fiscal calendar rewrites nothing old.
    """

    owner = models.ForeignKey("crm.User", models.CASCADE, null=True, blank=True, related_name="quotas")
    team = models.ForeignKey("crm.Team", models.CASCADE, null=True, blank=True, related_name="quotas")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=3)
    currency = models.ForeignKey("crm.Currency", models.PROTECT, related_name="+", verbose_name=_("currency"))
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        indexes = [models.Index(fields=["starts_on", "ends_on"], name="quota_period")]
        constraints = [
            models.UniqueConstraint(
                "owner", "starts_on", "ends_on", condition=Q(team=None), name="quota_once_per_owner"
            ),
            models.UniqueConstraint(
                "team", "starts_on", "ends_on", condition=Q(owner=None), name="quota_once_per_team"
            ),
            models.CheckConstraint(
                condition=Q(owner=None, team__isnull=False) | Q(owner__isnull=False, team=None),
                name="quota_one_subject",
            ),
            models.CheckConstraint(condition=Q(amount__gte=0), name="quota_not_negative"),
            models.CheckConstraint(condition=Q(ends_on__gt=models.F("starts_on")), name="quota_order"),
        ]

    def __str__(self) -> str:
        return f"{self.owner or self.team} {self.starts_on:%Y-%m}"

    @property
    def period(self) -> Period:
        return fiscal_calendar().at(self.starts_on, self.ends_on)


class QuotaChange(models.Model):
    """Append-only: each revision of a quota with who, when and why. `amount` empty: the quota was removed."""

    owner = models.ForeignKey("crm.User", models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey("crm.Team", models.CASCADE, null=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    currency_id = models.CharField(max_length=3)
    was_amount = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    was_currency_id = models.CharField(max_length=3, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")
    effective_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-recorded_at", "-id"]
        indexes = [models.Index(fields=["starts_on", "owner", "team", "-id"], name="quotachange_newest")]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency_id}"


def month_or_quarter(start: date, end: date) -> Literal["month", "quarter"]:
    return "month" if (end - start).days < 32 else "quarter"
