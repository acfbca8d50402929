"""Quotes, and what follows a deal that is won."""

from .answers import Acceptance, QuoteLink, Remark, RemarkKind
from .delivery import Assignee, Delivery, DeliveryStep, DeliveryTemplate, Place, TemplateStep
from .documents import Document, DocumentKind, Letterhead, Logo, Paper, Sending, SendingState
from .quotes import LANGUAGES, OPEN, Approval, DiscountKind, LineItem, LineKind, Quote, QuoteQuerySet, Status
from .renewals import FollowMark, Renewal, RenewalKind, RenewalState
from .settings import AfterAcceptance, QuoteSettings, Rounding, Series, SeriesKind

__all__ = [
    "LANGUAGES",
    "OPEN",
    "Acceptance",
    "AfterAcceptance",
    "Approval",
    "Assignee",
    "Delivery",
    "DeliveryStep",
    "DeliveryTemplate",
    "DiscountKind",
    "Document",
    "DocumentKind",
    "FollowMark",
    "Letterhead",
    "LineItem",
    "LineKind",
    "Logo",
    "Paper",
    "Place",
    "Quote",
    "QuoteLink",
    "QuoteQuerySet",
    "QuoteSettings",
    "Remark",
    "RemarkKind",
    "Renewal",
    "RenewalKind",
    "RenewalState",
    "Rounding",
    "Sending",
    "SendingState",
    "Series",
    "SeriesKind",
    "Status",
    "TemplateStep",
]
