"""Some days in a row, as addresses name them."""

from datetime import date, datetime, time
from typing import Any, NamedTuple

from django import forms
from django.utils.translation import gettext as _

from crm.models import Workspace


class Days(NamedTuple):
    """Both included."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first}..{self.last}"


class DaysField(forms.CharField):
    """2026-10-01..2026-12-31"""

    def clean(self, value: Any) -> Days | None:
        first, _dots, last = str(super().clean(value) or "").partition("..")
        try:
            return Days(date.fromisoformat(first), date.fromisoformat(last)) if first else None
        except ValueError:
            raise forms.ValidationError(_("Two days are needed, like 2026-10-01..2026-12-31.")) from None


def instants(first: date, last: date) -> tuple[datetime, datetime]:
    """The first of one day and the last of the other, in the workspace's time zone."""
    zone = Workspace.current().zone
    return datetime.combine(first, time.min, zone), datetime.combine(last, time.max, zone)
