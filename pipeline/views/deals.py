"""The deal's page and panel, its menu, and adding one from anywhere."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from contacts.models import Company
from contacts.search import closest, companies_like
from crm.access import reach_of
from crm.models import Workspace
from crm.request import SignedInRequest, whole_number
from crm.views.answers import attempt
from pipeline.beside import beside_of
from pipeline.chronicle import chronicle_of, events_of
from pipeline.dossier import dossier_of
from pipeline.entering import companies_meant, company_named, quick_add, understand_line
from pipeline.forms import QuickAddForm
from pipeline.models import Outcome, Stage
from pipeline.views.answers import board_maker, changeable, changed, dialog, visible


@login_required
@require_safe
def deal(request: SignedInRequest, pk: int) -> HttpResponse:
    """A page of its own; `?panel` is the same for the side of the board. `?told=` and `?after=` are for its timeline.

    `?beside=` is the board that it stands on, every other parameter that board's filter: then it knows its neighbours.
    A deal that was merged leads to the one it became part of, unless one wants to `?stay`.
    """
    found = visible(request, pk)
    if found.merged_into_id and "stay" not in request.GET:
        return redirect("pipeline:deal", found.merged_into_id)
    board = whole_number(request.GET.get("beside", ""))
    beside = beside_of(board_maker(request, board), found) if board else None
    context = {"dossier": dossier_of(found, reach_of(request.user), beside=beside, **_place(request))}
    template = "pipeline/panel.html" if request.headers.get("HX-Target") == "panel-host" else "pipeline/deal.html"
    return render(request, template, context)


def _place(request: SignedInRequest) -> dict[str, str]:
    """Where in the timeline: which tab, and behind which key."""
    return {"kind": request.GET.get("told", ""), "after": request.GET.get("after", "")[:80]}


@login_required
@require_safe
def deal_timeline(request: SignedInRequest, pk: int) -> HttpResponse:
    """One page of it: `?told=` is the tab, `?after=` the key to go on behind."""
    found = visible(request, pk)
    changes = found.changes.select_related("by").order_by("-version", "-id")
    may_change = reach_of(request.user).changes(found.owner_id, found.team_id)
    context = {"deal": found, "chronicle": chronicle_of(found, list(changes), events_of(found), **_place(request))}
    part = "entries" if "after" in request.GET else "told"
    return render(request, f"pipeline/timeline.html#{part}", context | {"may_change": may_change})


@login_required
@require_safe
def deal_menu(request: SignedInRequest, pk: int) -> HttpResponse:
    """What one can do with a card: each entry is a plain form or link."""
    found = changeable(request, pk)
    back = request.headers.get("Referer", "")
    return dialog(request, "pipeline/menu.html", deal=found, stages=found.pipeline.stages.all(), back=back)


@login_required
def deal_new(request: SignedInRequest) -> HttpResponse:
    """Quick-add: `?stage=&company=&contact=` fill in where it was called from."""
    reach = reach_of(request.user)
    if not reach.may_write:
        raise PermissionDenied
    stages = Stage.objects.filter(kind=Outcome.OPEN, pipeline__is_active=True)
    stages = stages.order_by("-pipeline__is_default", "pipeline", "position").select_related("pipeline")
    form = QuickAddForm(request.POST or None, initial=_called_from(request), stages=stages)
    if form.is_valid() and (made := attempt(form, quick_add, form.cleaned_data, reach, by=request.user)):
        return changed(request, made, _("Added: %(deal)s") % {"deal": made.title}, undo=False)
    return dialog(request, "pipeline/new.html", form=form)


def _called_from(request: SignedInRequest) -> dict[str, object]:
    asked = request.GET
    company = whole_number(asked.get("company", ""))
    found = Company.objects.visible_to(reach_of(request.user)).filter(pk=company).first() if company else None
    return {"stage": asked.get("stage"), "contact": asked.get("contact"), "company": found.name if found else ""}


@login_required
@require_safe
def deal_understood(request: SignedInRequest) -> HttpResponse:
    """What the line `?line=` says, as one reads it back; `guess` is a company that was offered and chosen."""
    said, reach = understand_line(request.GET.get("line", "")[:400]), reach_of(request.user)
    known = company_named(said.company, reach) if said.company else company_named(said.title, reach, at_start=True)
    named = said.company or " ".join(said.title.split()[:1])
    meant = [] if known else companies_meant(named, reach)
    currency, guess = said.currency or Workspace.current().currency_id, request.GET.get("guess")
    context = {"said": said, "known": known, "meant": meant, "currency": currency, "guess": guess}
    return render(request, "pipeline/new.html#understood", context)


@login_required
@require_safe
def company_names(request: SignedInRequest) -> HttpResponse:
    """Options for the company's field, closest first."""
    text = request.GET.get("company") or request.GET.get("needed-company") or ""
    companies = Company.objects.visible_to(reach_of(request.user))
    found = closest(companies_like(companies, text), text)[:8] if text.strip() else companies.none()
    return render(request, "pipeline/new.html#companies", {"companies": found})
