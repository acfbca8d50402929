"""Who is calling, what their token may do, and how often."""

from datetime import timedelta
from functools import cache
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions, permissions, throttling
from rest_framework.request import Request
from rest_framework.settings import api_settings

from crm.access import reach_of
from crm.counting import counted, seconds_left
from crm.models import ApiToken, User
from crm.rows import columns, first

SEEN_EVERY = timedelta(minutes=1)
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def _token_of(key: str) -> ApiToken | None:
    """The valid token and, on it, its user."""
    found = first(
        f"SELECT {columns(ApiToken, 't')}, {columns(User, 'u')} FROM crm_apitoken t JOIN crm_user u ON u.id = t.user_id"
        " WHERE t.digest = %s AND t.revoked_at IS NULL AND u.is_active"
        " AND (t.expires_at IS NULL OR t.expires_at > now())",
        [ApiToken.digest_of(key)],
        ApiToken,
        User,
    )
    if found is None:
        return None
    token: ApiToken = found[0]
    token.user = found[1]
    return token


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Bearer pstk_…`. Only the key's SHA-256 is in the database."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _sep, key = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = _token_of(key.strip())
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is unknown, expired or revoked."))
        now = timezone.now()
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
    """Signed in; a token must carry `<resource>:read` or `<resource>:write` (or `*` for the resource).

    A view names its resource in `scope`; an empty one asks for none. A session carries every scope.
    Whoever may change nothing at all is told so at once.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        reads = request.method in permissions.SAFE_METHODS
        if isinstance(request.auth, ApiToken) and view.scope:
            wanted = f"{view.scope}:{'read' if reads else 'write'}"
            if wanted not in request.auth.scopes and f"*:{wanted.partition(':')[2]}" not in request.auth.scopes:
                raise exceptions.PermissionDenied(_("This token lacks the scope “%(scope)s”.") % {"scope": wanted})
        if not reads and not reach_of(request.user).may_write:
            raise exceptions.PermissionDenied(_("You may read, but not change anything."))
        return True


@cache
def _parse(rate: str) -> tuple[int, int]:
    count, _sep, period = rate.partition("/")
    return int(count), SECONDS[period[0]]


class Throttle(throttling.BaseThrottle):
    """So many requests of one user in a clock minute: one round trip to Redis. Without Redis nobody is turned away."""

    def allow_request(self, request: Request, view: Any) -> bool:
        rate = api_settings.DEFAULT_THROTTLE_RATES["user"]
        if not rate:
            return True
        limit, seconds = _parse(rate)
        self.seconds_left = seconds_left(seconds)
        return counted(str(request.user.pk), seconds) <= limit

    def wait(self) -> float:
        return self.seconds_left
