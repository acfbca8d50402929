"""Settings of units and taxes. Only administrators come here."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access import admin_only
from crm.errors import Refused
from crm.forms import initial_of
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from pipeline import taxing
from pipeline.catalogue_forms import TaxClassForm, TaxForm, TaxRows, UnitForm
from pipeline.models import TaxClass, Unit

CODES = ["C62", "HUR", "DAY", "WEE", "MON", "ANN", "KGM", "TNE", "MTR", "KMT", "MTK", "MTQ", "LTR", "SET", "XPK"]


@admin_only
def units(request: SignedInRequest) -> HttpResponse:
    """The list, and the form of another one below."""
    form = UnitForm(request.POST or None)
    if form.is_valid() and attempt(form, taxing.create_unit, by=request.user, **form.facts()):
        return redirect("pipeline:units")
    rows = Unit.objects.all()
    return show(request, "pipeline/settings/units.html", section="units", units=rows, form=form, codes=CODES)


@admin_only
def unit(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Unit, pk=pk)
    form = UnitForm.of(found, request.POST or None)
    if form.is_valid() and attempt(form, taxing.revise_unit, found, by=request.user, **form.facts()):
        return redirect("pipeline:units")
    return show(request, "pipeline/settings/unit.html", section="units", form=form, unit=found, codes=CODES)


@admin_only
@require_POST
def unit_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Unit, pk=pk)
    try:
        taxing.delete_unit(found, by=request.user)
    except Refused as refused:
        messages.error(request, str(refused))
        return redirect("pipeline:unit", pk)
    messages.success(request, _("Deleted %(name)s.") % {"name": found.name})
    return redirect("pipeline:units")


@admin_only
def tax_classes(request: SignedInRequest) -> HttpResponse:
    rows = TaxClass.objects.prefetch_related("taxes")
    return show(request, "pipeline/settings/taxes.html", section="taxes", classes=rows)


@admin_only
def tax_class_new(request: SignedInRequest) -> HttpResponse:
    return _tax_class(request, TaxClass(), TaxClassForm(request.POST or None))


@admin_only
def tax_class(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(TaxClass, pk=pk)
    return _tax_class(request, found, TaxClassForm(request.POST or None, initial=initial_of(found, TaxClassForm)))


def _tax_class(request: SignedInRequest, found: TaxClass, form: TaxClassForm) -> HttpResponse:
    known = [initial_of(tax, TaxForm) for tax in found.taxes.all()] if found.pk and not request.POST else []
    rows = TaxRows(request.POST or None, initial=known, prefix="taxes")
    if form.is_valid() and rows.is_valid() and attempt(form, _save, found, form, rows, by=request.user):
        return redirect("pipeline:taxes")
    status = 422 if request.POST and not rows.is_valid() else 0
    return show(
        request, "pipeline/settings/tax-class.html", status=status, section="taxes", form=form, rows=rows,
        tax_class=found,
    )  # fmt: skip


def _save(found: TaxClass, form: TaxClassForm, rows: Any, *, by: Any) -> TaxClass:
    said = {**form.cleaned_data, "taxes": TaxForm.taxes(rows), "by": by}
    return taxing.revise_tax_class(found, **said) if found.pk else taxing.create_tax_class(**said)
