"""Settings of what follows a won deal: templates of deliveries, and renewals. Only administrators come here."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from crm.access import admin_only
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from quotes.actions.delivering import save_template
from quotes.actions.renewing import set_renewals
from quotes.after_forms import RenewalSettingsForm, StepForms, TemplateForm, steps_of
from quotes.models import DeliveryTemplate, QuoteSettings

FIELDS = ("name", "pipeline", "product", "is_active")


@admin_only
def templates(request: SignedInRequest) -> HttpResponse:
    """The list; POST saves what is said about renewals."""
    form = RenewalSettingsForm.of(QuoteSettings.current(), request.POST or None)
    if form.is_valid() and attempt(form, set_renewals, by=request.user, **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("quotes:delivery-templates")
    rows = DeliveryTemplate.objects.select_related("pipeline", "product").prefetch_related("steps")
    return show(request, "quotes/settings/delivery.html", section="delivery", templates=rows, form=form)


@admin_only
def template_new(request: SignedInRequest) -> HttpResponse:
    return _template(request, None)


@admin_only
def template(request: SignedInRequest, pk: int) -> HttpResponse:
    return _template(request, get_object_or_404(DeliveryTemplate, pk=pk))


def _template(request: SignedInRequest, found: DeliveryTemplate | None) -> HttpResponse:
    sent = request.POST if request.method == "POST" else None
    form = TemplateForm(sent, initial={name: getattr(found, name) for name in FIELDS} if found else None)
    rows = StepForms(sent, initial=steps_of(found))
    if form.is_valid() and rows.is_valid():
        steps = [row.draft() for row in rows if row.cleaned_data.get("title")]
        if attempt(form, save_template, found, steps=steps, by=request.user, **form.cleaned_data):
            messages.success(request, _("Saved."))
            return redirect("quotes:delivery-templates")
    refused = sent is not None
    return show(
        request, "quotes/settings/delivery-template.html", status=422 if refused else 0, section="delivery", form=form,
        rows=rows, found=found,
    )  # fmt: skip
