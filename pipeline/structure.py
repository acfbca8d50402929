"""The verbs of pipelines and stages. Each definition a stage ever had is kept as a StageChange."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.changes import apply, check, renumber
from crm.errors import Conflict, Refused
from crm.jobs import Chunk, create_job, start, work
from crm.models import Event, Job, User
from crm.packing import pack, unpack
from pipeline.actions.bulk import AT_ONCE as AT_ONCE
from pipeline.actions.moving import put_into_stage
from pipeline.ledger import writing
from pipeline.models import Category, ChangeSet, Deal, Kind, Pipeline, Stage, StageChange, askable
from pipeline.processes import PipelineTemplate
from pipeline.signals import pipeline_reshaped

MANY_STAGES = 6  # 4 to 6 open stages is what works: beyond it the settings page warns


@transaction.atomic
def create_pipeline(*, template: PipelineTemplate, name: str = "", by: User | None) -> Pipeline:
    """A new pipeline with the stages of a template, whose names are written in the language of the moment."""
    count = Pipeline.objects.count()
    pipeline = Pipeline(name=name.strip() or _(template.name), position=count, is_default=count == 0)
    _check_pipeline(pipeline, {})
    pipeline.save()
    for stage in template.stages:
        add_stage(
            pipeline,
            by=by,
            name=_(stage.name),
            kind=stage.kind,
            probability=Decimal(stage.probability),
            category=stage.category,
            stall_days=stage.stall_days,
            guidance=_(stage.guidance) if stage.guidance else "",
            required_fields=list(stage.required_fields),
        )
    events.record([events.event("pipeline.created", pipeline, by=by, is_public=True, data={"name": pipeline.name})])
    return pipeline


@transaction.atomic
def revise_pipeline(pipeline: Pipeline, *, by: User | None, **fields: Any) -> Pipeline:
    """Change its `name`, whether it `is_active`, or make it the default (`is_default=True`): exactly one is."""
    pipelines = {each.pk: each for each in Pipeline.objects.select_for_update().order_by("pk")}
    pipeline = pipelines[pipeline.pk]
    changed = apply(pipeline, fields)
    if not changed:
        return pipeline
    _check_pipeline(pipeline, changed)
    if "is_default" in changed:
        Pipeline.objects.filter(is_default=True).update(is_default=False)
    pipeline.save()
    data = {"name": pipeline.name, "changed": changed}
    events.record([events.event("pipeline.revised", pipeline, by=by, is_public=True, data=data)])
    return pipeline


@transaction.atomic
def retire_pipeline(pipeline: Pipeline, *, move_to: Stage | None = None, by: User | None) -> Pipeline:
    """Take a pipeline out of use; its open deals go to `move_to`, a stage of another one. Closed ones stay."""
    if move_to is not None and (move_to.pipeline_id == pipeline.pk or not move_to.is_open):
        raise Refused(move_to=_("Deals can only go to an open stage of another pipeline."))
    with writing() as ledger:
        still_open = Deal.objects.filter(pipeline=pipeline, outcome=Kind.OPEN, archived_at=None)
        there = ledger.lock_all(list(still_open.values_list("pk", flat=True)))
        if there and move_to is None:
            raise Refused(move_to=_("Say where the %(count)d open deals go.") % {"count": len(there)})
        for deal in there:
            if deal.is_open and deal.pipeline_id == pipeline.pk:
                put_into_stage(ledger, deal, move_to or deal.stage, by=by)
    return revise_pipeline(pipeline, is_active=False, by=by)


@transaction.atomic
def order_pipelines(ids: Sequence[int], *, by: User | None) -> None:
    """Put the pipelines into this order, everywhere they are listed."""
    pipelines = {each.pk: each for each in Pipeline.objects.select_for_update().order_by("pk")}
    if sorted(ids) != sorted(pipelines):
        raise Refused(pipelines=_("The pipelines are others by now: look again."))
    moved = renumber([pipelines[pk] for pk in ids])
    events.record(
        events.event(
            "pipeline.revised", each, by=by, is_public=True, data={"name": each.name, "changed": {"position": change}}
        )
        for each, change in moved
    )


def _check_pipeline(pipeline: Pipeline, changed: dict[str, Any]) -> None:
    check(pipeline)
    if Pipeline.objects.filter(name__iexact=pipeline.name).exclude(pk=pipeline.pk).exists():
        raise Refused(name=_("There is a pipeline of that name."))
    if "is_default" in changed and not pipeline.is_default:
        raise Refused(is_default=_("Make another pipeline the default instead."))
    if pipeline.is_default and not pipeline.is_active:
        raise Refused(is_active=_("The default pipeline stays in use."))
    if "is_active" in changed and pipeline.deals.filter(outcome=Kind.OPEN, archived_at=None).exists():
        raise Refused(is_active=_("It has open deals: move, win or lose them first."))


@transaction.atomic
def add_stage(pipeline: Pipeline, *, by: User | None, position: int | None = None, **fields: Any) -> Stage:
    """A new stage, by default behind the pipeline's last one of its kind."""
    Pipeline.objects.select_for_update(no_key=True).get(pk=pipeline.pk)
    stages = list(pipeline.stages.all())
    stage = Stage(pipeline=pipeline, **fields)
    _check_stage(stage)
    if position is None:
        position = len(stages) if not stage.is_open else sum(1 for other in stages if other.is_open)
    stages.insert(position, stage)
    stage.position = position
    stage.save()
    for moved, _change in renumber(stages):
        _remember(moved, by, "stage.ordered")
    _remember(stage, by, "stage.added")
    return stage


