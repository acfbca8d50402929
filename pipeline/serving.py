"""A file's bytes as an answer: nothing in them can run as ours, whatever a browser makes of them."""

from typing import Any

from django.http import FileResponse, HttpRequest, HttpResponse
from django.utils.cache import get_conditional_response

from pipeline.models import DealFile

SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; sandbox"


def served(request: HttpRequest, file: DealFile) -> HttpResponse:
    """To be saved; with `?inline` an image or a PDF is shown, walled off from everything else."""
    shown = file.is_shown_inline and "inline" in request.GET
    response: Any = FileResponse(
        file.path.open("rb"), as_attachment=not shown, filename=file.name, content_type=file.content_type
    )
    response.headers["Content-Security-Policy"] = SANDBOX
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["ETag"] = etag = f'"{file.sha256}"'
    return get_conditional_response(request, etag=etag, response=response) or response
