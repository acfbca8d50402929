"""What every API view shares: who is calling, what they may, pages, and errors as problem+json (RFC 9457)."""

from datetime import timedelta
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions, pagination, permissions
from rest_framework.request import Request
from rest_framework.response import Response

from crm.errors import Conflict, Refused
from crm.models import ApiToken, User

PROBLEM = "application/problem+json"
SEEN_EVERY = timedelta(minutes=1)


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer pstk_…`. Only the key's SHA-256 is in the database."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _sep, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        now = timezone.now()
        token = (
            ApiToken.objects.select_related("user")
            .filter(Q(expires_at=None) | Q(expires_at__gt=now), digest=ApiToken.digest_of(key.strip()), revoked_at=None)
            .first()
        )
        if token is None or not token.user.is_active:
            raise exceptions.AuthenticationFailed(_("This token is unknown, expired or revoked."))
        if token.last_used_at is None or now - token.last_used_at > SEEN_EVERY:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SessionAuthentication(authentication.SessionAuthentication):
    """The signed-in browser, with its CSRF token."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasScope(permissions.BasePermission):
    """Signed in; and a token must carry `<resource>:read` or `<resource>:write` (or `*` for the resource).

    A view names its resource in `scope`. A session carries every scope: Reach alone decides there.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        resource = getattr(view, "scope", "")
        right = "read" if request.method in permissions.SAFE_METHODS else "write"
        granted = {f"{resource}:{right}", f"*:{right}"} & set(request.auth.scopes)
        if not granted:
            raise exceptions.PermissionDenied(_("This token lacks the scope “%(scope)s”.") % {"scope": f"{resource}:{right}"})
        return True


class Cursor(pagination.CursorPagination):
    """One envelope for every list: `{"next": …, "previous": …, "results": […]}`; by key, never by offset."""

    ordering = "-id"
    page_size_query_param = "limit"
    max_page_size = 200


def problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """Any error as problem+json: type, title, status, detail, and for bad input `errors` by field."""
    from rest_framework.views import exception_handler  # it reads the settings that name this module

    if isinstance(error, Refused):
        return _answer(error.status, _("The request was refused"), str(error), errors=error.errors)
    if isinstance(error, Conflict):
        return _answer(error.status, _("Somebody changed this first"), str(error), **_versions(error))
    if isinstance(error, DjangoValidationError):
        error = exceptions.ValidationError(error.message_dict if hasattr(error, "error_dict") else error.messages)
    response = exception_handler(error, context)
    if response is None:
        return None
    extra: dict[str, Any] = {}
    detail = response.data.get("detail") if isinstance(response.data, dict) else None
    if isinstance(error, exceptions.ValidationError):
        extra["errors"] = response.data if isinstance(response.data, dict) else {"": response.data}
        detail = _("Some fields are not valid.")
    answer = _answer(response.status_code, response.status_text, str(detail or error), **extra)
    for name, value in response.items():
        if name.lower() in {"www-authenticate", "retry-after", "allow"}:
            answer[name] = value
    return answer


def _versions(error: Conflict) -> dict[str, Any]:
    return {"version": error.current.version} if error.current is not None else {}


def _answer(status: int, title: str, detail: str, **extra: Any) -> Response:
    body = {"type": "about:blank", "title": str(title), "status": status, "detail": detail, **extra}
    return Response(body, status=status, content_type=PROBLEM)
