"""A document's bytes as an answer."""

from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from pipeline.serving import SANDBOX
from quotes.documents import Data, document_for, document_of
from quotes.models import Quote
from quotes.previews import digest_of, page_images
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


def served_quote(request: HttpRequest, quote: Quote) -> HttpResponse:
    """The PDF that was sent; of a draft, how it would look now. Raises Refused if a font is missing."""
    if kept := document_for(quote):
        return served(request, kept.path.read_bytes(), "application/pdf", tag=kept.sha256, name=kept.name)
    data = document_of(quote)
    return served(request, typeset(data), "application/pdf", tag=digest_of(data), name=f"{quote}.pdf")


def served_page(request: HttpRequest, data: Data, number: int) -> HttpResponse:
    """A page as an image; `X-Pages` says how many there are."""
    images = page_images(data)
    if not 1 <= number <= len(images):
        raise Http404
    response = served(request, images[number - 1], "image/png", tag=f"{digest_of(data)}-{number}")
    response.headers["X-Pages"] = str(len(images))
    return response
