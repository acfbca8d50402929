"""What the forecast said at the end of each day: locked, so that nobody can be wiser afterwards."""

from decimal import Decimal

from django.db import models
from django.utils import timezone

from .cells import CellCategory


class SnapshotDay(models.Model):
    """Append-only: a day of the company whose end was locked; late or not, from what was known at its end."""

    day = models.DateField(unique=True)
    locked_at = models.DateTimeField(default=timezone.now)
    cells = models.PositiveIntegerField()  # that had changed since the day locked before

    class Meta:
        get_latest_by = "day"

    def __str__(self) -> str:
        return str(self.day)


class ForecastSnapshot(models.Model):
    """Append-only: a forecast cell as it stood at the end of a day, where it differs from the day before.

    A cell that is no more is written once with no deals. `family` is empty for whole deals. What it names are plain
    numbers: a locked cell outlives its team.
    """

    day = models.DateField()
    family = models.CharField(max_length=80, blank=True)
    owner_id = models.BigIntegerField()
    team_id = models.BigIntegerField(null=True)
    node_id = models.BigIntegerField(null=True)
    pipeline_id = models.BigIntegerField()
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
        indexes = [models.Index(fields=["month", "-day"], name="forecastsnapshot_month")]
        constraints = [
            models.UniqueConstraint(
                "owner_id",
                "month",
                "team_id",
                "node_id",
                "pipeline_id",
                "currency_id",
                "category",
                "family",
                "day",
                nulls_distinct=False,
                name="forecastsnapshot_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.owner_id} {self.month} {self.category} {self.base_amount}"


class AdjustmentSnapshot(models.Model):
    """Append-only: by how much people's adjustments had changed a line's forecast of a period at the end of a day.

    Written where it differs from the day locked before. The line is a person's in a team (or, `team_id` empty, in
    none), a team's (`owner_id` empty), or the company's (both empty). In the company's currency.
    """

    day = models.DateField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    owner_id = models.BigIntegerField(null=True)
    team_id = models.BigIntegerField(null=True)
    difference = models.DecimalField(max_digits=20, decimal_places=3)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "starts_on",
                "ends_on",
                "owner_id",
                "team_id",
                "day",
                nulls_distinct=False,
                name="adjustmentsnapshot_key",
            )
        ]

    def __str__(self) -> str:
        return f"{self.day}: {self.difference}"
