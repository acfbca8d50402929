"""The tree of teams, and who is in each today."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm import actions
from crm.access import admin_only
from crm.forms import MembershipForm, TeamForm
from crm.models import Membership, Team, User, Workspace
from crm.models.people import MembershipQuerySet
from crm.request import SignedInRequest
from crm.views.answers import attempt, show


class Branch(NamedTuple):
    team: Team
    depth: int
    managers: list[User]
    members: list[User]


@admin_only
def teams(request: SignedInRequest) -> HttpResponse:
    homeless = User.objects.filter(is_active=True).exclude(pk__in=_today().values("user_id"))
    return show(request, "crm/teams.html", section="teams", branches=list(_tree()), homeless=homeless)


@admin_only
def team_new(request: SignedInRequest) -> HttpResponse:
    form = TeamForm(request.POST or None, initial={"parent": request.GET.get("parent")})
    if form.is_valid() and (made := attempt(form, actions.create_team, by=request.user, **form.cleaned_data)):
        messages.success(request, _("Added %(name)s.") % {"name": made.name})
        return redirect("crm:team", made.pk)
    return show(request, "crm/team-new.html", section="teams", form=form)


@admin_only
def team(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    form = TeamForm(request.POST or None, initial={"name": found.name, "parent": found.parent_id})
    if form.is_valid() and attempt(form, actions.revise_team, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("crm:team", pk)
    return _team(request, found, form, MembershipForm(initial={"on": Workspace.current().today}))


@admin_only
@require_POST
def team_members(request: SignedInRequest, pk: int) -> HttpResponse:
    """Put somebody into the team from a day on; they leave the one they were in."""
    found = get_object_or_404(Team, pk=pk)
    form = MembershipForm(request.POST)
    if form.is_valid():
        given = dict(form.cleaned_data)
        if attempt(form, actions.join_team, given.pop("user"), team=found, by=request.user, **given):
            return redirect("crm:team", pk)
    return _team(request, found, TeamForm(initial={"name": found.name, "parent": found.parent_id}), form)


@admin_only
@require_POST
def team_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Team, pk=pk)
    actions.delete_team(found, by=request.user)
    messages.success(request, _("Deleted %(name)s.") % {"name": found.name})
    return redirect("crm:teams")


def _team(request: SignedInRequest, found: Team, form: TeamForm, joining: MembershipForm) -> HttpResponse:
    today = Workspace.current().today
    rows = list(found.memberships.select_related("user").order_by("-is_manager", "user__name", "-starts_on"))
    return show(
        request, "crm/team.html", section="teams", team=found, form=form, joining=joining, today=today,
        kept_by=actions.what_keeps(found),
        present=[row for row in rows if row.ends_on is None or row.ends_on > today],
        past=[row for row in rows if row.ends_on and row.ends_on <= today],
    )  # fmt: skip


def _today() -> MembershipQuerySet:
    return Membership.objects.on(Workspace.current().today)


def _tree() -> Iterator[Branch]:
    below: dict[int | None, list[Team]] = defaultdict(list)
    for team in Team.objects.all():
        below[team.parent_id].append(team)
    present: dict[int, list[Membership]] = defaultdict(list)
    for membership in _today().select_related("user").order_by("user__name"):
        present[membership.team_id].append(membership)

    def walk(parent: int | None, depth: int) -> Iterator[Branch]:
        for team in below[parent]:
            rows = present[team.pk]
            yield Branch(
                team,
                depth,
                [row.user for row in rows if row.is_manager],
                [row.user for row in rows if not row.is_manager],
            )
            yield from walk(team.pk, depth + 1)

    return walk(None, 0)
