"""Moving, winning and losing a deal: found through Reach, changed by one verb, answered with what became of it."""

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access import reach_of
from crm.errors import Conflict, NeedsFields, Refused
from crm.request import SignedInRequest, whole_number
from pipeline.actions import lose_deal, move_deal, reopen_deal, undo_change, win_deal
from pipeline.activities import plan_activity
from pipeline.entering import company_or_new
from pipeline.forms import LossForm, MoveForm, NeededForm, ReasonForm, WinForm, closing_today
from pipeline.models import Deal, Outcome, Stage
from pipeline.views.answers import changeable, changed, conflict, dialog, resent

# ── The verbs ──────────────────────────────────────────────────────────────────────────────────────


@login_required
def deal_stage(request: SignedInRequest, pk: int) -> HttpResponse:
    """POST `stage`, `after`, `before`, `version`; GET is the form of “Move to…”."""
    deal = changeable(request, pk)
    form = MoveForm(request.POST or None, initial={"stage": deal.stage_id, "version": deal.version})
    if not form.is_valid():
        return dialog(request, "pipeline/move.html", deal=deal, form=form)
    to = form.cleaned_data["stage"]
    if not to.is_open:  # dropped where a reason is needed: nothing has happened yet
        return _reason(request, deal, to, (WinForm if to.is_won else LossForm)(initial=_closing(deal)), status=422)
    facts = {name: form.cleaned_data[name] for name in ("after", "before", "version")}
    text = _("Moved to %(stage)s") % {"stage": to}
    return _attempt(request, deal, to, None, text, lambda entered: move_deal(deal, to=to, **facts, **entered))


@login_required
def deal_win(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = changeable(request, pk)
    to = get_object_or_404(Stage, pipeline=deal.pipeline_id, kind=Outcome.WON)
    form = WinForm(request.POST or None, initial=_closing(deal))
    if not form.is_valid():
        return _reason(request, deal, to, form)
    text = _("Won: %(deal)s") % {"deal": deal.title}
    return _attempt(request, deal, to, form, text, lambda entered: win_deal(deal, **form.facts(), **entered))


@login_required
def deal_lose(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = changeable(request, pk)
    to = get_object_or_404(Stage, pipeline=deal.pipeline_id, kind=Outcome.LOST)
    form = LossForm(request.POST or None, initial=_closing(deal))
    if not form.is_valid():
        return _reason(request, deal, to, form)
    text = _("Lost: %(deal)s") % {"deal": deal.title}
    return _attempt(request, deal, to, form, text, lambda entered: _lose(deal, form, entered))


@login_required
@require_POST
def deal_reopen(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = changeable(request, pk)
    was = deal.stage_id
    reopened = reopen_deal(deal, by=request.user)
    return changed(request, reopened, _("Reopened in %(stage)s") % {"stage": reopened.stage}, stages=[was])


@login_required
@require_POST
def deal_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back the change that made `version` of the deal: a change of its own, which can be taken back too."""
    deal = changeable(request, pk)
    version = whole_number(request.POST.get("version") or request.GET.get("version", ""))
    was = deal.stage_id
    try:
        undone = undo_change(deal, version=version or 0, by=request.user)
    except Conflict as problem:
        return conflict(request, problem, may_insist=False)
    return changed(request, undone, _("Taken back"), stages=[was], undo=False)


# ── How it goes ────────────────────────────────────────────────────────────────────────────────────


def _lose(deal: Deal, form: LossForm, entered: dict[str, Any]) -> Deal:
    """Lost, and if wished with a task to ask again."""
    with transaction.atomic():
        lost = lose_deal(deal, by=entered["by"], **form.facts())
        if ask_again_on := form.remind_on():
            plan_activity(lost, subject=_("Ask again"), due_on=ask_again_on, by=entered["by"])
    return lost


def _closing(deal: Deal) -> dict[str, Any]:
    return {"version": deal.version, **closing_today()}


def _reason(request: SignedInRequest, deal: Deal, to: Stage, form: ReasonForm, *, status: int = 0) -> HttpResponse:
    return dialog(request, "pipeline/reason.html", status=status, deal=deal, to=to, form=form)


def _attempt(
    request: SignedInRequest,
    deal: Deal,
    to: Stage,
    form: ReasonForm | None,
    text: str,
    verb: Callable[[dict[str, Any]], Deal],
) -> HttpResponse:
    """Call the verb with what was entered for the stage. Asks for what is missing (422), says who was first (409)."""
    needed = _needed(request, deal, to)
    if needed.fields and not needed.is_valid():
        return _ask(request, deal, to, needed)
    was = deal.stage_id
    try:
        with (
            transaction.atomic() if needed.fields else nullcontext()
        ):  # a company typed anew is only made with the move
            done = verb({"by": request.user} | _entered(request, needed))
    except NeedsFields as needs:
        return _ask(request, deal, to, _needed(request, deal, to, needs.fields))
    except Conflict as problem:
        return conflict(request, problem)
    except Refused as refused:
        if form is None:
            raise
        form.refuse(refused)
        return _reason(request, deal, to, form)
    return changed(request, done, text, stages=[was])


# ── What a stage asks for ──────────────────────────────────────────────────────────────────────────


def _needed(request: SignedInRequest, deal: Deal, to: Stage, missing: list[str] | None = None) -> NeededForm:
    """The form of what was asked for before (`needs`), or of what the verb says is missing."""
    asked = [name for name in request.POST.getlist("needs") if name in to.required_fields]
    data = request.POST if missing is None and asked else None
    return NeededForm(data, names=asked if missing is None else missing, deal=deal, reach=reach_of(request.user))


def _entered(request: SignedInRequest, needed: NeededForm) -> dict[str, Any]:
    if not needed.fields:
        return {}
    entered = needed.entered()
    if "company" in entered:
        entered["company"] = company_or_new(entered["company"], reach_of(request.user), by=request.user)
    return {"fields": entered}


def _ask(request: SignedInRequest, deal: Deal, to: Stage, needed: NeededForm) -> HttpResponse:
    context = {"deal": deal, "to": to, "needed": needed, "sent": resent(request, leave_out="needs")}
    return dialog(request, "pipeline/needed.html", status=422, **context)
