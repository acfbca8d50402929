"""Why deals are won and lost."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.Model):
    name = models.CharField(_("name"), max_length=120, unique=True)
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        abstract = True
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class WinReason(Reason):
    pass


class LossReason(Reason):
    asks_competitor = models.BooleanField(_("asks which competitor"), default=False)
