"""Periods in words, in the reader's language."""

from datetime import date

from babel.dates import format_interval, format_skeleton, get_month_names, get_quarter_names
from django.utils.translation import gettext as _

from crm.periods import Period
from crm.templatetags.penstock import day, locale


def month_label(first: date) -> str:
    """Nov 2026"""
    return str(format_skeleton("yMMM", first, locale=locale()))


def period_label(period: Period) -> str:
    """Nov 2026, Q4 2026, 2026, FY 2027 where fiscal years do not begin in January, Jul – Dec 2026.

    What lies in a short year is called by its months.
    """
    if period.kind == "month":
        return month_label(period.start)
    if period.kind == "quarter" and not period.in_short_year:
        # Written as the calendar quarter of the same number: languages differ in how.
        stand_in = date(period.fiscal_year, period.quarter * 3, 1)
        return str(format_skeleton("yQQQ", stand_in, locale=locale()))
    if period.kind == "year" and not period.in_short_year:
        year = str(period.fiscal_year)
        return year if period.fiscal_start == 1 else _("FY %(year)s") % {"year": year}
    months = str(format_interval(period.start, period.last_day, "yMMM", locale=locale()))
    return _("%(months)s, short year") % {"months": months} if period.kind == "year" else months


def short_label(period: Period) -> str:
    """Nov or Q4, where the year stands beside it."""
    if period.kind == "quarter" and period.in_short_year:
        return str(format_interval(period.start, period.last_day, "MMM", locale=locale()))
    if period.kind == "quarter":
        return str(get_quarter_names("abbreviated", "stand-alone", locale=locale())[period.quarter])
    return str(get_month_names("abbreviated", "stand-alone", locale=locale())[period.start.month])


def span(period: Period) -> str:
    """1 Oct 2026 – 31 Dec 2026"""
    return f"{day(period.start, 'ydMMM')} – {day(period.last_day, 'ydMMM')}"
