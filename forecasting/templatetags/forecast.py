"""Figures of the forecast and the reports as they are written on pages."""

from datetime import datetime
from decimal import Decimal

from babel.numbers import format_compact_decimal, format_decimal
from django import template

from crm.models import Workspace
from crm.periods import Period
from crm.templatetags.penstock import MINUS, cents, locale, money, percent, whole
from forecasting import wording
from forecasting.types import ForecastType

register = template.Library()
DEALS_DIGITS = 4


@register.filter
def whole_money(amount: Decimal | None, currency: str) -> str:
    """€5,610,000; of deals, which have no currency, 12.5"""
    if amount is None or not currency:
        return number(amount, currency)
    return money(Decimal(round(amount)), currency)


@register.filter
def number(amount: Decimal | None, currency: str) -> str:
    """A figure of the table: whole units of money, deals to a tenth."""
    if amount is None or currency:
        return whole(amount)
    return format_decimal(amount, "#,##0.#", locale=locale()).replace("-", MINUS)


@register.filter
def exact(amount: Decimal | None, currency: str = "EUR") -> str:
    """5,610,000.00: with as many decimals as the company's currency has; deals by their chance have four."""
    if amount is None:
        return "–"
    digits = Workspace.current().currency.digits if currency else DEALS_DIGITS
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(amount, pattern, locale=locale()).replace("-", MINUS)


@register.filter
def foreign(amount: Decimal, currency: str) -> str:
    """CHF 28,000.00"""
    return f"{currency}\N{NO-BREAK SPACE}{format_decimal(amount, '#,##0.00#', locale=locale())}"


@register.filter
def rate(value: Decimal) -> str:
    """1.1486: as it was entered, with at least four decimals."""
    return format_decimal(value, "0.0000######", locale=locale())


@register.filter
def compact(amount: Decimal) -> str:
    """5.61M, 872k: for charts, whose currency is told once."""
    digits = 2 if abs(amount) >= 1_000_000 else 0
    text = format_compact_decimal(round(amount), locale=locale(), fraction_digits=digits)
    return text.replace("K", "k").replace("-", MINUS)


@register.filter
def signed_compact(amount: Decimal) -> str:
    """+4.32M, −38k"""
    return f"+{compact(amount)}" if amount > 0 else compact(amount)


@register.filter
def signed_percent(ratio: Decimal | None) -> str:
    """+4%, −12%"""
    return f"+{percent(ratio)}" if ratio is not None and ratio > 0 else percent(ratio)


@register.filter
def axis(amount: Decimal) -> str:
    """15M, 2.5M, 500k: round values beside a drawing."""
    return str(format_compact_decimal(amount, locale=locale(), fraction_digits=1)).replace("K", "k")


@register.filter
def signed(amount: Decimal) -> str:
    """+5,000 or −60,000"""
    return f"+{whole(amount)}" if amount > 0 else whole(amount)


@register.filter
def signed_cents(amount: Decimal) -> str:
    """+11,747.15 or −6,387.15"""
    return f"+{cents(amount)}" if amount > 0 else cents(amount)


@register.filter
def times(ratio: Decimal | None) -> str:
    """2.7×"""
    return "–" if ratio is None else f"{format_decimal(ratio, '#,##0.0', locale=locale())}×"


@register.filter
def frequency(number: Decimal | None) -> str:
    """How many in a time: 12, 4.3, 0.25; – for nothing."""
    if number is None:
        return "–"
    pattern = "#,##0" if number >= 10 or not number else "#,##0.0" if number >= 1 else "0.00"
    return format_decimal(number, pattern, locale=locale())


@register.filter
def quota_amount(amount: Decimal | None, currency: str | None) -> str:
    """€35,000.00, or a number of deals."""
    return "–" if amount is None else money(amount, currency) if currency else whole(amount)


@register.filter
def type_label(value: ForecastType) -> str:
    return wording.type_label(value)


@register.filter
def period(value: Period) -> str:
    return wording.period_label(value)


@register.filter
def short_period(value: Period) -> str:
    return wording.short_label(value)


@register.filter
def span(value: Period) -> str:
    return wording.span(value)


@register.filter
def ago(value: datetime) -> str:
    return wording.ago(value)
