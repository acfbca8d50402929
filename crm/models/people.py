"""Users, the team tree with dated membership, and API tokens."""

import hashlib
import secrets
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    REP = "rep", _("Rep")
    MANAGER = "manager", _("Manager")
    ADMIN = "admin", _("Admin")
    READ_ONLY = "read_only", _("Read-only")
    API = "api", _("API")


class Scope(models.TextChoices):
    """How far a right goes: one's own records, one's team's, those of all teams below, or everyone's."""

    NONE = "none", pgettext_lazy("reach", "None")
    OWN = "own", pgettext_lazy("reach", "Own")
    TEAM = "team", pgettext_lazy("reach", "Team")
    BELOW = "below", pgettext_lazy("reach", "Own and below")
    ALL = "all", pgettext_lazy("reach", "All")


ROLE_READS = {
    Role.REP: Scope.TEAM,
    Role.MANAGER: Scope.BELOW,
    Role.ADMIN: Scope.ALL,
    Role.READ_ONLY: Scope.ALL,
    Role.API: Scope.ALL,
}
ROLE_WRITES = {
    Role.REP: Scope.OWN,
    Role.MANAGER: Scope.BELOW,
    Role.ADMIN: Scope.ALL,
    Role.READ_ONLY: Scope.NONE,
    Role.API: Scope.ALL,
}


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.REP)
    reads = models.CharField(_("may read"), max_length=8, choices=Scope, blank=True, help_text=_("Empty: as the role."))
    writes = models.CharField(
        _("may change"), max_length=8, choices=Scope, blank=True, help_text=_("Empty: as the role.")
    )
    language = models.CharField(_("language"), max_length=10, blank=True)
    theme = models.CharField(_("theme"), max_length=8, blank=True)
    has_shortcuts = models.BooleanField(_("keyboard shortcuts"), default=True)
    unread_alerts = models.PositiveIntegerField(default=0, editable=False)  # recounted whenever one comes or is read
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="user_email_ci"),
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="user_external_id"),
        ]
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def reading(self) -> Scope:
        return Scope(self.reads or ROLE_READS[Role(self.role)])

    @property
    def writing(self) -> Scope:
        return Scope(self.writes or ROLE_WRITES[Role(self.role)])

    @property
    def is_admin(self) -> bool:
        return self.role == Role.ADMIN

    @property
    def is_manager(self) -> bool:
        return self.role in {Role.ADMIN, Role.MANAGER}

    # What Django's admin asks. It is a read-only window, so viewing is all there is.
    @property
    def is_staff(self) -> bool:
        return self.is_admin

    def has_perm(self, perm: str, obj: object = None) -> bool:
        return self.is_active and self.is_admin and "view_" in perm

    def has_module_perms(self, app_label: str) -> bool:
        return self.is_active and self.is_admin


class Team(models.Model):
    name = models.CharField(_("name"), max_length=120)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    position = models.PositiveIntegerField(default=0)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)

    class Meta:
        ordering = ["position", "name", "id"]
        constraints = [
            models.UniqueConstraint("external_id", condition=~Q(external_id=""), name="team_external_id"),
        ]

    def __str__(self) -> str:
        return self.name


class DateRange(Func):
    function = "daterange"
    output_field = DateRangeField()


class MembershipQuerySet(models.QuerySet["Membership"]):
    def on(self, day: date) -> "MembershipQuerySet":
        return self.filter(Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day)))


class Membership(models.Model):
    """Who is in which team from when until when: one team at a time; `ends_on` is the first day after."""

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    is_manager = models.BooleanField(_("manages the team"), default=False)
    starts_on = models.DateField(_("from"))
    ends_on = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ends_on=None) | Q(ends_on__gt=F("starts_on")), name="membership_order"),
            ExclusionConstraint(
                name="membership_one_team_at_a_time",
                expressions=[
                    (DateRange("starts_on", "ends_on"), RangeOperators.OVERLAPS),
                    ("user", RangeOperators.EQUAL),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} in {self.team}"


class ApiToken(models.Model):
    """A key to the API. Only its SHA-256 is kept; the key itself is shown once, when it is made."""

    user = models.ForeignKey(User, models.CASCADE, related_name="tokens")
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(max_length=12, editable=False)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, editable=False)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name

    @staticmethod
    def digest_of(key: str) -> str:
        return hashlib.sha256(key.encode()).hexdigest()

    @classmethod
    def issue(cls, *, user: User, name: str, scopes: list[str], **fields: Any) -> tuple["ApiToken", str]:
        """A new token and its key, which cannot be read again."""
        key = f"pstk_{secrets.token_urlsafe(32)}"
        token = cls.objects.create(
            user=user, name=name, scopes=scopes, prefix=key[:10], digest=cls.digest_of(key), **fields
        )
        return token, key
