"""How the settings write currencies and rates."""

from decimal import Decimal

from babel.numbers import format_decimal, get_currency_name
from django import template

from crm.templatetags.penstock import locale

register = template.Library()


@register.filter
def currency_name(code: str) -> str:
    """EUR is Euro, or Евро."""
    return get_currency_name(code, locale=locale())


@register.filter
def exact(value: Decimal) -> str:
    """Every digit that is kept, but no needless zeros: 1.0823."""
    return format_decimal(value.normalize(), "#,##0.##########", locale=locale())
