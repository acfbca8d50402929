"""How the settings write currencies and rates."""

from decimal import Decimal

from babel.numbers import format_currency, format_decimal, get_currency_name
from django import template

from crm.money import round_to
from crm.templatetags.penstock import locale, money_cents, readable

register = template.Library()


@register.filter
def currency_name(code: str) -> str:
    """EUR is Euro, or Евро."""
    return get_currency_name(code, locale=locale())


@register.filter
def exact(value: Decimal) -> str:
    """Every digit that is kept, but no needless zeros: 1.0823."""
    return format_decimal(value.normalize(), "#,##0.##########", locale=locale())


@register.filter
def price(amount: Decimal | None, currency: str = "EUR") -> str:
    """In cents, and in parts of a cent where there are any: €1,250.00, €0.125."""
    if amount is None or amount == round_to(amount, 2):
        return money_cents(amount, currency)
    return readable(format_currency(amount, currency, locale=locale(), decimal_quantization=False))
