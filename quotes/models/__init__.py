"""Quotes, and what follows a deal that is won."""

from .answers import Acceptance, QuoteLink, Remark, RemarkKind
from .documents import Document, DocumentKind, Letterhead, Paper, Sending, SendingState
from .quotes import LANGUAGES, OPEN, Approval, DiscountKind, LineItem, LineKind, Quote, QuoteQuerySet, Status
from .settings import AfterAcceptance, QuoteSettings, Rounding, Series, SeriesKind

__all__ = [
    "LANGUAGES",
    "OPEN",
    "Acceptance",
    "AfterAcceptance",
    "Approval",
    "DiscountKind",
    "Document",
    "DocumentKind",
    "Letterhead",
    "LineItem",
    "LineKind",
    "Paper",
    "Quote",
    "QuoteLink",
    "QuoteQuerySet",
    "QuoteSettings",
    "Remark",
    "RemarkKind",
    "Rounding",
    "Sending",
    "SendingState",
    "Series",
    "SeriesKind",
    "Status",
]
