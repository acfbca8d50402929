"""Any error as problem+json (RFC 9457): type, title, status, detail, and for bad input `errors` by field."""

import logging
from http import HTTPStatus
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.signals import got_request_exception
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from crm.errors import Conflict, NeedsFields, Refused

PROBLEM = "application/problem+json"
KEPT = {"www-authenticate", "retry-after", "allow"}
logger = logging.getLogger("crm.rest")


class Changed(exceptions.APIException):
    """If-Match names a version that is no longer the newest one."""

    status_code = HTTPStatus.PRECONDITION_FAILED

    def __init__(self, version: int) -> None:
        super().__init__(_("This was changed in the meantime."))
        self.version = version


def problem(error: Exception, context: dict[str, Any]) -> Response:
    from rest_framework.views import exception_handler  # it reads the settings that name this module

    if isinstance(error, Refused):
        return _answer(error.status, _("The request was refused"), str(error), errors=error.errors, **_needed(error))
    if isinstance(error, Conflict):
        changed = {"changed": error.changed} if error.changed else {}
        return _answer(error.status, _("Somebody changed this first"), str(error), **_version(error), **changed)
    if isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    response = exception_handler(error, context)
    if response is None:
        return _broken(error, context["request"])
    if isinstance(error, exceptions.ValidationError):
        errors = by_field(response.data)
        return _answer(422, _("The request was refused"), _sentence(errors), errors=errors)
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    answer = _answer(response.status_code, response.status_text, str(detail or error), **_version(error))
    for name in KEPT & {name.lower() for name in response.headers}:
        answer[name] = response.headers[name]
    return answer


def by_field(data: Any, prefix: str = "") -> dict[str, list[str]]:
    """Nested errors as one flat map: `{"lines.0.quantity": ["…"]}`; "" is the whole."""
    if isinstance(data, list) and not any(isinstance(part, dict | list) for part in data):
        return {prefix: [str(part) for part in data]}
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else []
    flat: dict[str, list[str]] = {}
    for name, inner in pairs:
        if inner:
            path = ".".join(part for part in (prefix, "" if name == "non_field_errors" else str(name)) if part)
            flat |= by_field(inner if isinstance(inner, dict | list) else [inner], path)
    return flat


def _sentence(errors: dict[str, list[str]]) -> str:
    return "; ".join(f"{name}: {text}" if name else text for name, texts in errors.items() for text in texts)


def _needed(error: Refused) -> dict[str, Any]:
    return {"stage": error.stage.pk, "needs": error.fields} if isinstance(error, NeedsFields) else {}


def _version(of: Any) -> dict[str, Any]:
    version = getattr(of, "version", None)
    return {"version": version} if isinstance(version, int) else {}


def _broken(error: Exception, request: Request) -> Response:
    """Our own mistake: logged and signalled as Django would, and told without a page of HTML."""
    logger.error("%s %s", request.method, request.path, exc_info=error)
    got_request_exception.send(sender=None, request=request._request)
    return _answer(500, _("Something broke"), _("Penstock made a mistake. Nothing was changed."))


def _answer(status: int, title: str, detail: str, **extra: Any) -> Response:
    body = {"type": "about:blank", "title": str(title), "status": status, "detail": detail, **extra}
    return Response(body, status=status, content_type=PROBLEM)
