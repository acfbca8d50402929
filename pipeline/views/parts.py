"""What hangs on a deal: product lines, people, activities."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.actions import create_contact
from contacts.models import Contact
from crm.access import reach_of
from crm.request import SignedInRequest, whole_number
from crm.views.answers import attempt
from pipeline.actions import add_line, change_line, revise_deal, set_role
from pipeline.activities import (
    complete_activity,
    delete_activity,
    drop_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    revise_activity,
)
from pipeline.deal_forms import ActivityForm, LineForm, PersonForm, WordsForm
from pipeline.models import Activity, Deal, DealLine
from pipeline.views.answers import changeable, changed, dialog

# ── Product lines ──────────────────────────────────────────────────────────────────────────────────


@login_required
def deal_lines(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET is the form of a line, a new one or `?line=`; POST saves it. `remove` and `feed` are below."""
    deal = changeable(request, pk)
    if {"remove", "feed"} & request.POST.keys():
        return _lines_switched(request, deal)
    line = _line_of(deal, request.GET.get("line", ""))
    form = LineForm(request.POST or None, line=line)
    if form.is_valid() and (saved := attempt(form, _save_line, deal, line, form, by=request.user)):
        return changed(request, saved, _("Saved") if line else _("Line added"))
    return dialog(request, "pipeline/line.html", deal=deal, form=form, line=line)


def _save_line(deal: Deal, line: DealLine | None, form: LineForm, *, by: Any) -> Deal:
    return change_line(deal, pk=line.pk, to=form.line(), by=by) if line else add_line(deal, line=form.line(), by=by)


def _lines_switched(request: SignedInRequest, deal: Deal) -> HttpResponse:
    """A line is taken away, or the amount follows the lines from now on (`feed=1`) or no longer (`feed=0`)."""
    if line := _line_of(deal, request.POST.get("remove", "")):
        return changed(request, change_line(deal, pk=line.pk, to=None, by=request.user), _("Line removed"))
    feeds = request.POST.get("feed", "1" if deal.amount_from_lines else "0") == "1"
    return changed(request, revise_deal(deal, amount_from_lines=feeds, by=request.user), _("Saved"))


def _line_of(deal: Deal, number: str) -> DealLine | None:
    return deal.lines.select_related("product").filter(pk=whole_number(number) or 0).first()


# ── People ─────────────────────────────────────────────────────────────────────────────────────────


@login_required
def deal_people(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET is the form of another contact. POST adds them or changes their role; `remove` (a contact) takes one away."""
    deal = changeable(request, pk)
    here = Contact.objects.filter(deal_roles__deal=deal)
    if contact := here.filter(pk=whole_number(request.POST.get("remove", "")) or 0).first():
        return changed(request, set_role(deal, contact=contact, role=None, by=request.user), _("Saved"))
    form = PersonForm(request.POST or None, people=_candidates(request, deal, here))
    if form.is_valid() and (saved := attempt(form, _add_person, deal, form.cleaned_data, by=request.user)):
        return changed(request, saved, _("Saved"))
    return dialog(request, "pipeline/person.html", deal=deal, form=form)


@transaction.atomic
def _add_person(deal: Deal, said: dict[str, Any], *, by: Any) -> Deal:
    facts = {"name": said["name"], "email": said["email"], "company": deal.company}
    contact = said["contact"] or create_contact(owner=by, by=by, **facts)
    return set_role(deal, contact=contact, role=said["role"], by=by)


def _candidates(request: SignedInRequest, deal: Deal, here: QuerySet[Contact]) -> Any:
    """Those on the deal, and the people at its company; without a company, all one may see."""
    everyone = Contact.objects.visible_to(reach_of(request.user))
    there = everyone.filter(positions__company=deal.company_id) if deal.company_id else everyone
    return (everyone.filter(pk__in=there.values("pk")) | everyone.filter(pk__in=here.values("pk"))).distinct()


# ── Activities ─────────────────────────────────────────────────────────────────────────────────────


@login_required
def deal_activities(request: SignedInRequest, pk: int) -> HttpResponse:
    """Something that was done; with `due_on` something to do. GET is the form."""
    deal = changeable(request, pk)
    form = ActivityForm(request.POST or None, initial={"kind": request.GET.get("kind", "note")})
    if form.is_valid() and attempt(form, _write, deal, form, by=request.user):
        deal.refresh_from_db()
        return changed(request, deal, _("Planned") if form.cleaned_data["due_on"] else _("Logged"), undo=False)
    return dialog(request, "pipeline/activity.html", deal=deal, form=form)


def _write(deal: Deal, form: ActivityForm, *, by: Any) -> Activity:
    said = form.cleaned_data
    if said["due_on"]:
        return plan_activity(deal, due_on=said["due_on"], due_time=said["due_time"], owner=by, by=by, **form.facts())
    return log_activity(deal, by=by, **form.facts())


@login_required
def activity(request: SignedInRequest, pk: int) -> HttpResponse:
    """What one has noted oneself, in other words; `delete` takes it away. What it said stays in the history."""
    found = _activity(request, pk)
    if found.created_by != request.user:
        raise PermissionDenied(_("Only who wrote it may change it."))
    if "delete" in request.POST:
        return _answer(request, delete_activity(found, by=request.user), _("Deleted: %(what)s"), undo=False)
    form = WordsForm(request.POST or None, initial={"text": f"{found.subject}\n{found.body}".strip()})
    if form.is_valid() and attempt(form, revise_activity, found, by=request.user, **form.facts()):
        return _answer(request, found, _("Changed: %(what)s"), undo=False)
    return dialog(request, "pipeline/words.html", deal=found.deal, activity=found, form=form)


@login_required
@require_POST
def activity_done(request: SignedInRequest, pk: int) -> HttpResponse:
    done = complete_activity(_activity(request, pk), by=request.user)
    return _answer(request, done, _("Done: %(what)s"), undo=reverse("pipeline:activity-reopen", args=[pk]))


@login_required
@require_POST
def activity_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    """It was not done after all."""
    return _answer(request, reopen_activity(_activity(request, pk), by=request.user), _("To do: %(what)s"), undo=False)


@login_required
@require_POST
def activity_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    dropped = _activity(request, pk)
    drop_activity(dropped, by=request.user)
    return _answer(request, dropped, _("Dropped: %(what)s"), undo=False)


def _answer(request: SignedInRequest, activity: Activity, text: str, *, undo: bool | str) -> HttpResponse:
    return changed(request, changeable(request, activity.deal_id), text % {"what": activity.subject}, undo=undo)


def _activity(request: SignedInRequest, pk: int) -> Activity:
    """Of a deal that the person may change."""
    return get_object_or_404(Activity, pk=pk, deal__in=Deal.objects.editable_by(reach_of(request.user)))
