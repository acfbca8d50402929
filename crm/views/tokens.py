"""Keys to the API: one's own for everyone, everybody's for administrators."""

from datetime import datetime, time
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from crm import actions
from crm.forms import TokenForm
from crm.models import ApiToken, Workspace
from crm.request import SignedInRequest
from crm.views.answers import attempt, show

RESOURCES: list[tuple[str, Any]] = [
    ("*", _("Everything")),
    ("deals", _("Deals and activities")),
    ("companies", _("Companies")),
    ("contacts", _("Contacts")),
    ("pipelines", _("Pipelines, stages, reasons")),
    ("quotes", _("Quotes and invoices")),
    ("products", _("Products")),
    ("custom-fields", _("Custom fields")),
    ("views", _("Saved views")),
    ("quotas", _("Quotas")),
    ("forecast", _("Forecast")),
    ("reports", _("Reports")),
    ("users", _("People and teams")),
    ("exchange-rates", _("Exchange rates")),
    ("events", _("Event feed")),
]
SCOPES = [(f"{name}:{right}", f"{name}:{right}") for name, _label in RESOURCES for right in ("read", "write")]


@login_required
@never_cache
def tokens(request: SignedInRequest) -> HttpResponse:
    """A POST issues a token; its key is in that answer and nowhere else."""
    form = TokenForm(request.POST or None, scopes=SCOPES)
    issued: tuple[ApiToken, str] | None = None
    if form.is_valid():
        issued = attempt(form, actions.issue_token, user=request.user, by=request.user, **_given(form))
    if issued:
        form = TokenForm(scopes=SCOPES)
    return show(
        request, "crm/tokens.html", section="tokens", form=form, issued=issued, resources=RESOURCES,
        ticked=form["scopes"].value() or [], tokens=_mine(request).select_related("user"), now=timezone.now(),
    )  # fmt: skip


@login_required
@require_POST
def token_revoke(request: SignedInRequest, pk: int) -> HttpResponse:
    actions.revoke_token(get_object_or_404(_mine(request), pk=pk), by=request.user)
    return redirect("crm:tokens")


def _mine(request: SignedInRequest) -> QuerySet[ApiToken]:
    return ApiToken.objects.all() if request.user.is_admin else ApiToken.objects.filter(user=request.user)


def _given(form: TokenForm) -> dict[str, Any]:
    """The day named is the last on which the key works."""
    given = dict(form.cleaned_data)
    last = given.pop("expires_on")
    expires_at = datetime.combine(last, time.max, Workspace.current().zone) if last else None
    return given | {"expires_at": expires_at}
