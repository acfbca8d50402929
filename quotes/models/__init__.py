"""Quotes, and what follows a deal that is won."""

from .answers import Acceptance, QuoteLink, Remark, RemarkKind, Retraction
from .delivery import Assignee, Delivery, DeliveryStep, DeliveryTemplate, Place, TemplateStep
from .documents import Document, DocumentKind, Letterhead, Logo, Paper, Sending, SendingState
from .invoices import Invoice, InvoiceKind, InvoiceLine, InvoiceQuerySet, Method, Payment, Reminder, State, Tone
from .priced import LANGUAGES, DiscountKind, LineKind, PricedDocument, PricedLine
from .quotes import ANSWERS, COUNTING, OPEN, Approval, LineItem, Quote, QuoteQuerySet, Status
from .renewals import FollowMark, Renewal, RenewalKind, RenewalState
from .settings import AfterAcceptance, QuoteSettings, Rounding, Series, SeriesKind

__all__ = [
    "ANSWERS",
    "COUNTING",
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
    "Invoice",
    "InvoiceKind",
    "InvoiceLine",
    "InvoiceQuerySet",
    "Letterhead",
    "LineItem",
    "LineKind",
    "Logo",
    "Method",
    "Paper",
    "Payment",
    "Place",
    "PricedDocument",
    "PricedLine",
    "Quote",
    "QuoteLink",
    "QuoteQuerySet",
    "QuoteSettings",
    "Remark",
    "RemarkKind",
    "Reminder",
    "Renewal",
    "RenewalKind",
    "RenewalState",
    "Retraction",
    "Rounding",
    "Sending",
    "SendingState",
    "Series",
    "SeriesKind",
    "State",
    "Status",
    "TemplateStep",
    "Tone",
]
