"""Settings of selling: pipelines and their stages, reasons. Only administrators come here."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.access import admin_only
from crm.errors import Conflict
from crm.forms import initial_of
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from pipeline import catalogue, structure
from pipeline.models import Kind, LossReason, Pipeline, Stage, WinReason
from pipeline.preview import Preview, preview_of
from pipeline.settings_forms import (
    LossReasonForm,
    MergeForm,
    MoveAllForm,
    NewPipelineForm,
    NewStageForm,
    PipelineForm,
    ReasonForm,
    RetireForm,
    StageForm,
)

LIVE = Q(deals__archived_at=None)
REASONS: dict[str, type[WinReason] | type[LossReason]] = {"win": WinReason, "loss": LossReason}


# ── Pipelines ──────────────────────────────────────────────────────────────────────────────────────


@admin_only
def pipelines(request: SignedInRequest) -> HttpResponse:
    rows = Pipeline.objects.prefetch_related(Prefetch("stages", Stage.objects.filter(kind=Kind.OPEN), "open_stages"))
    rows = rows.annotate(open=Count("deals", filter=Q(deals__outcome=Kind.OPEN) & LIVE)).order_by("position", "pk")
    return show(request, "pipeline/settings/pipelines.html", section="pipelines", pipelines=rows)


@admin_only
def pipeline_new(request: SignedInRequest) -> HttpResponse:
    """`?template=copy-7` has the stages of a pipeline chosen already."""
    form = NewPipelineForm(request.POST or None, initial=request.GET.dict())
    if form.is_valid():
        said = {"template": form.process(), "name": form.cleaned_data["name"]}
        if made := attempt(form, structure.create_pipeline, by=request.user, **said):
            return redirect("pipeline:pipeline", made.pk)
    return show(request, "pipeline/settings/pipeline-new.html", section="pipelines", form=form)


@admin_only
def pipeline(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Pipeline, pk=pk)
    form = PipelineForm(request.POST or None, initial={"name": found.name})
    if form.is_valid() and attempt(form, structure.revise_pipeline, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("pipeline:pipeline", pk)
    stages = list(found.stages.annotate(deal_count=Count("deals", filter=LIVE)).order_by("position", "pk"))
    is_open = [stage for stage in stages if stage.is_open]
    is_open[-1].is_last = True  # type: ignore[attr-defined]
    return show(
        request, "pipeline/settings/pipeline.html", section="pipelines", pipeline=found, form=form, stages=stages,
        too_many=len(is_open) > structure.MANY_STAGES, most=structure.MANY_STAGES,
    )  # fmt: skip


@admin_only
@require_POST
def pipeline_order(request: SignedInRequest) -> HttpResponse:
    ids = list(Pipeline.objects.order_by("position", "pk").values_list("pk", flat=True))
    structure.order_pipelines(_wanted(request, ids), by=request.user)
    return _ordered(request, "pipeline:pipelines")


def _wanted(request: SignedInRequest, ids: list[int]) -> list[int]:
    """`ids`, repeated, are the order wanted; else `up` or `down` is the one that goes one place further."""
    if posted := request.POST.getlist("ids"):
        return [int(pk) for pk in posted if pk.isascii() and pk.isdigit()]
    for name, step in (("up", -1), ("down", 1)):
        if (moved := request.POST.get(name, "")) in map(str, ids):
            place = ids.index(int(moved))
            ids.insert(max(0, place + step), ids.pop(place))
    return ids


def _ordered(request: SignedInRequest, page: str, *args: Any) -> HttpResponse:
    return HttpResponse(status=204) if request.headers.get("HX-Request") else redirect(page, *args)


@admin_only
@require_POST
def pipeline_use(request: SignedInRequest, pk: int) -> HttpResponse:
    """`is_default=on` makes it the default; else it is used again."""
    found = get_object_or_404(Pipeline, pk=pk)
    wanted = {"is_default": True} if request.POST.get("is_default") else {"is_active": True}
    structure.revise_pipeline(found, by=request.user, **wanted)
    return redirect("pipeline:pipeline", pk)


@admin_only
def pipeline_retire(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks where the open deals go, then takes the pipeline out of use."""
    found = get_object_or_404(Pipeline, pk=pk, is_active=True)
    others = Stage.objects.filter(pipeline__is_active=True, kind=Kind.OPEN).exclude(pipeline=found)
    stages = others.select_related("pipeline").order_by("pipeline__position", "pipeline", "position")
    form = RetireForm(request.POST if request.method == "POST" else None, stages=stages)
    if form.is_valid() and attempt(form, structure.retire_pipeline, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("%(name)s is no longer in use.") % {"name": found.name})
        return redirect("pipeline:pipeline", pk)
    count = found.deals.filter(outcome=Kind.OPEN, archived_at=None).count()
    return show(
        request, "pipeline/settings/pipeline-retire.html", section="pipelines", pipeline=found, form=form, count=count
    )


