"""Two deals out of one, one out of two, and what was deleted."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.errors import Conflict
from crm.paging import page_latest
from crm.request import SignedInRequest, whole_number
from crm.views.answers import attempt
from pipeline.actions import PARTS, clone_deal, merge_deals
from pipeline.comparing import SHOWN, candidates, compared
from pipeline.deal_forms import CloneForm, MergeForm
from pipeline.models import KEPT_FOR, Deal
from pipeline.views.answers import changeable, changed, conflict, dialog, to_deal, visible


@login_required
def deal_clone(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET is the form: which parts come along."""
    deal = changeable(request, pk)
    initial = {"title": _("%(title)s (copy)") % {"title": deal.title[:190]}, "parts": PARTS}
    form = CloneForm(request.POST or None, deal=deal, initial=initial)
    if form.is_valid() and (clone := attempt(form, clone_deal, deal, by=request.user, **form.cleaned_data)):
        return to_deal(request, clone, _("Cloned: %(deal)s") % {"deal": deal.title})
    return dialog(request, "pipeline/clone.html", deal=deal, form=form)


@login_required
def deal_merge(request: SignedInRequest, pk: int) -> HttpResponse:
    """GET finds the other deal (`?q=`), then (`?other=`) shows both side by side; POST merges it into this one."""
    deal = changeable(request, pk)
    others = candidates(deal, reach_of(request.user), request.GET.get("q", "")[:100])
    form = MergeForm(request.POST or None, others=others)
    if form.is_valid():
        try:
            if kept := attempt(form, merge_deals, deal, by=request.user, **form.facts()):
                return changed(request, kept, _("Merged: %(deal)s") % {"deal": form.cleaned_data["other"].title})
        except Conflict as problem:
            return conflict(request, problem, may_insist=False)
    return _merging(request, deal, form)


def _merging(request: SignedInRequest, deal: Deal, form: MergeForm) -> HttpResponse:
    asked = whole_number(request.POST.get("other") or request.GET.get("other", ""))
    others = form.fields["other"].queryset  # type: ignore[attr-defined]
    if asked and (other := others.filter(pk=asked).first()):
        facts = compared(visible(request, deal.pk), other)
        return dialog(request, "pipeline/merge.html", deal=deal, other=other, facts=facts, form=form)
    context = {"deal": deal, "found": others[:SHOWN], "q": request.GET.get("q", ""), "form": form}
    if request.headers.get("HX-Target") == "candidates":
        return render(request, "pipeline/merge-with.html#found", context)
    return dialog(request, "pipeline/merge-with.html", **context)


@login_required
@require_safe
def deals_deleted(request: SignedInRequest) -> HttpResponse:
    """What one may restore, latest first, and for how long."""
    mine = Deal.objects.editable_by(reach_of(request.user)).filter(archived_at__isnull=False)
    rows = mine.select_related("company", "owner", "merged_into")
    page = page_latest(request, rows, "archived_at")
    return render(request, "pipeline/deleted.html", {"page": page, "days": KEPT_FOR.days})