@transaction.atomic
def revise_stage(stage: Stage, *, version: int | None = None, by: User | None, **fields: Any) -> Stage:
    """Change a stage's definition. Open deals without a probability of their own follow it from now on.

    `version` is what `version_of` said when the definition was read: Conflict if it has changed since.
    """
    stage = _lock(stage, keeps_key=True)
    before = {name: getattr(stage, name) for name in fields}
    if fields.get("kind", stage.kind) != stage.kind:
        raise Refused(kind=_("A stage stays open, won or lost: its deals are."))
    for name, value in fields.items():
        setattr(stage, name, value)
    if before == fields:
        return stage
    _expect_same(stage, version)
    _check_stage(stage)
    stage.save()
    _remember(stage, by, "stage.revised")
    if any(name in fields and fields[name] != before[name] for name in ("probability", "category")):
        pipeline_reshaped.send(sender=Stage, pipeline=stage.pipeline)
    return stage


def version_of(stage: Stage) -> int:
    """The number of the event that defined it as it is."""
    return _definitions(stage).values_list("pk", flat=True).first() or 0


def _definitions(stage: Stage) -> QuerySet[Event]:
    kinds = ["stage.added", "stage.revised"]
    return Event.objects.filter(noun="stage", object_id=stage.pk, kind__in=kinds).order_by("-pk")


def _expect_same(stage: Stage, version: int | None) -> None:
    if version is None:
        return
    if change := _definitions(stage).filter(pk__gt=version).select_related("actor").first():
        who = change.actor.name if change.actor else _("Penstock")
        current = Stage.objects.get(pk=stage.pk)
        raise Conflict(_("%(who)s changed this stage in the meantime.") % {"who": who}, current=current, change=change)


@transaction.atomic
def order_stages(pipeline: Pipeline, ids: Sequence[int], *, by: User | None) -> None:
    """Put the open stages into this order; won and lost stay behind them."""
    Pipeline.objects.select_for_update(no_key=True).get(pk=pipeline.pk)
    stages = {stage.pk: stage for stage in pipeline.stages.all()}
    if sorted(ids) != sorted(pk for pk, stage in stages.items() if stage.is_open):
        raise Refused(stages=_("The order must name every open stage once."))
    closed = [pk for pk, stage in stages.items() if not stage.is_open]
    for stage, _change in renumber([stages[pk] for pk in [*ids, *closed]]):
        _remember(stage, by, "stage.ordered")


@transaction.atomic
def delete_stage(stage: Stage, *, move_to: Stage | None = None, by: User | None) -> None:
    """Remove a stage; its deals go to `move_to` first. Refused while it has deals and nowhere is named."""
    Pipeline.objects.select_for_update(no_key=True).get(pk=stage.pipeline_id)
    _may_go(stage, move_to)
    stage = _lock_with_deals(stage)
    with writing() as ledger:
        there = ledger.lock_all(list(Deal.objects.filter(stage=stage).values_list("pk", flat=True)))
        if there and move_to is None:
            raise Refused(move_to=_("Say where the %(count)d deals of this stage go.") % {"count": len(there)})
        for deal in there:
            put_into_stage(ledger, deal, move_to or stage, by=by)
    _remember(stage, by, "stage.deleted", is_deleted=True)
    stage.delete()


def _may_go(stage: Stage, move_to: Stage | None) -> None:
    if not stage.is_open:
        raise Refused(stage=_("Every pipeline keeps its Won and Lost stages."))
    if not Stage.objects.filter(pipeline_id=stage.pipeline_id, kind=Kind.OPEN).exclude(pk=stage.pk).exists():
        raise Refused(stage=_("A pipeline needs at least one open stage."))
    if move_to is not None and (move_to.pk == stage.pk or not move_to.is_open):
        raise Refused(move_to=_("Deals can only go to another open stage."))


