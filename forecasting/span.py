"""Between which two instants the forecast's changes are asked about."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.calendar import fiscal_calendar
from crm.forms import Form
from crm.models import Workspace
from crm.moment import JUST_BEFORE, BadMoment
from crm.past import moment_of
from crm.periods import Period
from forecasting.forms import Asked

NOT_AN_INSTANT = _("“%(text)s” is not a day or a moment up to now, like 2026-10-01 or 2026-10-01T14:30.")


@dataclass(frozen=True, slots=True)
class Span:
    """`params` are what the address said of it."""

    since: datetime
    until: datetime
    params: dict[str, str]


def read_since(text: str) -> datetime:
    """A day is its beginning. Raises BadMoment."""
    moment = moment_of(text)
    return _beginning(moment.day) if moment.is_whole_day else moment.at


def read_until(text: str) -> datetime:
    """A day is its end, today as far as it has come. Raises BadMoment."""
    return moment_of(text).at


def usual_span(period: Period, as_of: str = "") -> tuple[datetime, datetime]:
    """From the period's beginning until now or its end; of a period to come, from the beginning of today's quarter."""
    today, now = Workspace.current().today, timezone.now()
    try:
        until = read_until(as_of) if as_of else now
    except BadMoment:
        until = now
    start = period.start if period.start <= today else fiscal_calendar().period_of("quarter", today).start
    until = min(until, _beginning(period.end))
    return min(_beginning(start), until), until


def _beginning(day: Any) -> datetime:
    """Just before a day begins, in the company's zone: what was done in the day is not yet known."""
    return datetime.combine(day, time(), Workspace.current().zone) - JUST_BEFORE


class SpanForm(Form):
    """`?since=2026-10-01&until=2026-11-22`, days or instants; by default the period so far."""

    since = forms.CharField(label=_("Since"), required=False, max_length=40)
    until = forms.CharField(label=_("Until"), required=False, max_length=40)

    def clean_since(self) -> datetime | None:
        return self._read("since", read_since)

    def clean_until(self) -> datetime | None:
        return self._read("until", read_until)

    def _read(self, name: str, read: Any) -> datetime | None:
        if not (text := self.cleaned_data[name]):
            return None
        try:
            return read(text)  # type: ignore[no-any-return]
        except BadMoment:
            raise forms.ValidationError(NOT_AN_INSTANT, params={"text": text}) from None

    def clean(self) -> dict[str, Any]:
        known = self.cleaned_data
        if known.get("since") and known.get("until") and known["since"] >= known["until"]:
            self.add_error("until", _("The end must come after the beginning."))
        return known

    def span(self, asked: Asked) -> Span:
        """What was asked; the usual where it was not understood."""
        since, until = usual_span(asked.period, asked.as_of)
        if not self.is_valid():
            return Span(since, until, {})
        since = self.cleaned_data["since"] or since
        until = self.cleaned_data["until"] or max(until, since + timedelta(microseconds=1))
        params = {name: self.data[name] for name in ("since", "until") if self.data.get(name)}
        return Span(min(since, until), until, params)