# ── Stages ─────────────────────────────────────────────────────────────────────────────────────────


@admin_only
def stage_new(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Pipeline, pk=pk)
    form = NewStageForm(request.POST or None, initial={"stall_days": 21})
    if form.is_valid() and attempt(form, structure.add_stage, found, by=request.user, **form.cleaned_data):
        return redirect("pipeline:pipeline", pk)
    return show(request, "pipeline/settings/stage.html", section="pipelines", pipeline=found, form=form)


@admin_only
def stage(request: SignedInRequest, pk: int) -> HttpResponse:
    """`preview` shows what the forecast would become instead of saving."""
    found = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    form = StageForm.of(found, request.POST or None)
    if form.is_valid() and "preview" not in request.POST:
        try:
            if attempt(form, structure.revise_stage, found, by=request.user, **form.cleaned_data):
                messages.success(request, _("Saved."))
                return redirect("pipeline:pipeline", found.pipeline_id)
        except Conflict as conflict:
            return _stage(request, conflict.current, form, conflict=conflict, status=409)
    return _stage(request, found, form)


def _stage(request: SignedInRequest, found: Stage, form: StageForm, status: int = 0, **context: Any) -> HttpResponse:
    """After a conflict the form keeps what was typed, and saves over what it has now been shown."""
    if "conflict" in context:
        form.data = request.POST.copy()
        form.data["version"] = str(structure.version_of(found))
    return show(
        request, "pipeline/settings/stage.html", status=status, section="pipelines", pipeline=found.pipeline,
        stage=found, form=form, preview=_preview(found, form), **context,
    )  # fmt: skip


@admin_only
@require_safe
def stage_preview(request: SignedInRequest, pk: int) -> HttpResponse:
    """`?probability=&category=`: the forecast as it is and as it would be; nothing while they are no numbers."""
    found = get_object_or_404(Stage, pk=pk, kind=Kind.OPEN)
    preview = _preview(found, StageForm.of(found, request.GET))
    return show(request, "pipeline/settings/preview.html", preview=preview)


def _preview(found: Stage, form: StageForm) -> Preview | None:
    """Of a definition that is not the one that stands."""
    if not found.is_open or not form.is_bound:
        return None
    form.is_valid()  # the other fields may be wrong
    probability, category = (form.cleaned_data.get(name) for name in ("probability", "category"))
    if probability is None or not category or (probability, category) == (found.probability, found.category):
        return None
    return preview_of(found, probability=probability, category=category) if 0 <= probability <= 100 else None


@admin_only
@require_POST
def stage_order(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Pipeline, pk=pk)
    ids = list(found.stages.filter(kind=Kind.OPEN).order_by("position", "pk").values_list("pk", flat=True))
    structure.order_stages(found, _wanted(request, ids), by=request.user)
    return _ordered(request, "pipeline:pipeline", pk)


