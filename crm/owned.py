"""Fields shared by every record that somebody answers for."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Owned(models.Model):
    owner = models.ForeignKey("crm.User", models.PROTECT, related_name="+", verbose_name=_("owner"))
    team = models.ForeignKey(
        "crm.Team", models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("team")
    )
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        abstract = True


class Customised(Owned):
    """Also with the fields that the company added: `custom` maps the key of each to its value (crm/custom/kinds.py)."""

    custom: models.JSONField = models.JSONField(default=dict, editable=False)

    class Meta:
        abstract = True
