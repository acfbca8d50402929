"""The template tags of every page: icons, avatars, money and dates."""

import re
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from babel import Locale
from babel.dates import format_date, format_skeleton, format_timedelta
from babel.numbers import format_compact_currency, format_currency, format_decimal, format_percent
from django import template
from django.templatetags.static import static
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

register = template.Library()
MINUS = "\N{MINUS SIGN}"


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    return Locale.parse(language.replace("-hans", "_Hans").replace("-", "_") if language else "en")


def locale() -> Locale:
    return _locale(get_language() or "en")


@lru_cache(maxsize=512)
def _icon(name: str, size: int) -> SafeString:
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" aria-hidden="true"><use href="{1}#i-{2}"></use></svg>',
        size,
        static("icons.svg"),
        name,
    )


@register.simple_tag
def icon(name: str, size: int = 16) -> SafeString:
    return _icon(name, size)


@register.filter
def initials(name: object) -> str:
    words = str(name).split()
    return "".join(word[0] for word in (words[:1] + words[-1:] if len(words) > 1 else words[:1])).upper()


@register.filter
def tint(person: Any) -> int:
    """One of twelve quiet colours, always the same for a person."""
    return int(getattr(person, "pk", None) or 0) * 5 % 12


@register.simple_tag
def avatar(person: Any, size: str = "") -> SafeString:
    return format_html(
        '<span class="avatar tint-{}{}" title="{}" aria-hidden="true">{}</span>',
        tint(person),
        f" {size}" if size else "",
        person.name,
        initials(person.name),
    )


@lru_cache(maxsize=20_000)
def _money(amount: Decimal, currency: str, with_cents: bool, locale: Locale) -> str:
    if with_cents:
        text = format_currency(amount, currency, locale=locale)
    else:
        text = format_currency(round(amount), currency, _whole_pattern(locale), locale, currency_digits=False)
    return readable(text)


def readable(text: str) -> str:
    """A true minus, a small k for thousands, and a space between letters and digits: CHF 14,800."""
    return re.sub(r"([^\W\d_])(?=\d)", "\\1\N{NO-BREAK SPACE}", re.sub(r"(?<=\d)K", "k", text)).replace("-", MINUS)


@lru_cache
def _whole_pattern(locale: Locale) -> str:
    pattern: str = locale.currency_formats["standard"].pattern
    return pattern.replace(".00", "")


@register.filter
def money(amount: Decimal | None, currency: str = "EUR") -> str:
    """Exact, in cents where there are any: €1,234.56, €1,200."""
    if amount is None:
        return "–"
    return _money(amount, currency, amount != amount.to_integral_value(), locale())


@register.filter
def money_cents(amount: Decimal | None, currency: str = "EUR") -> str:
    return "–" if amount is None else _money(amount, currency, True, locale())


@lru_cache(maxsize=20_000)
def _compact(amount: Decimal, currency: str, locale: Locale) -> str:
    if abs(amount) < 1000:
        return _money(amount, currency, False, locale)
    digits = 2 if abs(amount) >= 1_000_000 else 0
    return readable(format_compact_currency(amount, currency, locale=locale, fraction_digits=digits))


@register.filter
def compact_money(amount: Decimal | None, currency: str = "EUR") -> str:
    """For heads and axes: €354k, €1.90M."""
    return "–" if amount is None else _compact(amount, currency, locale())


@register.filter
def whole(amount: Decimal | int | None) -> str:
    """Table figures: whole units, a true minus, – for nothing."""
    if amount is None:
        return "–"
    return format_decimal(round(amount), locale=locale()).replace("-", MINUS)


@register.filter
def cents(amount: Decimal | None, digits: int = 2) -> str:
    """1,200.00, or with as many `digits` as its currency has."""
    pattern = "#,##0." + "0" * digits
    return "–" if amount is None else format_decimal(amount, pattern, locale=locale()).replace("-", MINUS)


@register.filter
def percent(ratio: Decimal | float | None, digits: int = 0) -> str:
    """A ratio (0.546) as 55%; never clamped."""
    if ratio is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return format_percent(ratio, pattern, locale=locale()).replace("-", MINUS)


@register.filter
def plain_percent(value: Decimal, digits: int = 2) -> str:
    """A percentage as stored (35.00) without needless zeros: 35."""
    return format_decimal(value, "#,##0." + "#" * digits, locale=locale())


@register.filter
def day(value: date | datetime | None, skeleton: str = "dMMM") -> str:
    """18 Nov; with another year also that."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    if skeleton == "full":
        return format_date(value, "long", locale=locale())
    if value.year != timezone.localdate().year and "y" not in skeleton:
        skeleton = "y" + skeleton
    return _day(value, skeleton, locale())


@lru_cache(maxsize=20_000)
def _day(value: date, skeleton: str, locale: Locale) -> str:
    if locale.language == "en":  # 18 Nov, not Nov 18: the order of everyone but one
        order = {
            "dMMM": "d MMM",
            "ydMMM": "d MMM y",
            "yMMMd": "d MMM y",
            "EdMMM": "EEE d MMM",
            "yEdMMM": "EEE d MMM y",
            "yMMMM": "MMMM y",
        }
        return format_date(value, order.get(skeleton, skeleton), locale=locale)
    return format_skeleton(skeleton, value, locale=locale)


@register.filter
def instant(value: datetime) -> str:
    """Day and time in the company's zone: 18 Nov 2026, 14:05."""
    local = timezone.localtime(value)
    return f"{day(local.date(), 'ydMMM')}, {local:%H:%M}"


@register.filter
def get(mapping: Any, key: Any) -> Any:
    return mapping.get(key) if mapping else None


@register.filter
def age(at: datetime) -> int:
    """How many seconds since."""
    return round((timezone.now() - at).total_seconds())


@register.simple_tag
def ago(at: datetime) -> str:
    """How long since, in words: 4 s ago, 2 hours ago."""
    since = timezone.now() - at
    if since.total_seconds() < 60:
        return _("%(seconds)d s ago") % {"seconds": max(1, round(since.total_seconds()))}
    return format_timedelta(-since, threshold=1, add_direction=True, locale=locale())
