"""What machines ask: whether this process lives, and whether what it needs does. And the pages for errors."""

from collections.abc import Callable

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from django.views import defaults
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

PROBLEM = "application/problem+json"


@require_safe
@never_cache
def healthz(request: HttpRequest) -> HttpResponse:
    """This process answers. Nothing else is asked."""
    return HttpResponse("ok", content_type="text/plain")


@require_safe
@never_cache
def readyz(request: HttpRequest) -> HttpResponse:
    """503 with the names of what is missing, until Postgres and Redis both answer."""
    missing = [name for name, asks in CHECKS.items() if not _answers(asks)]
    return JsonResponse({"ready": not missing, "missing": missing}, status=503 if missing else 200)


def _answers(asks: Callable[[], object]) -> bool:
    try:
        asks()
    except Exception:  # whatever it was, it does not answer
        return False
    return True


def _ask_postgres() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


CHECKS: dict[str, Callable[[], object]] = {"postgres": _ask_postgres, "redis": lambda: cache.get("readyz")}


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, 403, _("Forbidden")) or defaults.permission_denied(request, exception)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _problem(request, 404, _("Not found")) or defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    return _problem(request, 500, _("Something broke on our side")) or defaults.server_error(request)


def _problem(request: HttpRequest, status: int, title: str) -> HttpResponse | None:
    """Scripts get problem+json, as from every other API address."""
    if not request.path.startswith("/api/"):
        return None
    body = {"type": "about:blank", "title": title, "status": status, "detail": title}
    return JsonResponse(body, status=status, content_type=PROBLEM)
