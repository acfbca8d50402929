"""Who works here, what they may, and in which team they are since when."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Prefetch
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from crm import actions, wording
from crm.access import admin_only
from crm.forms import MoveForm, NewUserForm, SetPasswordForm, UserForm
from crm.models import Event, Membership, User, Workspace
from crm.request import SignedInRequest
from crm.views.answers import attempt, show

HISTORY = 20


@admin_only
def people(request: SignedInRequest) -> HttpResponse:
    """Everybody by name; with `?left` those who no longer work here."""
    today = Membership.objects.on(Workspace.current().today).select_related("team")
    shown = User.objects.filter(is_active="left" not in request.GET)
    rows = shown.prefetch_related(Prefetch("memberships", today, "now"))
    left = User.objects.filter(is_active=False).count()
    return show(request, "crm/people.html", section="people", people=rows, left=left)


@admin_only
@sensitive_post_parameters()
def person_new(request: SignedInRequest) -> HttpResponse:
    form = NewUserForm(request.POST or None)
    if form.is_valid() and (made := attempt(form, _welcome, by=request.user, **form.cleaned_data)):
        messages.success(request, _("Added %(name)s.") % {"name": made.name})
        return redirect("crm:people")
    return show(request, "crm/person-new.html", section="people", form=form)


@transaction.atomic
def _welcome(*, by: User, team: Any, is_manager: bool, **fields: Any) -> User:
    made = actions.create_user(by=by, **fields)
    if team:
        actions.join_team(made, team=team, is_manager=is_manager, by=by)
    return made


@admin_only
def person(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(User, pk=pk)
    form = UserForm(request.POST or None, initial={name: getattr(found, name) for name in UserForm.base_fields})
    if form.is_valid() and attempt(form, actions.revise_user, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("crm:person", pk)
    return _person(request, found, form=form)


@admin_only
@require_POST
def person_team(request: SignedInRequest, pk: int) -> HttpResponse:
    """Into another team from a day on, or into none."""
    found = get_object_or_404(User, pk=pk)
    form = MoveForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        if given["team"]:
            actions.join_team(found, by=request.user, **given)
        else:
            actions.leave_team(found, on=given["on"], by=request.user)
        return redirect("crm:person", pk)
    return _person(request, found, move=form)


@admin_only
@require_POST
@sensitive_post_parameters()
def person_password(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(User, pk=pk)
    form = SetPasswordForm(request.POST)
    if form.is_valid() and attempt(form, actions.set_password, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("%(name)s has a new password.") % {"name": found.name})
        return redirect("crm:person", pk)
    return _person(request, found, password=form)


@admin_only
@require_POST
def person_use(request: SignedInRequest, pk: int) -> HttpResponse:
    """Whether they work here. Who does not cannot sign in; what they did stays."""
    found = get_object_or_404(User, pk=pk)
    actions.revise_user(found, is_active=request.POST.get("is_active") == "on", by=request.user)
    return redirect("crm:person", pk)


def _where(found: User) -> dict[str, Any]:
    today = Workspace.current().today
    now = found.memberships.on(today).first()
    return {"on": today} | ({"team": now.team_id, "is_manager": now.is_manager} if now else {})


def _person(request: SignedInRequest, found: User, **forms: Any) -> HttpResponse:
    fields = {name: getattr(found, name) for name in UserForm.base_fields}
    memberships = found.memberships.select_related("team").order_by("-starts_on")
    events = Event.objects.filter(noun="user", object_id=found.pk).select_related("actor").order_by("-pk")[:HISTORY]
    context: dict[str, Any] = {
        "form": UserForm(initial=fields),
        "move": MoveForm(initial=_where(found)),
        "password": SetPasswordForm(),
        "person": found,
        "memberships": memberships,
        "today": Workspace.current().today,
        "history": wording.entries(events),
    }
    return show(request, "crm/person.html", section="people", **(context | forms))
