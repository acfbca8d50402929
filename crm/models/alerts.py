"""What people are told without asking: in Penstock, and once a day by e-mail."""

from django.db import models
from django.db.models import Q
from django.utils import timezone


class Alert(models.Model):
    """Something one person should know. `about` names it: while it holds, nobody is told twice.

    `facts` are what its sentence says; what is shown is worked out anew for each language.
    """

    user = models.ForeignKey("crm.User", models.CASCADE, related_name="alerts")
    kind = models.CharField(max_length=8)  # as crm.alerts knows them
    about = models.CharField(max_length=80)
    facts = models.JSONField(default=dict)
    is_shown = models.BooleanField(default=True)  # else for the mail alone
    raised_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)
    mailed_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)  # it no longer holds

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["user", "-id"], name="alert_newest")]
        constraints = [
            models.UniqueConstraint("user", "kind", "about", condition=Q(settled_at=None), name="alert_once"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about}"


class AlertSetting(models.Model):
    """What somebody wants to be told of one kind, where it differs from everything."""

    user = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8)
    in_app = models.BooleanField(default=True)
    by_mail = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint("user", "kind", name="alertsetting_once")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind}"


class Digest(models.Model):
    """The mail of one person's day: made before it is sent, so that it is never sent twice."""

    user = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    day = models.DateField()
    taken_at = models.DateTimeField(null=True)  # by whoever sends it
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint("user", "day", name="digest_once_a_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"
