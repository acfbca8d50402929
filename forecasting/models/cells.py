"""The rollups: totals that are recomputed from deals whenever one of them changes."""

from datetime import date
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from pipeline.models import Kind


class CellCategory(models.TextChoices):
    """The forecast category of an open deal, or won. Lost deals are in no cell."""

    PIPELINE = "pipeline", _("Pipeline")
    BEST_CASE = "best_case", _("Best case")
    COMMIT = "commit", _("Commit")
    OMITTED = "omitted", _("Omitted")
    WON = "won", _("Won")


class Cell(models.Model):
    """Live totals of one owner (in one team), month, currency and category.

    `team` is the deals' own: it decides who may read the cell. `node` is the team of the forecast tree in whose line it
    counts: where the owner was seated on the day the deals closed or are expected to (today where none is expected).
    Open deals stand in the month of their expected close, won ones in that of their real close. `month` empty: no
    expected close date. `base_*` are in the workspace's currency, each deal rounded on its own, so that the deals
    beneath add up to the cell; `not_convertible` counts the deals left out of them for want of a rate. `weighted_deals`
    is the number of deals that may be expected to be won, rates or not.
    """

    owner = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    team = models.ForeignKey("crm.Team", models.CASCADE, null=True, related_name="+")
    node = models.ForeignKey("crm.Team", models.CASCADE, null=True, related_name="+")
    pipeline = models.ForeignKey("pipeline.Pipeline", models.CASCADE, related_name="+")
    month = models.DateField(null=True)
    currency_id = models.CharField(max_length=3)
    category = models.CharField(max_length=10, choices=CellCategory)
    deals = models.PositiveIntegerField()
    weighted_deals = models.DecimalField(max_digits=14, decimal_places=4, default=Decimal(0))
    amount = models.DecimalField(max_digits=20, decimal_places=3)
    base_amount = models.DecimalField(max_digits=20, decimal_places=3)
    base_weighted = models.DecimalField(max_digits=20, decimal_places=3)
    not_convertible = models.PositiveIntegerField(default=0)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.owner_id} {self.month} {self.category} {self.base_amount}"


KEY = ("owner", "month", "team", "node", "pipeline", "currency_id", "category")


class ForecastCell(Cell):
    """Of whole deals."""

    class Meta:
        constraints = [models.UniqueConstraint(*KEY, nulls_distinct=False, name="forecastcell_key")]
        indexes = [models.Index(fields=["month", "node"], name="forecastcell_month")]


class FamilyCell(Cell):
    """Of what deals are worth in one product family: their value apportioned over their lines.

    A deal counts once in each family it has a line of; deals without such lines are in none.
    """

    family = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(*KEY, "family", nulls_distinct=False, name="familycell_key")]
        indexes = [models.Index(fields=["family", "month", "node"], name="familycell_month")]


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


def first_of(day: date | None) -> date | None:
    return day and day.replace(day=1)
