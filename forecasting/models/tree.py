"""The forecast tree: which team stands under which, and who is counted in which team, each from a day on.

Rows are never revised. A change supersedes the rows that no longer hold and adds those that do, so that the tree can
be read as it was known at any instant. Until an administrator first edits it, both tables are empty and the tree is
that of the teams and their members (forecasting.seating).
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from crm.models import Team
from crm.models.people import DateRange

KNOWN = Q(superseded_at=None)
IN_ORDER = Q(ends_on=None) | Q(ends_on__gt=F("starts_on"))


class Placed(models.Model):
    """Holds on the days [`starts_on`, `ends_on`), as was known from `recorded_at` until `superseded_at`."""

    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    recorded_at = models.DateTimeField(default=timezone.now)
    superseded_at = models.DateTimeField(null=True)
    by = models.ForeignKey("crm.User", models.PROTECT, null=True, related_name="+")

    class Meta:
        abstract = True


class TreePlace(Placed):
    """A team and the one it stands under. Plain numbers: what was known outlives a deleted team."""

    team_id = models.BigIntegerField()
    parent_id = models.BigIntegerField(null=True)

    class Meta:
        indexes = [models.Index(fields=["team_id", "starts_on"], name="treeplace_team")]
        constraints = [
            models.CheckConstraint(condition=IN_ORDER, name="treeplace_order"),
            models.CheckConstraint(
                condition=Q(parent_id=None) | ~Q(parent_id=F("team_id")), name="treeplace_not_itself"
            ),
            ExclusionConstraint(
                name="treeplace_one_at_a_time",
                expressions=[
                    (DateRange("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                    ("team_id", RangeOperators.EQUAL),
                ],
                condition=KNOWN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.team_id} under {self.parent_id} from {self.starts_on}"


class TreeSeat(Placed):
    """A person and the team in whose line their deals and quotas of those days count."""

    user = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    team = models.ForeignKey(Team, models.CASCADE, related_name="+")
    is_manager = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=IN_ORDER, name="treeseat_order"),
            ExclusionConstraint(
                name="treeseat_one_at_a_time",
                expressions=[
                    (DateRange("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                    ("user", RangeOperators.EQUAL),
                ],
                condition=KNOWN,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id} from {self.starts_on}"
