"""Facts of a deal, saved one at a time; who answers for it; and whether it is there at all."""

from decimal import Decimal
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_htmx.http import reswap

from crm.access import reach_of
from crm.custom.queries import field_of
from crm.errors import Conflict
from crm.request import SignedInRequest, whole_number
from crm.views.answers import attempt
from pipeline.actions import archive_deal, changed_since, hand_over_deal, restore_deal, revise_deal
from pipeline.columns import month_key
from pipeline.comparing import value_of
from pipeline.entering import company_or_new
from pipeline.forms import FACTS, CustomForm, DealForm, OwnerForm
from pipeline.models import Deal, DealChange
from pipeline.views.answers import changeable, changed, dialog, resent


@login_required
def deal_facts(request: SignedInRequest, pk: int, fact: str) -> HttpResponse:
    """One fact of the deal: GET is its form, POST saves it. 409 if somebody else changed the same fact since.

    With `?since=` (the version that one began from) GET says what somebody else has made of it, if anything.
    """
    deal = changeable(request, pk)
    form = _fact_form(request, deal, fact)
    if "since" in request.GET:
        return _news(request, deal, form)
    if form.is_valid():
        try:
            revised = attempt(form, _revise, request, deal, form.facts())
        except Conflict as problem:
            return _overtaken(request, problem.current, problem.change, form)
        if revised:
            answer = changed(request, revised, form.said, undo=revised.version != deal.version)
            return reswap(answer, "none") if _is_inline(request) else answer
    return _asking(request, deal, form, fact)


def _asking(request: SignedInRequest, deal: Deal, form: DealForm, fact: str) -> HttpResponse:
    context: dict[str, Any] = {"deal": deal, "form": form, "fact": fact}
    if _is_inline(request):
        return render(request, "pipeline/fact.html#inline", context, status=422 if form.errors else 200)
    return dialog(request, "pipeline/fact.html", **context)


def _is_inline(request: SignedInRequest) -> bool:
    """The form stands in the fact's own place, not in a dialog."""
    return request.headers.get("HX-Target", "").startswith("fact-") or "since" in request.GET


def _overtaken(
    request: SignedInRequest, deal: Deal, change: DealChange, form: DealForm, status: int = 409
) -> HttpResponse:
    """Somebody was first: what they made of it, and the choice between theirs and what one has typed."""
    context = {
        "deal": deal,
        "change": change,
        "theirs": value_of(deal, form.fields),
    }
    if _is_inline(request):
        return render(request, "pipeline/fact.html#news", context, status=status)
    context["sent"] = resent(request, leave_out="version")
    return dialog(request, "pipeline/overtaken.html", status=status, **context)


def _news(request: SignedInRequest, deal: Deal, form: DealForm) -> HttpResponse:
    since = whole_number(request.GET["since"])
    change = changed_since(deal, since, form.fields) if since else None
    if change is None or change.by == request.user:
        return HttpResponse(status=204)
    return _overtaken(request, deal, change, form, status=200)


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
