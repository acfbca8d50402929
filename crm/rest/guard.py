"""Sent twice, done once (`Idempotency-Key`), and never over somebody else's change (`If-Match`)."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import IdempotencyKey

HEADER = "Idempotency-Key"
KEPT_FOR = timedelta(days=1)
HEADERS = ("ETag", "Location")

Handler = Callable[..., Response]


def guarded(handler: Handler) -> Handler:
    """Of everything that writes: a POST with a key is done once; with If-Match, look and change are one transaction."""

    @wraps(handler)
    def handle(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = request.headers.get(HEADER) if request.method == "POST" else None
        if key is None and "If-Match" not in request.headers:
            return handler(view, request, *args, **kwargs)
        with transaction.atomic():
            if key is None:
                return handler(view, request, *args, **kwargs)
            return _once(_checked(key), request, lambda: handler(view, request, *args, **kwargs))

    return handle


def _once(key: str, request: Request, do: Callable[[], Response]) -> Response:
    """A second request with the key waits at the unique index until the first has ended, then reads what it wrote."""
    digest = _digest(request)
    kept, is_new = IdempotencyKey.objects.get_or_create(
        user_id=request.user.pk or 0, key=key, defaults={"digest": digest}
    )
    if not is_new:
        return _again(kept, digest)
    response = do()
    headers = {name: response[name] for name in HEADERS if name in response}
    kept.answer = {"status": response.status_code, "headers": headers, "body": response.data}
    kept.save(update_fields=["answer"])
    return response


def forget_old_keys() -> int:
    """Drop keys older than a day; returns how many."""
    return IdempotencyKey.objects.filter(created_at__lt=timezone.now() - KEPT_FOR).delete()[0]


def _checked(key: str) -> str:
    if not (key.isascii() and key.isprintable() and 0 < len(key) <= 255):
        raise ValidationError({HEADER: [_("A key has 1 to 255 printable ASCII characters.")]})
    return key


def _digest(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.get_full_path()}\n".encode())
    if not request.content_type.startswith("multipart/"):
        digest.update(request._request.body)
        return digest.hexdigest()
    digest.update(repr(sorted(request.POST.lists())).encode())
    for name, file in sorted(request.FILES.items()):  # read in pieces: a file may be larger than a body may be at once
        digest.update(f"{name} {file.name}\n".encode())
        for chunk in file.chunks():
            digest.update(chunk)
        file.seek(0)
    return digest.hexdigest()


def _again(kept: IdempotencyKey, digest: str) -> Response:
    if kept.digest != digest:
        raise ValidationError({HEADER: [_("This key was used for a different request.")]})
    answer = kept.answer or {}
    return Response(
        answer["body"], status=answer["status"], headers={**answer["headers"], "Idempotent-Replayed": "true"}
    )