@admin_only
def stage_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks where the stage's deals go, then takes it away; with many deals, in the background."""
    found = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    others = Stage.objects.filter(pipeline=found.pipeline_id, kind=Kind.OPEN).exclude(pk=pk)
    form = MoveAllForm(request.POST if request.method == "POST" else None, stages=others)
    counts = found.deals.aggregate(all=Count("pk"), archived=Count("pk", filter=Q(archived_at__isnull=False)))
    if form.is_valid() and (done := _delete(request, found, form, counts["all"])):
        return done
    return show(
        request, "pipeline/settings/stage-delete.html", section="pipelines", stage=found, form=form, counts=counts
    )


def _delete(request: SignedInRequest, found: Stage, form: MoveAllForm, deals: int) -> HttpResponse | None:
    if deals > structure.AT_ONCE and form.cleaned_data["move_to"]:
        job = attempt(form, structure.empty_and_delete_stage, found, by=request.user, **form.cleaned_data)
        return redirect("crm:job", job.pk) if job else None
    attempt(form, structure.delete_stage, found, by=request.user, **form.cleaned_data)
    if form.errors:
        return None
    messages.success(request, _("Deleted %(name)s.") % {"name": found.name})
    return redirect("pipeline:pipeline", found.pipeline_id)


# ── Reasons ────────────────────────────────────────────────────────────────────────────────────────


@admin_only
def reasons(request: SignedInRequest) -> HttpResponse:
    order = ("position", "pk")
    counted = {
        kind: model.objects.annotate(deal_count=Count("deals")).order_by(*order) for kind, model in REASONS.items()
    }
    return show(request, "pipeline/settings/reasons.html", section="reasons", reasons=counted)


@admin_only
def reason_new(request: SignedInRequest, kind: str) -> HttpResponse:
    model = _reason_model(kind)
    form = _reason_form(kind)(request.POST or None)
    if form.is_valid() and attempt(form, catalogue.create_reason, model, by=request.user, **form.cleaned_data):
        return redirect("pipeline:reasons")
    return show(request, "pipeline/settings/reason.html", section="reasons", form=form, kind=kind)


@admin_only
def reason(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    found = get_object_or_404(_reason_model(kind), pk=pk)
    form = _reason_form(kind)
    filled = form(request.POST or None, initial=initial_of(found, form))
    if filled.is_valid() and attempt(filled, catalogue.revise_reason, found, by=request.user, **filled.cleaned_data):
        return redirect("pipeline:reasons")
    return show(request, "pipeline/settings/reason.html", section="reasons", form=filled, kind=kind, reason=found)


@admin_only
@require_POST
def reason_order(request: SignedInRequest, kind: str) -> HttpResponse:
    model = _reason_model(kind)
    ids = list(model.objects.order_by("position", "pk").values_list("pk", flat=True))
    catalogue.order_reasons(model, _wanted(request, ids), by=request.user)
    return _ordered(request, "pipeline:reasons")


@admin_only
def reason_merge(request: SignedInRequest, kind: str, pk: int) -> HttpResponse:
    """Two reasons that mean the same become one."""
    model = _reason_model(kind)
    found = get_object_or_404(model.objects.annotate(deal_count=Count("deals")), pk=pk)
    form = MergeForm(request.POST or None, reasons=model.objects.filter(is_active=True).exclude(pk=pk))
    if form.is_valid() and attempt(form, catalogue.merge_reason, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("%(name)s is merged.") % {"name": found.name})
        return redirect("pipeline:reasons")
    return show(request, "pipeline/settings/reason-merge.html", section="reasons", form=form, kind=kind, reason=found)


def _reason_model(kind: str) -> type[WinReason] | type[LossReason]:
    if kind not in REASONS:
        raise Http404
    return REASONS[kind]


def _reason_form(kind: str) -> type[ReasonForm]:
    return LossReasonForm if kind == "loss" else ReasonForm
