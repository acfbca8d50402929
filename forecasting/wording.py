"""Periods and moments in words, in the reader's language."""

from datetime import datetime

from babel.dates import format_timedelta
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.period_words import month_label, period_label, short_label, span
from crm.templatetags.penstock import locale
from forecasting.counting import families
from forecasting.types import ForecastType, types_of

__all__ = ["ago", "measure_label", "month_label", "period_label", "short_label", "span", "type_label"]


def measure_label(measure: str) -> str:
    """What a column of the table is called."""
    labels = {
        "quota": _("Quota"),
        "won": _("Won"),
        "gap": _("Gap"),
        "attainment": _("Attainment"),
        "open": _("Pipeline"),
        "weighted": _("Weighted"),
        "commit": _("Commit"),
        "best_case": _("Best case"),
        "coverage": _("Coverage"),
        "forecast": _("Forecast"),
    }
    return labels[measure]


def ago(moment: datetime) -> str:
    """2 min ago"""
    passed = moment - timezone.now()
    text = str(format_timedelta(passed, add_direction=True, format="short", threshold=1.2, locale=locale()))
    return text.replace(".", "") if locale().language == "en" else text  # min, not min.


def type_label(type: ForecastType) -> str:
    """Revenue, Number of deals, Pumps, Pumps: number of deals."""
    if not type.family:
        return _("Number of deals") if type.is_count else _("Revenue")
    return _("%(family)s: number of deals") % {"family": type.family} if type.is_count else type.family


def types_offered() -> list[tuple[str, str]]:
    """Every forecast type there is a choice of: its key and its name."""
    return [(each.key, type_label(each)) for each in types_of(families())]
