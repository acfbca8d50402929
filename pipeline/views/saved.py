"""Saved views: kept, changed, shared, opened with; and folded columns."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access import reach_of
from crm.errors import Refused
from crm.request import SignedInRequest, next_page
from crm.views.answers import attempt
from pipeline.bar import address_of, place_of
from pipeline.forms import ViewForm
from pipeline.models import Pipeline, SavedView, Screen
from pipeline.saving import delete_view, fold_column, open_with, revise_view, save_view
from pipeline.views.answers import dialog, go


@login_required
def view_new(request: SignedInRequest) -> HttpResponse:
    """Keep the query of `screen` (and `pipeline`) by a name. GET is the form."""
    asked = request.POST or request.GET
    screen = _screen(asked.get("screen", ""))
    pipeline = get_object_or_404(Pipeline, pk=asked.get("pipeline")) if screen == Screen.BOARD else None
    form = ViewForm(request.POST or None, reach=reach_of(request.user))
    if form.is_valid():
        facts = {"screen": screen, "pipeline": pipeline, "query": asked.get("query", ""), **form.facts()}
        if view := attempt(form, save_view, by=request.user, **facts):
            return _opened(request, view, form)
    hidden = [(name, asked.get(name, "")) for name in ("screen", "pipeline", "query")]
    return dialog(request, "pipeline/view.html", form=form, hidden=hidden, back=place_of(screen, pipeline))


@login_required
def view(request: SignedInRequest, pk: int) -> HttpResponse:
    """Its name, and whom it is shared with. GET is the form."""
    found = _mine(request, pk)
    form = ViewForm(request.POST or None, initial=_facts_of(found), reach=reach_of(request.user))
    if form.is_valid() and (revised := attempt(form, revise_view, found, by=request.user, **form.facts())):
        return _opened(request, revised, form)
    return dialog(request, "pipeline/view.html", form=form, view=found, back=address_of(found))


@login_required
@require_POST
def view_query(request: SignedInRequest, pk: int) -> HttpResponse:
    """The view keeps another `query` from now on."""
    revised = revise_view(_mine(request, pk), query=request.POST.get("query", ""), by=request.user)
    return go(request, address_of(revised))


@login_required
@require_POST
def view_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _mine(request, pk)
    delete_view(found, by=request.user)
    return go(request, place_of(found.screen, found.pipeline))


@login_required
@require_POST
def view_opening(request: SignedInRequest) -> HttpResponse:
    """`screen` opens with `view`; without one as usual."""
    screen, number = _screen(request.POST.get("screen", "")), request.POST.get("view", "")
    views = SavedView.objects.visible_to(reach_of(request.user)).filter(screen=screen)
    found = get_object_or_404(views, pk=number) if number.isdecimal() else None
    open_with(found, screen=screen, by=request.user)
    return go(request, next_page(request, address_of(found) if found else place_of(screen, None)))


@login_required
@require_POST
def board_folding(request: SignedInRequest, pipeline: int) -> HttpResponse:
    """`column` is drawn as a narrow strip, if `folded`; otherwise in full."""
    fold_column(request.POST.get("column", "")[:20], is_folded="folded" in request.POST, by=request.user)
    if request.headers.get("X-Board"):
        return HttpResponse(status=204)
    return redirect(next_page(request, reverse("pipeline:board", args=[pipeline])))


def _screen(name: str) -> str:
    if name not in Screen:
        raise Refused(screen=_("There is no such screen."))
    return name


def _mine(request: SignedInRequest, pk: int) -> SavedView:
    return get_object_or_404(SavedView.objects.editable_by(reach_of(request.user)).select_related("pipeline"), pk=pk)


def _facts_of(found: SavedView) -> dict[str, Any]:
    return {"name": found.name, "sharing": found.sharing, "team": found.team_id}


def _opened(request: SignedInRequest, view: SavedView, form: ViewForm) -> HttpResponse:
    if form.cleaned_data["opens"]:
        open_with(view, screen=view.screen, by=request.user)
    return go(request, address_of(view))
