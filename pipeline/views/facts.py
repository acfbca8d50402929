"""Facts of a deal, and what hangs on it: saved one at a time."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from contacts.models import Contact
from crm.access import reach_of
from crm.custom.queries import field_of
from crm.errors import Conflict
from crm.request import SignedInRequest
from crm.views.answers import attempt
from pipeline.actions import (
    Line,
    archive_deal,
    hand_over_deal,
    restore_deal,
    revise_deal,
    set_lines,
    set_people,
)
from pipeline.activities import complete_activity, drop_activity, log_activity, plan_activity
from pipeline.columns import month_key
from pipeline.entering import company_or_new
from pipeline.forms import FACTS, ActivityForm, CustomForm, DealForm, LineForm, OwnerForm, PersonForm
from pipeline.models import Activity, ActivityKind, Deal
from pipeline.views.answers import changeable, changed, conflict, dialog

# ── The deal's own ─────────────────────────────────────────────────────────────────────────────────


@login_required
def deal_facts(request: SignedInRequest, pk: int, fact: str) -> HttpResponse:
    """One fact of the deal: GET is its form, POST saves it. 409 if somebody else changed the same fact since."""
    deal = changeable(request, pk)
    form = _fact_form(request, deal, fact)
    if form.is_valid():
        try:
            revised = attempt(form, _revise, request, deal, form.facts())
        except Conflict as problem:
            return conflict(request, problem)
        if revised:
            return changed(request, revised, form.said, undo=revised.version != deal.version)
    return dialog(request, "pipeline/fact.html", deal=deal, form=form, fact=fact)


def _fact_form(request: SignedInRequest, deal: Deal, fact: str) -> DealForm:
    data = request.POST or None
    if fact in FACTS:
        return FACTS[fact](data, initial=_facts_of(deal, FACTS[fact]))
    found = field_of("deal", fact)
    if found is None or found.asks or found.field.archived_at:
        raise Http404
    return CustomForm(data, field=found.field, deal=deal)


def _facts_of(deal: Deal, form: type[DealForm]) -> dict[str, Any]:
    facts = {name: _bare(getattr(deal, name, None)) for name in form.base_fields}
    if "month" in facts:
        facts["month"] = month_key(deal.expected_close_on)
    return facts | ({"company": deal.company.name if deal.company else ""} if "company" in facts else {})


def _bare(value: Any) -> Any:
    """1000.000 as one types it: 1000."""
    return Decimal(format(value.normalize(), "f")) if isinstance(value, Decimal) else value


def _revise(request: SignedInRequest, deal: Deal, facts: dict[str, Any]) -> Deal:
    if "company" in facts:
        facts["company"] = company_or_new(facts["company"], reach_of(request.user), by=request.user)
    if "currency" in facts and facts["currency"] is None:
        del facts["currency"]
    return revise_deal(deal, by=request.user, **facts)


@login_required
def deal_owner(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = changeable(request, pk)
    form = OwnerForm(request.POST or None, initial={"owner": deal.owner_id}, reach=reach_of(request.user))
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        if handed := attempt(form, hand_over_deal, deal, to=owner, by=request.user):
            return changed(request, handed, _("Handed over to %(name)s") % {"name": owner.name})
    return dialog(request, "pipeline/owner.html", deal=deal, form=form)


@login_required
@require_POST
def deal_archive(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = archive_deal(changeable(request, pk), by=request.user)
    return changed(request, deal, _("Deleted: %(deal)s") % {"deal": deal.title})


@login_required
@require_POST
def deal_restore(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = restore_deal(changeable(request, pk), by=request.user)
    return changed(request, deal, _("Restored: %(deal)s") % {"deal": deal.title})


# ── Product lines and people ───────────────────────────────────────────────────────────────────────


@login_required
def deal_lines(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET is the form of a new line, POST adds it; `remove` (an id) takes one away; `feed`: they make the amount."""
    deal = changeable(request, pk)
    kept = [line for line in deal.lines.select_related("product") if str(line.pk) != request.POST.get("remove")]
    lines = [Line(line.product, line.quantity, line.unit_price, line.discount) for line in kept]
    feed = {"1": True, "0": False}.get(request.POST.get("feed", ""))
    if {"remove", "feed"} & request.POST.keys():
        return changed(request, set_lines(deal, lines, feed_amount=feed, by=request.user), _("Saved"))
    form = LineForm(request.POST or None)
    if form.is_valid() and (added := attempt(form, set_lines, deal, [*lines, form.line()], by=request.user)):
        return changed(request, added, _("Line added"))
    return dialog(request, "pipeline/line.html", deal=deal, form=form)


