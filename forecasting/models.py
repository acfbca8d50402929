"""Quotas, and the rollups that are recomputed from deals whenever one of them changes."""

from datetime import date
from typing import Literal

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.periods import Period
from pipeline.models import Kind


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
        return Period(self.starts_on, self.ends_on, month_or_quarter(self.starts_on, self.ends_on))


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


class CellCategory(models.TextChoices):
    """The forecast category of an open deal, or won. Lost deals are in no cell."""

    PIPELINE = "pipeline", _("Pipeline")
    BEST_CASE = "best_case", _("Best case")
    COMMIT = "commit", _("Commit")
    OMITTED = "omitted", _("Omitted")
    WON = "won", _("Won")


class ForecastCell(models.Model):
    """Live totals of one owner (in one team), month, currency and category.

    Open deals stand in the month of their expected close, won ones in that of their real close. `month` empty: no
    expected close date. `base_*` are in the workspace's currency, each deal rounded on its own, so that the deals
    beneath add up to the cell; `not_convertible` counts the deals left out of them for want of a rate.
    """

    owner = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    team = models.ForeignKey("crm.Team", models.CASCADE, null=True, related_name="+")
    pipeline = models.ForeignKey("pipeline.Pipeline", models.CASCADE, related_name="+")
    month = models.DateField(null=True)
    currency_id = models.CharField(max_length=3)
    category = models.CharField(max_length=10, choices=CellCategory)
    deals = models.PositiveIntegerField()
    amount = models.DecimalField(max_digits=20, decimal_places=3)
    base_amount = models.DecimalField(max_digits=20, decimal_places=3)
    base_weighted = models.DecimalField(max_digits=20, decimal_places=3)
    not_convertible = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "owner",
                "month",
                "team",
                "pipeline",
                "currency_id",
                "category",
                nulls_distinct=False,
                name="forecastcell_key",
            ),
        ]
        indexes = [models.Index(fields=["month", "team"], name="forecastcell_month")]

    def __str__(self) -> str:
        return f"{self.owner_id} {self.month} {self.category} {self.base_amount}"


class WinLossCell(models.Model):
    """Closed deals of one owner (in one team) and month, by one dimension. `key` is the dimension's value as text.

    Values are in the workspace's currency at the rate of the close date. By product, a deal's value is apportioned over
    its lines and the deal is counted once for each of its products; in every other dimension each deal counts once.
    """

    class Dimension(models.TextChoices):
        ALL = "all", _("All")
        REASON = "reason", _("Reason")
        PRODUCT = "product", _("Product")
        SECTOR = "sector", _("Sector")
        SOURCE = "source", _("Source")
        COUNTRY = "country", _("Country")
        COMPETITOR = "competitor", _("Competitor")

    owner = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    team = models.ForeignKey("crm.Team", models.CASCADE, null=True, related_name="+")
    pipeline = models.ForeignKey("pipeline.Pipeline", models.CASCADE, related_name="+")
    month = models.DateField()
    outcome = models.CharField(max_length=4, choices=Kind)
    dimension = models.CharField(max_length=10, choices=Dimension)
    key = models.CharField(max_length=160, blank=True)
    deals = models.PositiveIntegerField()
    value = models.DecimalField(max_digits=20, decimal_places=3)
    not_convertible = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "owner",
                "month",
                "team",
                "pipeline",
                "outcome",
                "dimension",
                "key",
                nulls_distinct=False,
                name="winlosscell_key",
            ),
        ]
        indexes = [models.Index(fields=["dimension", "month"], name="winlosscell_month")]

    def __str__(self) -> str:
        return f"{self.dimension} {self.key} {self.outcome} {self.deals}"


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


def month_or_quarter(start: date, end: date) -> Literal["month", "quarter"]:
    return "month" if (end - start).days < 32 else "quarter"


def first_of(day: date | None) -> date | None:
    return day and day.replace(day=1)
