"""What follows a deal, as its page and the lists show it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from crm.access import Reach
from crm.models import Workspace
from pipeline.models import Activity, Deal
from quotes.actions.renewing import worths_of
from quotes.models import Delivery, DeliveryStep, DeliveryTemplate, Renewal, RenewalState

NEVER = date(9999, 12, 31)


@dataclass(slots=True)
class Planned:
    """A renewal with what it is worth, and its deal if one may see it."""

    renewal: Renewal
    worth: Decimal | None
    opened: Deal | None


@dataclass(slots=True)
class After:
    deal: Deal
    today: date
    may_change: bool
    delivery: Delivery | None
    steps: list[DeliveryStep]  # of its checklist
    renewals: list[Planned]
    renewed: Deal | None  # which this deal renews
    has_templates: bool

    @property
    def done(self) -> int:
        return sum(step.activity is not None and step.activity.done_at is not None for step in self.steps)

    @property
    def share(self) -> int:
        """Done, in percent."""
        return 100 * self.done // len(self.steps) if self.steps else 0

    @property
    def is_shown(self) -> bool:
        return bool(self.deal.is_won or self.delivery or self.renewals or self.renewed)


def after_of(deal: Deal, reach: Reach) -> After:
    """A deal that is archived is followed by nothing; what may not be seen is not named."""
    deals = Deal.objects.visible_to(reach)
    delivery = Delivery.objects.filter(deal=deal).first()
    steps = DeliveryStep.objects.filter(delivery=delivery, activity__in_checklist=True)
    renewals = Renewal.objects.filter(deal=deal).select_related("deal", "owner", "currency")
    return After(
        deal=deal,
        today=Workspace.current().today,
        may_change=deal.archived_at is None and reach.changes(deal.owner_id, deal.team_id),
        delivery=delivery,
        steps=list(steps.select_related("activity__owner", "activity__done_by")) if delivery else [],
        renewals=planned(list(renewals), deals),
        renewed=deals.filter(renewals__opened_deal=deal).first(),
        has_templates=deal.is_won and delivery is None and DeliveryTemplate.objects.filter(is_active=True).exists(),
    )


def planned(renewals: Sequence[Renewal], deals: QuerySet[Deal]) -> list[Planned]:
    """In a fixed number of queries; `deals` are those that may be named."""
    worths = worths_of(renewals) if renewals else {}
    opened = deals.in_bulk([each.opened_deal_id for each in renewals if each.opened_deal_id])
    return [Planned(each, worths[each.pk], opened.get(each.opened_deal_id or 0)) for each in renewals]


# ── Lists ──────────────────────────────────────────────────────────────────────────────────────────

OPEN_STEPS = Activity.objects.filter(delivery_step__delivery=OuterRef("pk"), in_checklist=True, done_at=None)
NEXT_DUE = Coalesce(Subquery(OPEN_STEPS.order_by("due_on").values("due_on")[:1]), NEVER)
STATES: dict[str, Q] = {
    "running": Q(finished_at=None, stopped_at=None),
    "late": Q(finished_at=None, stopped_at=None),
    "finished": Q(finished_at__isnull=False),
    "stopped": Q(stopped_at__isnull=False),
}


def deliveries_of(reach: Reach, asked: dict[str, Any]) -> QuerySet[Delivery]:
    """`state` of STATES (default: running) and `owner`: of whom a step is to be done, or the deal is."""
    rows = Delivery.objects.visible_to(reach).select_related("deal__company", "deal__owner")
    state = asked.get("state") or "running"
    rows = rows.filter(STATES[state]) if state in STATES else rows
    if state == "late":
        rows = rows.alias(next_due=NEXT_DUE).filter(next_due__lt=Workspace.current().today)
    if owner := asked.get("owner"):
        rows = rows.filter(
            Q(deal__owner=owner) | Q(pk__in=DeliveryStep.objects.filter(activity__owner=owner).values("delivery"))
        )
    steps = Q(steps__activity__in_checklist=True)
    following = OPEN_STEPS.order_by("due_on", "pk")
    return rows.annotate(
        total=Count("steps", filter=steps),
        done=Count("steps", filter=steps & Q(steps__activity__done_at__isnull=False)),
        next_due=Subquery(following.values("due_on")[:1]),
        next_title=Subquery(following.values("subject")[:1]),
        next_who=Subquery(following.values("owner__name")[:1]),
    )


def renewals_of(reach: Reach, asked: dict[str, Any]) -> QuerySet[Renewal]:
    """`state` of RenewalState (default: planned) and `owner`."""
    rows = Renewal.objects.visible_to(reach).select_related("deal__company", "deal__owner", "owner", "currency")
    state = asked.get("state") or RenewalState.PLANNED
    rows = rows.filter(state=state) if state in RenewalState.values else rows
    if owner := asked.get("owner"):
        rows = rows.filter(Q(owner=owner) | Q(owner=None, deal__owner=owner))
    return rows
