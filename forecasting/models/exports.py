"""Files that a worker has written for somebody: long exports."""

import secrets
from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone


def place_of_its_own() -> str:
    """Where a new file goes: below settings.FILES, under a name nobody can guess."""
    return f"exports/{secrets.token_hex(24)}"


class Export(models.Model):
    """The deals beneath one number of the forecast, as `query` asked for it. Only `by` may fetch it."""

    by = models.ForeignKey("crm.User", models.CASCADE, related_name="+")
    job = models.OneToOneField("crm.Job", models.CASCADE, related_name="export")
    row = models.CharField(max_length=60)
    measure = models.CharField(max_length=12)
    query = models.TextField(blank=True)
    form = models.CharField(max_length=4)  # csv or xlsx
    name = models.CharField(max_length=200)
    place = models.CharField(max_length=60, unique=True, default=place_of_its_own, editable=False)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.name

    @property
    def path(self) -> Path:
        return Path(settings.FILES) / self.place