@transaction.atomic
def empty_and_delete_stage(stage: Stage, *, move_to: Stage, by: User) -> Job:
    """The same for a stage with many deals: a job moves 200 at a time, and removes the stage with the last of them."""
    _may_go(stage, move_to)
    deals = list(Deal.objects.filter(stage=stage).order_by("pk").values_list("pk", flat=True))
    title = _("Delete the stage %(name)s") % {"name": stage.name}
    page = reverse("pipeline:pipeline", args=[stage.pipeline_id])
    job = create_job(empty_stage, title=title, total=len(deals), by=by, result_url=page)
    facts = pack({"stage": stage, "to": move_to})
    ChangeSet.objects.create(job=job, verb=ChangeSet.Verb.MOVE, facts=facts, deals=deals)
    start(job)
    return job


@work
def empty_stage(job: Job) -> Chunk:
    change_set = ChangeSet.objects.get(job=job)
    facts = unpack(change_set.facts)
    ids = change_set.deals[job.done : job.done + AT_ONCE]
    with writing() as ledger:
        ledger.change_set = change_set.pk
        there = [deal for deal in ledger.lock_all(ids) if deal.stage_id == facts["stage"].pk]
        for deal in there:
            put_into_stage(ledger, deal, facts["to"], by=job.by)
    if job.done + len(ids) >= job.total:
        delete_stage(facts["stage"], move_to=facts["to"], by=job.by)
    return Chunk(len(ids), len(there), [])


def _lock_with_deals(stage: Stage) -> Stage:
    """The stage and every deal that refers to it, locked: deals first, as each move does, so that none waits for us.

    If more came in before the stage was ours, its lock is given back and all begins again.
    """
    deals = Deal.objects.filter(Q(stage_id=stage.pk) | Q(lost_from_id=stage.pk))
    while True:
        known = set(deals.select_for_update().order_by("pk").values_list("pk", flat=True))
        with transaction.atomic():
            stage = _lock(stage)
            if known.issuperset(deals.values_list("pk", flat=True)):
                return stage
            transaction.set_rollback(True)


def _lock(stage: Stage, *, keeps_key: bool = False) -> Stage:
    """The stage's row, locked and fresh; while `keeps_key`, deals may still come and go."""
    locked = Stage.objects.select_for_update(no_key=keeps_key).filter(pk=stage.pk).first()
    if locked is None:
        raise Refused(stage=_("This stage no longer exists."))
    return locked


def _check_stage(stage: Stage) -> None:
    errors: dict[str, Any] = {}
    others = Stage.objects.filter(pipeline_id=stage.pipeline_id).exclude(pk=stage.pk)
    if not stage.name.strip():
        errors["name"] = _("A stage needs a name.")
    elif len(stage.name) > 80:
        errors["name"] = _("A stage’s name has at most 80 characters.")
    elif others.filter(name=stage.name).exists():
        errors["name"] = _("This pipeline has a stage of that name.")
    if not 0 <= stage.probability <= 100:
        errors["probability"] = _("A probability is between 0 and 100 percent.")
    if (stage.is_won and stage.probability != 100) or (stage.is_lost and stage.probability != 0):
        errors["probability"] = _("Won is 100 % and Lost 0 %.")
    if not stage.is_open and others.filter(kind=stage.kind).exists():
        errors["kind"] = _("A pipeline has one stage for won deals and one for lost ones.")
    if stage.category not in Category.values:
        errors["category"] = _("There is no such forecast category.")
    elif stage.is_open and stage.category == Category.CLOSED:
        errors["category"] = _("Only won deals are closed.")
    if unknown := set(stage.required_fields) - set(askable()):
        errors["required_fields"] = _("There is no such field: %(names)s.") % {"names": ", ".join(sorted(unknown))}
    if errors:
        raise Refused(**errors)


def _remember(stage: Stage, by: User | None, kind: str, *, is_deleted: bool = False) -> None:
    now = timezone.now()
    StageChange.objects.create(
        stage_id=stage.pk,
        pipeline_id=stage.pipeline_id,
        name=stage.name,
        kind=stage.kind,
        probability=stage.probability,
        category=stage.category,
        stall_days=stage.stall_days,
        position=stage.position,
        is_deleted=is_deleted,
        effective_at=now,
        recorded_at=now,
        by=by,
    )
    data = {"name": stage.name, "pipeline": stage.pipeline_id, "probability": str(stage.probability)}
    events.record([events.event(kind, stage, by=by, is_public=True, data=data)])
