"""What a person keeps of a screen: views by name, which of them it opens with, which columns are folded."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Lower
from django.utils.translation import gettext_lazy as _

from crm.access import Reach
from crm.models import Team, Workspace

from .pipelines import Pipeline

TEAMS_ABOVE = """WITH RECURSIVE above AS (
    SELECT t.id, t.parent_id FROM crm_team t JOIN crm_membership m ON m.team_id = t.id
    WHERE m.user_id = %s AND m.starts_on <= %s AND (m.ends_on IS NULL OR m.ends_on > %s)
    UNION SELECT t.id, t.parent_id FROM crm_team t JOIN above a ON t.id = a.parent_id
) SELECT id FROM above"""


class Screen(models.TextChoices):
    BOARD = "board", _("Board")
    LIST = "list", _("List")


class Sharing(models.TextChoices):
    PRIVATE = "private", _("Only me")
    TEAM = "team", _("One team")
    ALL = "all", _("Everyone")


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, reach: Reach) -> "SavedViewQuerySet":
        """One's own, those for everyone, and those for a team that one is in or below. Admins see all that are shared.

        A view is a question. What it shows is decided by the reach of whoever asks it.
        """
        if reach.is_admin:
            return self.filter(Q(owner_id=reach.user_id) | ~Q(sharing=Sharing.PRIVATE))
        today = Workspace.current().today
        mine = RawSQL(TEAMS_ABOVE, [reach.user_id, today, today])
        shared = Q(sharing=Sharing.ALL) | Q(sharing=Sharing.TEAM, team_id__in=mine)
        return self.filter(Q(owner_id=reach.user_id) | shared)

    def editable_by(self, reach: Reach) -> "SavedViewQuerySet":
        """One's own; an admin also those that are shared: their owner may have left."""
        own = Q(owner_id=reach.user_id)
        return self.filter(own | ~Q(sharing=Sharing.PRIVATE) if reach.is_admin else own)


class SavedView(models.Model):
    """A question by name: the parameters of an address, and nothing of what they find."""

    owner = models.ForeignKey("crm.User", models.CASCADE, related_name="views")
    screen = models.CharField(max_length=5, choices=Screen)
    pipeline = models.ForeignKey(Pipeline, models.CASCADE, null=True, related_name="views")
    name = models.CharField(_("name"), max_length=60)
    query = models.TextField(_("query"), blank=True, max_length=4000)
    sharing = models.CharField(_("shared with"), max_length=7, choices=Sharing, default=Sharing.PRIVATE)
    team = models.ForeignKey(Team, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("team"))
    created_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                "owner", "screen", Coalesce("pipeline", models.Value(0)), Lower("name"), name="view_name_once"
            ),
            models.CheckConstraint(
                condition=Q(sharing="team", team__isnull=False) | ~Q(sharing="team") & Q(team=None),
                name="view_of_a_team_names_it",
            ),
            models.CheckConstraint(
                condition=Q(screen="board", pipeline__isnull=False) | Q(screen="list", pipeline=None),
                name="view_of_a_board_names_its_pipeline",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScreenChoice(models.Model):
    """How one person's screen opens: with which view, and with which columns folded."""

    user = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    screen = models.CharField(max_length=5, choices=Screen)
    view = models.ForeignKey(SavedView, models.SET_NULL, null=True, related_name="+")
    folded = ArrayField(models.CharField(max_length=20), default=list)

    class Meta:
        constraints = [models.UniqueConstraint("user", "screen", name="screenchoice_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.screen}"
