"""A document's bytes as an answer."""

from django.http import HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header

from pipeline.serving import SANDBOX


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
