"""Settings of selling: pipelines and their stages, products, reasons. Only administrators come here."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Prefetch, Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access import admin_only
from crm.forms import initial_of
from crm.models import Workspace
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from pipeline import catalogue, structure
from pipeline.models import Kind, LossReason, Pipeline, Product, Stage, WinReason
from pipeline.settings_forms import (
    DeleteStageForm,
    LossReasonForm,
    NewPipelineForm,
    PipelineForm,
    ProductForm,
    ReasonForm,
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
    form = NewPipelineForm(request.POST or None)
    if form.is_valid():
        template = structure.TEMPLATES[form.cleaned_data["template"]]
        name = form.cleaned_data["name"]
        if made := attempt(form, structure.create_pipeline, template=template, name=name, by=request.user):
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
    is_open = [stage.pk for stage in stages if stage.is_open]
    return show(
        request, "pipeline/settings/pipeline.html", section="pipelines", pipeline=found, form=form, stages=stages,
        too_many=len(is_open) > structure.MANY_STAGES, most=structure.MANY_STAGES, last_open=is_open[-1],
    )  # fmt: skip


@admin_only
@require_POST
def pipeline_use(request: SignedInRequest, pk: int) -> HttpResponse:
    """`is_default=on` makes it the default; else `is_active` says whether it is in use."""
    found = get_object_or_404(Pipeline, pk=pk)
    if request.POST.get("is_default"):
        structure.revise_pipeline(found, is_default=True, by=request.user)
    else:
        structure.revise_pipeline(found, is_active=request.POST.get("is_active") == "on", by=request.user)
    return redirect("pipeline:pipeline", pk)


# ── Stages ─────────────────────────────────────────────────────────────────────────────────────────


@admin_only
def stage_new(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Pipeline, pk=pk)
    form = StageForm(request.POST or None, initial={"stall_days": 21})
    if form.is_valid() and attempt(form, structure.add_stage, found, by=request.user, **form.cleaned_data):
        return redirect("pipeline:pipeline", pk)
    return show(request, "pipeline/settings/stage.html", section="pipelines", pipeline=found, form=form)


@admin_only
def stage(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    form = StageForm.of(found, request.POST or None)
    if form.is_valid() and attempt(form, structure.revise_stage, found, by=request.user, **form.cleaned_data):
        messages.success(request, _("Saved."))
        return redirect("pipeline:pipeline", found.pipeline_id)
    return show(
        request, "pipeline/settings/stage.html", section="pipelines", pipeline=found.pipeline, stage=found, form=form
    )


@admin_only
@require_POST
def stage_order(request: SignedInRequest, pk: int) -> HttpResponse:
    """`move=up` or `down` by one place; or `stages`, repeated, in the order wanted."""
    found = get_object_or_404(Stage, pk=pk)
    ids = list(Stage.objects.filter(pipeline=found.pipeline_id, kind=Kind.OPEN).values_list("pk", flat=True))
    if found.pk in ids:
        place = ids.index(found.pk)
        ids.insert(max(0, place + (-1 if request.POST.get("move") == "up" else 1)), ids.pop(place))
        structure.order_stages(found.pipeline, ids, by=request.user)
    return redirect("pipeline:pipeline", found.pipeline_id)


@admin_only
def stage_delete(request: SignedInRequest, pk: int) -> HttpResponse:
    """Asks where the stage's deals go, then takes it away."""
    found = get_object_or_404(Stage.objects.select_related("pipeline"), pk=pk)
    others = Stage.objects.filter(pipeline=found.pipeline_id, kind=Kind.OPEN).exclude(pk=pk)
    form = DeleteStageForm(request.POST if request.method == "POST" else None, stages=others)
    if form.is_valid():
        attempt(form, structure.delete_stage, found, by=request.user, **form.cleaned_data)
        if not form.errors:
            messages.success(request, _("Deleted %(name)s.") % {"name": found.name})
            return redirect("pipeline:pipeline", found.pipeline_id)
    count = found.deals.count()
    return show(
        request, "pipeline/settings/stage-delete.html", section="pipelines", stage=found, form=form, count=count
    )


# ── Products ───────────────────────────────────────────────────────────────────────────────────────


@admin_only
def products(request: SignedInRequest) -> HttpResponse:
    sold = Sum("lines__quantity", filter=Q(lines__deal__outcome=Kind.WON))
    rows = Product.objects.annotate(sold=sold).order_by("name")
    return show(request, "pipeline/settings/products.html", section="products", products=rows)


@admin_only
def product_new(request: SignedInRequest) -> HttpResponse:
    form = ProductForm(request.POST or None, initial={"currency": Workspace.current().currency_id})
    if form.is_valid() and attempt(form, catalogue.create_product, by=request.user, **form.cleaned_data):
        return redirect("pipeline:products")
    return _product(request, form)


@admin_only
def product(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Product, pk=pk)
    form = ProductForm(request.POST or None, initial=initial_of(found, ProductForm))
    if form.is_valid() and attempt(form, catalogue.revise_product, found, by=request.user, **form.cleaned_data):
        return redirect("pipeline:products")
    return _product(request, form, product=found)


def _product(request: SignedInRequest, form: ProductForm, **context: Any) -> HttpResponse:
    families = Product.objects.exclude(family="").order_by("family").values_list("family", flat=True).distinct()
    return show(request, "pipeline/settings/product.html", section="products", form=form, families=families, **context)


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


def _reason_model(kind: str) -> type[WinReason] | type[LossReason]:
    if kind not in REASONS:
        raise Http404
    return REASONS[kind]


def _reason_form(kind: str) -> type[ReasonForm]:
    return LossReasonForm if kind == "loss" else ReasonForm
