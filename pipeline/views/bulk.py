"""One verb on many deals at once: asked for by the list and by the board, answered with one word and one undo."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST
from django_htmx.http import trigger_client_event

from crm.access import reach_of
from crm.errors import Refused
from crm.jobs import jobs_of
from crm.models import Job
from crm.request import SignedInRequest, next_page, whole_number
from crm.views.answers import attempt
from pipeline.actions import change_deals, undo_change_set
from pipeline.bulk_forms import Asked, asked_of
from pipeline.entering import company_or_new
from pipeline.forms import NeededForm
from pipeline.models import ChangeSet, Deal, DealChange, Stage
from pipeline.selection import Selection, lacking, selected
from pipeline.views.answers import dialog, patch, resent


@login_required
@require_POST
def deals_bulk(request: SignedInRequest) -> HttpResponse:
    """`verb` and its fields, on each `deal`, or with `all` on every one that the filter in the address matches.

    `ask` only shows the verb's form. 422: the form, because something in it is missing.
    """
    chosen, asked = _selected(request), _asked(request)
    if "ask" in request.POST or not asked.form.is_valid():
        status = 0 if "ask" in request.POST else 422
        return _form(request, chosen, asked, status=status)
    return _fill_in(request, chosen, asked)


@login_required
@require_POST
def deals_bulk_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a whole change set back: a change set of its own."""
    change_set = get_object_or_404(ChangeSet.objects.select_related("job"), pk=pk, job__in=jobs_of(request.user))
    title = _("Take back: %(what)s") % {"what": change_set.job.title}
    undone = undo_change_set(change_set, title=title, by=request.user)
    count = undone.job.changed
    return _answer(request, undone, ngettext("%(n)d taken back", "%(n)d taken back", count) % {"n": count})


def _selected(request: SignedInRequest) -> Selection:
    back = f"{reverse('pipeline:deals')}?{request.GET.urlencode()}"
    chosen = selected(request.POST, request.GET, reach_of(request.user), address=request.get_full_path(), back=back)
    if not chosen.deals:
        raise Refused(deal=_("Choose at least one deal."))
    return chosen


def _asked(request: SignedInRequest) -> Asked:
    asked = asked_of(request.POST, reach_of(request.user), is_bound="ask" not in request.POST)
    if asked is None:
        raise Http404
    return asked


def _form(request: SignedInRequest, chosen: Selection, asked: Asked, *, status: int = 0) -> HttpResponse:
    hidden = [*chosen.fields, *asked.fields]
    return dialog(request, asked.template, status=status, many=chosen, hidden=hidden, **asked.context)


# ── What a stage asks for ──────────────────────────────────────────────────────────────────────────


def _fill_in(request: SignedInRequest, chosen: Selection, asked: Asked) -> HttpResponse:
    """Before deals enter a stage, ask once for what some of them lack for it; `skip` leaves those out."""
    deals = chosen.within(reach_of(request.user))
    missing = {} if "skip" in request.POST else lacking(deals, asked.stages(deals))
    data = request.POST if set(missing) <= set(request.POST.getlist("needs")) else None
    needed = NeededForm(data, names=list(missing), deal=Deal(), reach=reach_of(request.user))
    if missing and not needed.is_valid():
        return _ask(request, chosen, asked, needed, max(missing.values()))
    return _do(request, chosen, asked, needed)


def _ask(request: SignedInRequest, chosen: Selection, asked: Asked, needed: NeededForm, lack: int) -> HttpResponse:
    sent = [(name, value) for name, value in resent(request, leave_out="needs") if name not in {"deal", "all"}]
    context = {"to": Stage(name=asked.where), "needed": needed, "sent": sent, "hidden": chosen.fields, "lack": lack}
    return dialog(request, "pipeline/needed.html", status=422, many=chosen, **context)


def _do(request: SignedInRequest, chosen: Selection, asked: Asked, needed: NeededForm) -> HttpResponse:
    with transaction.atomic():  # a company typed anew is only made with the change
        facts = _with_company(request, asked.facts())
        if needed.fields:
            facts["fields"] = _with_company(request, needed.entered())
        title = asked.title(chosen.count)
        done = attempt(
            asked.form,
            change_deals,
            chosen.deals,
            asked.verb,
            facts,
            title=title,
            result_url=chosen.back,
            by=request.user,
        )
    if done is None:
        return _form(request, chosen, asked)
    return _answer(request, done, asked.done(done.job.changed))


def _with_company(request: SignedInRequest, facts: dict[str, Any]) -> dict[str, Any]:
    """A company is entered by its name."""
    if "company" in facts:
        facts["company"] = company_or_new(facts["company"], reach_of(request.user), by=request.user)
    return facts


# ── Answers ────────────────────────────────────────────────────────────────────────────────────────


def _answer(request: SignedInRequest, change_set: ChangeSet, text: str) -> HttpResponse:
    job = change_set.job
    if job.is_unfinished:
        return _in_background(request, job)
    text = f"{text}. {_left_out(job)}" if job.left_out else text
    back, stages = job.undo_url if job.changed else "", _touched(change_set)
    if board := whole_number(request.headers.get("X-Board", "")):
        response = patch(request, board, deals=change_set.deals, stages=stages)
    elif request.headers.get("HX-Request"):
        response = trigger_client_event(HttpResponse(), "dialog:close", {})
    else:
        messages.success(request, text, extra_tags=back)
        return redirect(next_page(request, job.result_url or reverse("pipeline:deals")))
    trigger_client_event(response, "penstock:deals", {"ids": change_set.deals, "stages": stages, "mine": True})
    report = reverse("crm:job", args=[job.pk]) if job.left_out else ""
    news = {"text": text, "undo": back, "href": report, "label": _("See why")}
    return trigger_client_event(response, "toast", news)


def _in_background(request: SignedInRequest, job: Job) -> HttpResponse:
    if not (request.headers.get("HX-Request") or request.headers.get("X-Board")):
        return redirect("crm:job", pk=job.pk)
    response = trigger_client_event(HttpResponse(status=202), "dialog:close", {})
    return trigger_client_event(response, "penstock:job", {"id": job.pk})


def _left_out(job: Job) -> str:
    left = ngettext("%(n)d left as it was: %(why)s", "%(n)d left as they were: %(why)s", job.left_out)
    return left % {"n": job.left_out, "why": job.report[0]["reason"]}


def _touched(change_set: ChangeSet) -> list[int]:
    """The stages that the deals were in and are in now."""
    changes = DealChange.objects.filter(change_set=change_set).values_list("stage_id", "was__stage_id")
    return sorted({stage for pair in changes for stage in pair if stage})
