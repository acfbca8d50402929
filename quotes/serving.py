"""A document's bytes as an answer."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from pipeline.serving import SANDBOX
from quotes.billing import document_for_invoice, invoice_document_of
from quotes.documents import Data, document_for, document_of
from quotes.keeping import made
from quotes.models import Document, Invoice, Quote
from quotes.previews import digest_of, page_image
from quotes.typesetting import typeset


def served(request: HttpRequest, content: bytes, content_type: str, *, tag: str, name: str = "") -> HttpResponse:
    """Walled off from everything else; what the browser has already (`tag`) is not sent again."""
    response = HttpResponse(content, content_type=content_type)
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = etag = f'"{tag}"'
    if name:
        response.headers["Content-Disposition"] = content_disposition_header(False, name) or ""
    return get_conditional_response(request, etag=etag, response=response) or response


def served_document(request: HttpRequest, document: Document) -> HttpResponse:
    """The file that is kept. Raises FontMissing."""
    kept = made(document)
    return served(request, kept.path.read_bytes(), "application/pdf", tag=kept.sha256, name=kept.name)


def served_quote(request: HttpRequest, quote: Quote) -> HttpResponse:
    """The PDF that was sent; of a draft, how it would look now. Raises FontMissing."""
    kept = document_for(quote)
    return served_document(request, kept) if kept else _served_draft(request, document_of(quote), str(quote))


def served_invoice(request: HttpRequest, invoice: Invoice) -> HttpResponse:
    """The PDF that was issued; of a draft, how it would look now. Raises FontMissing."""
    kept = document_for_invoice(invoice)
    return served_document(request, kept) if kept else _served_draft(request, invoice_document_of(invoice), _("Draft"))


def served_reminder(request: HttpRequest, invoice: Invoice, level: int) -> HttpResponse:
    """As its customer got it. Those of long ago had none."""
    reminder = get_object_or_404(invoice.reminders.select_related("document"), level=level)
    if reminder.document is None:
        raise Http404
    return served_document(request, reminder.document)


def _served_draft(request: HttpRequest, data: Data, name: str) -> HttpResponse:
    return served(request, typeset(data), "application/pdf", tag=digest_of(data), name=f"{name}.pdf")


def served_page(request: HttpRequest, data: Data, number: int) -> HttpResponse:
    """A page as an image; `X-Pages` says how many there are."""
    image, count = page_image(data, number)
    if image is None:
        raise Http404
    response = served(request, image, "image/png", tag=f"{digest_of(data)}-{number}")
    response.headers["X-Pages"] = str(count)
    return response
