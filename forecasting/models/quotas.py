"""What people and teams are to win, and every revision of it."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.calendar import fiscal_calendar
from crm.periods import Period
from forecasting.types import ForecastType


class Unit(models.TextChoices):
    REVENUE = "revenue", _("Revenue")
    COUNT = "count", _("Number of deals")


class OfType(models.Model):
    """Of a forecast type: revenue or the number of deals, of everything or of a product family."""

    unit = models.CharField(_("type"), max_length=7, choices=Unit, default=Unit.REVENUE)
    family = models.CharField(_("product family"), max_length=80, blank=True)

    class Meta:
        abstract = True

    @property
    def type(self) -> ForecastType:
        return ForecastType("count" if self.unit == Unit.COUNT else "revenue", self.family)


class Quota(OfType):
    """What a person or a team is to win in a month or a quarter: [`starts_on`, `ends_on`).

    The dates are stored, not "Q4": a changed fiscal calendar rewrites nothing old. A number of deals has no currency.
    """

    owner = models.ForeignKey("crm.User", models.CASCADE, null=True, blank=True, related_name="quotas")
    team = models.ForeignKey("crm.Team", models.CASCADE, null=True, blank=True, related_name="quotas")
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"))
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=3)
    currency = models.ForeignKey(
        "crm.Currency", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("currency")
    )
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        indexes = [models.Index(fields=["starts_on", "ends_on"], name="quota_period")]
        constraints = [
            models.UniqueConstraint(
                "owner", "starts_on", "ends_on", "unit", "family", condition=Q(team=None), name="quota_once_by_owner"
            ),
            models.UniqueConstraint(
                "team", "starts_on", "ends_on", "unit", "family", condition=Q(owner=None), name="quota_once_by_team"
            ),
            models.CheckConstraint(
                condition=Q(unit="count", currency=None) | Q(unit="revenue", currency__isnull=False),
                name="quota_currency_of_revenue",
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


class QuotaBatch(models.Model):
    """Quotas that were set together, and are taken back together."""

    class Kind(models.TextChoices):
        PASTE = "paste", _("Pasted")
        SPREAD = "spread", _("Spread")
        COPY = "copy", _("Copied forward")
        PLAN = "plan", _("Planned")
        SENT = "sent", _("Sent")
        UNDO = "undo", _("Taken back")

    kind = models.CharField(max_length=6, choices=Kind)
    by = models.ForeignKey("crm.User", models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    undoes = models.OneToOneField("self", models.PROTECT, null=True, related_name="undone_by")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.made_at:%Y-%m-%d %H:%M}"


class QuotaChange(OfType):
    """Append-only: each revision of a quota with who, when and why. `amount` empty: the quota was removed.

    `rank` is how high who set it stood then (0: over everybody); from below it stays as it is. Empty: not known.
    """

    owner = models.ForeignKey("crm.User", models.CASCADE, null=True, related_name="+")
    team = models.ForeignKey("crm.Team", models.CASCADE, null=True, related_name="+")
    starts_on = models.DateField()
    ends_on = models.DateField()
    amount = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    currency_id = models.CharField(max_length=3, blank=True)
    was_amount = models.DecimalField(max_digits=18, decimal_places=3, null=True)
    was_currency_id = models.CharField(max_length=3, blank=True)
    note = models.TextField(blank=True)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")
    rank = models.PositiveSmallIntegerField(null=True)
    batch = models.ForeignKey(QuotaBatch, models.PROTECT, null=True, related_name="changes")
    effective_at = models.DateTimeField(default=timezone.now)
    recorded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-recorded_at", "-id"]
        indexes = [
            models.Index(fields=["starts_on", "owner", "team", "-id"], name="quotachange_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.amount} {self.currency_id}".strip()
