"""Deliveries: the checklist of a won deal and the follow-ups after it, made of the templates that apply to it."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.access import reach_of
from crm.errors import Refused
from crm.models import Membership, User, Workspace
from pipeline.activities import Entry, drop_activity, enter_activities, plan_activity, replan_activity
from pipeline.models import Activity, Deal, Pipeline, Product
from quotes.models import Assignee, Delivery, DeliveryStep, DeliveryTemplate, Place, TemplateStep

HISTORY = timedelta(days=31)  # a win dated back by more is history: nobody delivers it now


# ── Templates ──────────────────────────────────────────────────────────────────────────────────────


class StepDraft(NamedTuple):
    """A step of a template as somebody wants it; `pk` of the one it was."""

    title: str
    days: int = 0
    place: str = Place.STEP
    kind: str = "task"
    assignee: str = Assignee.OWNER
    person: User | None = None
    pk: int | None = None


@transaction.atomic
def save_template(
    template: DeliveryTemplate | None = None,
    *,
    name: str,
    steps: Sequence[StepDraft],
    pipeline: Pipeline | None = None,
    product: Product | None = None,
    is_active: bool = True,
    by: User | None,
) -> DeliveryTemplate:
    """A template with all its steps, in their order. Deliveries that run keep the steps they have."""
    template = DeliveryTemplate.objects.select_for_update().get(pk=template.pk) if template else DeliveryTemplate()
    template.name, template.pipeline, template.product, template.is_active = name.strip(), pipeline, product, is_active
    _check_template(template, steps)
    template.version += 0 if template._state.adding else 1
    template.save()
    kept = set(template.steps.values_list("pk", flat=True))
    rows = [_step_of(template, draft, position, kept) for position, draft in enumerate(steps)]
    template.steps.exclude(pk__in=[row.pk for row in rows if row.pk]).delete()
    for row in rows:
        row.save()
    events.record(
        [events.event("delivery_template.saved", template, by=by, is_public=True, data={"name": template.name})]
    )
    return template


def _check_template(template: DeliveryTemplate, steps: Sequence[StepDraft]) -> None:
    if not template.name:
        raise Refused(name=_("Give it a name."))
    if DeliveryTemplate.objects.filter(name=template.name).exclude(pk=template.pk).exists():
        raise Refused(name=_("There is one of this name already."))
    if not steps:
        raise Refused(steps=_("Add a step."))
    if any(not step.title.strip() for step in steps):
        raise Refused(steps=_("Say what is to be done."))
    if any(step.assignee == Assignee.PERSON and step.person is None for step in steps):
        raise Refused(steps=_("Choose who does it."))


def _step_of(template: DeliveryTemplate, draft: StepDraft, position: int, kept: set[int]) -> TemplateStep:
    return TemplateStep(
        pk=draft.pk if draft.pk in kept else None,
        template=template,
        position=position,
        title=draft.title.strip()[:200],
        place=draft.place,
        kind=draft.kind,
        days=draft.days,
        assignee=draft.assignee,
        person=draft.person if draft.assignee == Assignee.PERSON else None,
    )


def templates_of(deal: Deal) -> QuerySet[DeliveryTemplate]:
    """Those that apply to the deal."""
    sold = deal.lines.values("product_id")
    fits = Q(pipeline=None) | Q(pipeline=deal.pipeline_id)
    return DeliveryTemplate.objects.filter(fits, Q(product=None) | Q(product__in=sold), is_active=True)


# ── A delivery ─────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def start_delivery(deal: Deal, *, template: DeliveryTemplate | None = None, by: User | None) -> Delivery | None:
    """Plan what the templates say (or the one that is named); None if none applies. What stopped goes on."""
    deal = Deal.objects.select_for_update(of=("self",)).select_related("owner").get(pk=deal.pk)
    if not deal.is_won or deal.closed_on is None:
        raise Refused(deal=_("Only a won deal is delivered."))
    templates = [template] if template else list(templates_of(deal))
    delivery = Delivery.objects.filter(deal=deal).first()
    if not templates and delivery is None:
        return None
    if delivery is None:
        delivery = Delivery.objects.create(deal=deal, won_on=deal.closed_on)
    else:
        delivery.stopped_at, delivery.won_on = None, deal.closed_on
        delivery.save(update_fields=["stopped_at", "won_on"])
    steps = TemplateStep.objects.filter(template__in=templates).exclude(place=Place.AFTER_DELIVERY)
    _plan(delivery, deal, steps, since=deal.closed_on)
    tell(delivery, "delivery.started", by)
    return settle(delivery, by=by)


def settle(delivery: Delivery, *, by: User | None) -> Delivery:
    """It ends with its last step and begins again with an open one. Its end plans the follow-ups."""
    if delivery.stopped_at is not None:
        return delivery
    is_open = Activity.objects.filter(delivery_step__delivery=delivery, in_checklist=True, done_at=None).exists()
    if is_open != (delivery.finished_at is None):
        delivery.finished_at = None if is_open else timezone.now()
        delivery.save(update_fields=["finished_at"])
        tell(delivery, "delivery.reopened" if is_open else "delivery.finished", by)
        if not is_open:
            steps = TemplateStep.objects.filter(template__in=templates_of(delivery.deal), place=Place.AFTER_DELIVERY)
            _plan(delivery, delivery.deal, steps, since=Workspace.current().today)
    return delivery


def recount(delivery: Delivery, deal: Deal) -> Delivery:
    """The day of the win was corrected: what is still to be done moves with it, unless somebody gave it another day."""
    assert deal.closed_on is not None
    if delivery.won_on != deal.closed_on:
        later, delivery.won_on = deal.closed_on - delivery.won_on, deal.closed_on
        delivery.save(update_fields=["won_on"])
        counted = delivery.steps.filter(activity__done_at=None, counted_on=F("activity__due_on"))
        for step in counted.select_related("activity"):
            assert step.activity is not None
            assert step.counted_on is not None
            step.counted_on = due_on = step.counted_on + later
            step.save(update_fields=["counted_on"])
            replan_activity(step.activity, due_on=due_on, by=None)
    return delivery


@transaction.atomic
def stop_delivery(delivery: Delivery, *, by: User | None) -> Delivery:
    """The deal is open again: what is planned is dropped, what was done stays done."""
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("deal").get(pk=delivery.pk)
    if delivery.stopped_at is None:
        delivery.stopped_at, delivery.finished_at = timezone.now(), None
        delivery.save(update_fields=["stopped_at", "finished_at"])
        planned = delivery.steps.filter(activity__done_at=None).select_related("activity")
        for step in planned:
            if step.activity:
                drop_activity(step.activity, by=by)
        delivery.steps.filter(activity=None).delete()
        tell(delivery, "delivery.stopped", by)
    return delivery


@transaction.atomic
def add_step(delivery: Delivery, *, title: str, due_on: date, owner: User | None = None, by: User) -> DeliveryStep:
    """One more, of this delivery alone. Its deal is locked first, as everywhere: it may just be merged into another."""
    deal = Deal.objects.select_for_update(of=("self",)).get(pk=delivery.deal_id)
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("deal__owner").get(pk=delivery.pk)
    if delivery.stopped_at is not None or deal.archived_at is not None:
        raise Refused(title=_("This delivery was stopped."))
    activity = plan_activity(delivery.deal, subject=title, due_on=due_on, owner=owner, in_checklist=True, by=by)
    return DeliveryStep.objects.create(delivery=delivery, activity=activity)


def _plan(delivery: Delivery, deal: Deal, steps: Iterable[TemplateStep], *, since: date) -> None:
    """Those that were not planned yet."""
    known = set(delivery.steps.values_list("template_step", flat=True))
    new = [step for step in steps if step.pk not in known]
    who = Assigning(deal)
    entries = [
        Entry(
            deal, who(step), step.title, step.kind, due_on=since + timedelta(days=step.days),
            in_checklist=step.place == Place.STEP,
        )
        for step in new
    ]  # fmt: skip
    activities = enter_activities(entries) if entries else []
    DeliveryStep.objects.bulk_create(
        DeliveryStep(
            delivery=delivery, template_step=step, activity=activity,
            counted_on=None if step.place == Place.AFTER_DELIVERY else activity.due_on,
        )
        for step, activity in zip(new, activities, strict=True)
    )  # fmt: skip


class Assigning:
    """Who does a step of this deal: whoever may not know of the deal is given nothing of it."""

    def __init__(self, deal: Deal) -> None:
        self.deal = deal
        self._known: dict[tuple[str, int | None], User] = {}

    def __call__(self, step: TemplateStep) -> User:
        key = (step.assignee, step.person_id)
        if key not in self._known:
            self._known[key] = self._found(step) or self.deal.owner
        return self._known[key]

    def _found(self, step: TemplateStep) -> User | None:
        if step.assignee == Assignee.MANAGER:
            return manager_of(self.deal)
        person = step.person if step.assignee == Assignee.PERSON else None
        if person and person.is_active and reach_of(person).sees([self.deal.owner_id], [self.deal.team_id]):
            return person
        return None


def manager_of(deal: Deal) -> User | None:
    """Who manages the deal's team."""
    places = Membership.objects.on(Workspace.current().today).filter(team=deal.team_id, is_manager=True)
    place = places.filter(user__is_active=True).select_related("user").order_by("pk").first()
    return place.user if place else None


def tell(instance: Any, kind: str, by: User | None, **data: Any) -> None:
    """An event of something that follows a deal: known to whom the deal is."""
    deal = instance.deal
    teams = [deal.team_id] if deal.team_id else []
    told = {"deal": deal.pk, "title": deal.title, **data}
    events.record([events.event(kind, instance, by=by, data=told, owner_ids=[deal.owner_id], team_ids=teams)])
