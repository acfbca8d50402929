"""The pages that set many quotas at once, with a preview and one undo, and that compare two instants."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crm.access import reach_of
from crm.calendar import fiscal_calendar
from crm.errors import Conflict, Refused
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from forecasting.actions import set_quotas, undo_quotas
from forecasting.batch_forms import CopyForm, ManyForm, PasteForm, SpreadForm
from forecasting.batches import Preview, draft_of, preview_of
from forecasting.comparing import compared
from forecasting.comparing_forms import CompareForm
from forecasting.forms import AskForm
from forecasting.grid import grid_address
from forecasting.models import QuotaBatch
from forecasting.types import ForecastType
from forecasting.wording import types_offered


@login_required
def quota_spread(request: SignedInRequest) -> HttpResponse:
    """A year's quota over its months or quarters."""
    return _many(request, SpreadForm, _("Spread a year"))


@login_required
def quota_copy(request: SignedInRequest) -> HttpResponse:
    """A year's, quarter's or month's quotas for the next one."""
    return _many(request, CopyForm, _("Copy forward"))


@login_required
def quota_paste(request: SignedInRequest) -> HttpResponse:
    """A block of a spreadsheet."""
    return _many(request, PasteForm, _("Paste from a spreadsheet"))


def _many(request: SignedInRequest, kind: type[ManyForm], title: str) -> HttpResponse:
    asked = AskForm(request.GET).asked("year")
    year = fiscal_calendar().year_of(asked.period.start)
    draft = draft_of(reach_of(request.user), year, ForecastType.read(asked.type))
    if not draft.subjects:
        raise PermissionDenied(_("Quotas are set by a superior, never by oneself."))
    form, preview = kind(draft, request.POST or None, request.GET.dict()), None
    if form.is_valid() and (proposal := attempt(form, form.propose)):
        preview = preview_of(proposal, by=request.user)
        if request.POST.get("sure") == preview.mark and _apply(request, form, preview):
            return redirect(grid_address(year, draft.type))
    return show(
        request, "forecasting/quota-many.html", form=form, preview=preview, title=title, asked=asked, draft=draft,
        back=grid_address(year, draft.type),
    )  # fmt: skip


def _apply(request: SignedInRequest, form: ManyForm, preview: Preview) -> bool:
    try:
        batch = attempt(form, set_quotas, preview.entries, kind=form.kind, by=request.user)
    except Conflict as conflict:
        form.add_error(None, str(conflict))
        return False
    if batch:
        count = len(preview.entries)
        text = ngettext("%(count)d quota is set.", "%(count)d quotas are set.", count) % {"count": count}
        undo = reverse("forecasting:quota-batch-undo", args=[batch.pk])
        messages.success(request, text, extra_tags=undo)
    return bool(batch)


@login_required
@require_POST
def quota_batch_undo(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take back what one set together."""
    batch = get_object_or_404(QuotaBatch, pk=pk, by=request.user)
    change = batch.changes.order_by("id").first()
    try:
        undo = undo_quotas(batch, by=request.user)
        left = batch.changes.count() - undo.changes.count()
        messages.success(request, _left(left) if left else _("As it was before."))
    except (Refused, Conflict) as refused:
        messages.error(request, str(refused))
    period, kind = (change.starts_on, change.type) if change else (batch.made_at.date(), ForecastType())
    where = grid_address(fiscal_calendar().month_of(period), kind)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": where})
    return redirect(where)


def _left(count: int) -> str:
    text = ngettext(
        "Taken back, but for %(count)d quota that was revised since.",
        "Taken back, but for %(count)d quotas that were revised since.",
        count,
    )
    return text % {"count": count}


@login_required
def quota_comparison(request: SignedInRequest) -> HttpResponse:
    """`?period=2026&from=…&until=…`: what became of a year's quotas between two instants."""
    asked = AskForm(request.GET).asked("year")
    year, kind = fiscal_calendar().year_of(asked.period.start), ForecastType.read(asked.type)
    form = CompareForm.of(request.GET)
    found: Any = compared(reach_of(request.user), year, kind, *form.instants)
    return show(
        request, "forecasting/quota-comparison.html", asked=asked, year=year, form=form, found=found,
        types=types_offered(), type=kind, back=grid_address(year, kind),
    )  # fmt: skip
