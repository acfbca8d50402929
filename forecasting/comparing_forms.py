"""Between which two instants."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.forms import Form
from crm.models import Workspace

WRITTEN = "%Y-%m-%dT%H:%M"


def _instant() -> forms.DateTimeInput:
    return forms.DateTimeInput(attrs={"type": "datetime-local", "class": "input input-28"}, format=WRITTEN)


class CompareForm(Form):
    """In the company’s time zone. Empty: from a month ago, until now."""

    since = forms.DateTimeField(label=_("From"), required=False, widget=_instant())
    until = forms.DateTimeField(label=_("Until"), required=False, widget=_instant())

    @classmethod
    def of(cls, query: Any) -> "CompareForm":
        now = timezone.now()
        usual = {"since": now - timedelta(days=30), "until": now}
        zone = Workspace.current().zone
        shown = {name: instant.astimezone(zone).strftime(WRITTEN) for name, instant in usual.items()}
        form = cls({name: query.get(name) or text for name, text in shown.items()})
        form.usual = {name: usual[name] for name in usual if not query.get(name)}
        return form

    usual: dict[str, datetime]  # what was not asked for

    @property
    def instants(self) -> tuple[datetime, datetime]:
        """The earlier and the later one; what is not understood is as usual."""
        zone = Workspace.current().zone
        self.is_valid()
        read = {name: _in(self.cleaned_data.get(name), zone) for name in self.fields}
        first, last = sorted(self.usual.get(name) or read[name] or timezone.now() for name in self.fields)
        return first, last


def _in(instant: datetime | None, zone: Any) -> datetime | None:
    return instant and instant.replace(tzinfo=zone)
