"""What follows a won deal, on its page and in its panel: its delivery and its renewals."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.access import people_in, reach_of
from crm.models import User
from crm.request import SignedInRequest
from crm.views.answers import attempt
from pipeline.activities import replan_activity
from pipeline.models import Deal
from pipeline.views.answers import changeable, changed, dialog, visible
from quotes.actions.delivering import add_step, start_delivery
from quotes.actions.renewing import cancel_renewal, open_renewal, plan_renewal, resume_renewal, revise_renewal
from quotes.after import after_of
from quotes.after_forms import DeliveryStepForm, RenewalForm, StartForm
from quotes.models import Delivery, DeliveryStep, Renewal


@login_required
@require_safe
def for_deal(request: SignedInRequest, pk: int) -> HttpResponse:
    return render(request, "quotes/after-deal.html", {"after": after_of(visible(request, pk), reach_of(request.user))})


# ── The delivery ───────────────────────────────────────────────────────────────────────────────────


@login_required
def delivery_new(request: SignedInRequest, pk: int) -> HttpResponse:
    """By hand, where no template applied or none was there yet."""
    deal = changeable(request, pk)
    form = StartForm(request.POST or None)
    if form.is_valid() and attempt(form, start_delivery, deal, by=request.user, **form.cleaned_data):
        return changed(request, deal, _("Delivery started"), undo=False)
    return dialog(request, "quotes/delivery-new.html", deal=deal, form=form)


@login_required
def step_new(request: SignedInRequest, pk: int) -> HttpResponse:
    delivery = get_object_or_404(Delivery.objects.editable_by(reach_of(request.user)), pk=pk)
    deal = changeable(request, delivery.deal_id)
    form = DeliveryStepForm(request.POST or None, people=_people(request, deal), initial={"owner": deal.owner_id})
    if form.is_valid() and attempt(form, add_step, delivery, by=request.user, **form.cleaned_data):
        return changed(request, deal, _("Step added"), undo=False)
    return dialog(request, "quotes/delivery-step.html", deal=deal, form=form)


@login_required
def step(request: SignedInRequest, pk: int) -> HttpResponse:
    """Another day or person for a step that is to be done."""
    mine = Delivery.objects.editable_by(reach_of(request.user))
    found = get_object_or_404(DeliveryStep, pk=pk, delivery__in=mine, activity__done_at=None, activity__isnull=False)
    activity, deal = found.activity, changeable(request, found.delivery.deal_id)
    assert activity is not None
    initial = {"title": activity.subject, "due_on": activity.due_on, "owner": activity.owner_id}
    form = DeliveryStepForm(request.POST or None, people=_people(request, deal), initial=initial)
    del form.fields["title"]
    if form.is_valid() and attempt(form, replan_activity, activity, by=request.user, **form.cleaned_data):
        return changed(request, deal, _("Saved"), undo=False)
    return dialog(request, "quotes/delivery-step.html", deal=deal, form=form, activity=activity)


def _people(request: SignedInRequest, deal: Deal) -> object:
    """Those one knows, and whoever owns the deal."""
    return (people_in(reach_of(request.user)) | User.objects.filter(pk=deal.owner_id)).distinct().order_by("name")


# ── Renewals ───────────────────────────────────────────────────────────────────────────────────────


@login_required
def renewal_new(request: SignedInRequest, pk: int) -> HttpResponse:
    deal = changeable(request, pk)
    form = RenewalForm.of(deal, None, _people(request, deal), request.POST or None)
    if form.is_valid() and attempt(form, plan_renewal, deal, by=request.user, **form.facts()):
        return changed(request, deal, _("Planned"), undo=False)
    return dialog(request, "quotes/renewal.html", deal=deal, form=form)


@login_required
def renewal(request: SignedInRequest, pk: int) -> HttpResponse:
    found = _renewal(request, pk)
    deal = changeable(request, found.deal_id)
    form = RenewalForm.of(deal, found, _people(request, deal), request.POST or None)
    if form.is_valid() and attempt(form, revise_renewal, found, by=request.user, **form.facts()):
        return changed(request, deal, _("Saved"), undo=False)
    return dialog(request, "quotes/renewal.html", deal=deal, form=form, renewal=found)


@login_required
@require_POST
def renewal_cancel(request: SignedInRequest, pk: int) -> HttpResponse:
    done = cancel_renewal(_renewal(request, pk), by=request.user)
    return changed(request, changeable(request, done.deal_id), _("It will not open"), undo=False)


@login_required
@require_POST
def renewal_resume(request: SignedInRequest, pk: int) -> HttpResponse:
    done = resume_renewal(_renewal(request, pk), by=request.user)
    return changed(request, changeable(request, done.deal_id), _("Planned again"), undo=False)


@login_required
@require_POST
def renewal_open(request: SignedInRequest, pk: int) -> HttpResponse:
    """Now, and not at its time."""
    found = _renewal(request, pk)
    made = open_renewal(found, by=request.user)
    text = _("Opened: %(deal)s") % {"deal": made.title} if made else _("It was opened already")
    return changed(request, changeable(request, found.deal_id), text, undo=False)


def _renewal(request: SignedInRequest, pk: int) -> Renewal:
    return get_object_or_404(Renewal.objects.editable_by(reach_of(request.user)), pk=pk)
