"""A file on a deal. Its bytes stand below settings.FILES, outside the web root, under a name nobody can guess."""

import secrets
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def place_of_its_own() -> str:
    """Where a new file goes: random, and spread over 256 folders."""
    name = secrets.token_hex(24)
    return f"{name[:2]}/{name}"


class DealFile(models.Model):
    deal = models.ForeignKey("pipeline.Deal", models.CASCADE, related_name="files")
    name = models.CharField(_("name"), max_length=200)
    size = models.PositiveBigIntegerField(_("size"))
    content_type = models.CharField(_("type"), max_length=100)
    sha256 = models.CharField(max_length=64)
    place = models.CharField(max_length=60, unique=True, default=place_of_its_own, editable=False)
    by = models.ForeignKey("crm.User", models.PROTECT, related_name="+", verbose_name=_("by"))
    created_at = models.DateTimeField(default=timezone.now)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["deal", "-created_at", "-id"], name="dealfile_of_deal")]

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(settings.FILES) / self.place

    @property
    def is_shown_inline(self) -> bool:
        """What a browser may show by itself instead of saving it."""
        return self.content_type == "application/pdf" or self.content_type.startswith("image/")
