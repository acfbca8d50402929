"""Around every request: the workspace, the language, and errors of the verbs as answers."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.errors import Conflict, Refused
from crm.request import current_workspace, surroundings

Handler = Callable[[HttpRequest], HttpResponse]
PROBES = {"/healthz", "/readyz"}


def locale_and_zone(get_response: Handler) -> Handler:
    """Dates on pages are in the company's zone; the language is the user's, else the browser's, else the company's."""

    def handle(request: HttpRequest) -> HttpResponse:
        if request.path in PROBES or request.path.startswith("/static/"):
            return get_response(request)
        query = request.META.get("QUERY_STRING", "")
        request.META["QUERY_STRING"] = query.replace("%00", "%20")  # the database takes no NUL
        via = "api" if request.path.startswith("/api/") else "ui"
        with surroundings(via=via, ip=request.META.get("REMOTE_ADDR", "")):
            workspace = current_workspace()
            with timezone.override(workspace.zone), translation.override(_language(request, workspace.language)):
                return get_response(request)

    return handle


def _language(request: HttpRequest, fallback: str) -> str:
    chosen = request.COOKIES.get("language")
    if chosen and translation.check_for_language(chosen):
        return chosen
    if request.META.get("HTTP_ACCEPT_LANGUAGE"):
        return translation.get_language_from_request(request)
    return fallback


def problems(get_response: Handler) -> Handler:
    """A verb that refused becomes 422, one that met somebody else's change 409: JSON for scripts, a page for people."""

    def handle(request: HttpRequest) -> HttpResponse:
        return get_response(request)

    def process_exception(request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Refused | Conflict):
            return None
        return refusal(request, error)

    handle.process_exception = process_exception  # type: ignore[attr-defined]
    return handle


def refusal(request: HttpRequest, error: Refused | Conflict) -> HttpResponse:
    errors = error.errors if isinstance(error, Refused) else {}
    if request.headers.get("HX-Request") or "json" in request.headers.get("Accept", ""):
        return JsonResponse({"detail": str(error), "errors": errors}, status=error.status)
    context = {"title": _("That did not work"), "error": error, "errors": errors}
    return render(request, "crm/refused.html", context, status=error.status)
