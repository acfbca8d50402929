"""The company's settings, its currencies and their rates."""

from typing import Any
from zoneinfo import available_timezones

from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm import actions
from crm.access import admin_only
from crm.errors import Refused
from crm.forms import RateFileForm, RateForm, WorkspaceForm
from crm.imports.reading import BadFile
from crm.jobs import note_job
from crm.models import Currency, ExchangeRate, User, Workspace
from crm.paging import page_newest_first
from crm.rate_files import read_rates
from crm.rates import RateReport, import_rates
from crm.request import SignedInRequest
from crm.views.answers import attempt, show

LARGEST_FILE = 20_000_000


@admin_only
def workspace(request: SignedInRequest) -> HttpResponse:
    form = WorkspaceForm.of(Workspace.current(), request.POST or None)
    if form.is_valid() and attempt(form, actions.revise_workspace, by=request.user, **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("crm:workspace")
    return show(request, "crm/workspace.html", section="workspace", form=form, zones=sorted(available_timezones()))


@admin_only
def currencies(request: SignedInRequest) -> HttpResponse:
    """Each currency in use with what it is worth today; a POST sets a rate."""
    current = Workspace.current()
    form = RateForm(request.POST or None, base=current.currency_id, initial=_asked_for(request))
    if form.is_valid() and attempt(form, actions.set_exchange_rate, by=request.user, **form.cleaned_data):
        messages.success(request, _("The rate is set."))
        return redirect("crm:currencies")
    base = str(current.currency_id)
    rates = _newest_rates(base)
    known: list[Currency] = []
    unknown: list[Currency] = []
    for each in Currency.objects.all():
        (known if each.pk in rates or each.pk == base else unknown).append(each)
    rows = [(each, rates.get(each.pk)) for each in sorted(known, key=lambda each: (each.pk != base, each.pk))]
    return show(request, "crm/currencies.html", section="currencies", form=form, rows=rows, unknown=unknown)


@admin_only
def currencies_import(request: SignedInRequest) -> HttpResponse:
    """Rates of a file: what became of its rows is a page of its own, kept with the jobs."""
    form = RateFileForm(request.POST or None, request.FILES or None)
    if form.is_valid() and (report := attempt(form, _import, form.cleaned_data["file"], by=request.user)):
        title = _("Rates from %(name)s") % {"name": form.cleaned_data["file"].name}
        job = note_job(
            title=title, total=report.rows, changed=report.written, left_out=report.report, by=request.user,
            result_url=reverse("crm:currencies"),
        )  # fmt: skip
        return redirect("crm:job", job.pk)
    return show(request, "crm/currencies-import.html", section="currencies", form=form)


def _import(file: "UploadedFile[Any]", *, by: User) -> RateReport:
    """Raises Refused."""
    try:
        if (file.size or 0) > LARGEST_FILE:
            raise BadFile(_("The file is larger than 20 MB."))
        lines = read_rates(file.read(), Workspace.current().currency_id)
        return import_rates(lines, source=file.name or "", by=by)
    except BadFile as bad:
        raise Refused(file=bad) from None


def _asked_for(request: SignedInRequest) -> dict[str, Any]:
    return {"on": Workspace.current().today, "currency": request.GET.get("currency")}


def _newest_rates(base: str) -> dict[str, ExchangeRate]:
    newest = ExchangeRate.objects.filter(base_id=base, on__lte=Workspace.current().today)
    newest = newest.order_by("currency_id", "-on", "-id").distinct("currency_id").select_related("by")
    return {rate.currency_id: rate for rate in newest}


@admin_only
def currency(request: SignedInRequest, code: str) -> HttpResponse:
    """Every rate of one currency that was ever set, newest first."""
    found = get_object_or_404(Currency, pk=code)
    base = Workspace.current().currency_id
    rates = ExchangeRate.objects.filter(currency=found, base_id=base).select_related("by")
    listed = page_newest_first(request, rates)
    return show(request, "crm/currency.html", section="currencies", currency=found, listed=listed)


@admin_only
@require_POST
def currency_use(request: SignedInRequest, code: str) -> HttpResponse:
    found = get_object_or_404(Currency, pk=code)
    actions.revise_currency(found, is_active=request.POST.get("is_active") == "on", by=request.user)
    return redirect("crm:currencies")
