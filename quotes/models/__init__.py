"""Quotes, and what follows a deal that is won."""

from .quotes import LANGUAGES, OPEN, Approval, DiscountKind, LineItem, LineKind, Quote, QuoteQuerySet, Status
from .settings import AfterAcceptance, QuoteSettings, Rounding, Series, SeriesKind

__all__ = [
    "LANGUAGES",
    "OPEN",
    "AfterAcceptance",
    "Approval",
    "DiscountKind",
    "LineItem",
    "LineKind",
    "Quote",
    "QuoteQuerySet",
    "QuoteSettings",
    "Rounding",
    "Series",
    "SeriesKind",
    "Status",
]