@login_required
def deal_people(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET is the form of another contact. POST adds them or changes their role; `remove` (a contact) takes one away."""
    deal = changeable(request, pk)
    people = {link.contact_id: (link.contact, link.role) for link in deal.people.select_related("contact")}
    if removed := request.POST.get("remove", ""):
        people.pop(int(removed) if removed.isdigit() else 0, None)
        return changed(request, set_people(deal, list(people.values()), by=request.user), _("Saved"))
    form = PersonForm(request.POST or None, people=_candidates(request, deal))
    if form.is_valid():
        contact = form.cleaned_data["contact"]
        people[contact.pk] = (contact, form.cleaned_data["role"])
        if added := attempt(form, set_people, deal, list(people.values()), by=request.user):
            return changed(request, added, _("Saved"))
    return dialog(request, "pipeline/person.html", deal=deal, form=form)


def _candidates(request: SignedInRequest, deal: Deal) -> Any:
    """The people at the deal's company; all one may see if it has none, or nobody is known there."""
    everyone = Contact.objects.visible_to(reach_of(request.user))
    there = everyone.filter(positions__company=deal.company_id).distinct() if deal.company_id else everyone.none()
    return there if there.exists() else everyone


# ── Activities ─────────────────────────────────────────────────────────────────────────────────────


@login_required
def deal_activities(request: SignedInRequest, pk: int) -> HttpResponse:
    """Something that was done; with `due_on` something to do. GET is the form."""
    deal = changeable(request, pk)
    form = ActivityForm(request.POST or None, initial={"kind": request.GET.get("kind", "note")})
    if form.is_valid() and attempt(form, _write, request, deal, form):
        deal.refresh_from_db()
        return changed(request, deal, _("Planned") if form.cleaned_data["due_on"] else _("Logged"), undo=False)
    return dialog(request, "pipeline/activity.html", deal=deal, form=form)


def _write(request: SignedInRequest, deal: Deal, form: ActivityForm) -> Activity:
    said = form.cleaned_data
    subject, _rest, body = said["text"].strip().partition("\n")
    facts = {"subject": subject, "body": body.strip(), "kind": said["kind"] or ActivityKind.NOTE, "by": request.user}
    if said["due_on"]:
        return plan_activity(deal, due_on=said["due_on"], due_time=said["due_time"], owner=request.user, **facts)
    return log_activity(deal, **facts)


@login_required
@require_POST
def activity_done(request: SignedInRequest, pk: int) -> HttpResponse:
    activity = _activity(request, pk)
    complete_activity(activity, by=request.user)
    return changed(
        request, changeable(request, activity.deal_id), _("Done: %(what)s") % {"what": activity.subject}, undo=False
    )


@login_required
@require_POST
def activity_drop(request: SignedInRequest, pk: int) -> HttpResponse:
    activity = _activity(request, pk)
    drop_activity(activity, by=request.user)
    return changed(
        request, changeable(request, activity.deal_id), _("Dropped: %(what)s") % {"what": activity.subject}, undo=False
    )


def _activity(request: SignedInRequest, pk: int) -> Activity:
    """Of a deal that the person may change."""
    return get_object_or_404(Activity, pk=pk, deal__in=Deal.objects.editable_by(reach_of(request.user)))
