"""What the pipeline says to the floors above. It never learns who listens; a listener that fails undoes the change."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from django.dispatch import Signal

from pipeline.models import Deal


@dataclass(frozen=True, slots=True)
class DealFacts:
    """A deal as the forecast cares for it."""

    deal_id: int
    pipeline_id: int
    stage_id: int
    outcome: str
    owner_id: int
    team_id: int | None
    amount: Decimal | None
    currency_id: str
    expected_close_on: date | None
    probability_override: Decimal | None
    category_override: str
    closed_on: date | None
    base_amount: Decimal | None
    is_archived: bool


class DealChanged(NamedTuple):
    before: DealFacts | None
    after: DealFacts


def facts_of(deal: Deal) -> DealFacts:
    return DealFacts(
        deal_id=deal.pk,
        pipeline_id=deal.pipeline_id,
        stage_id=deal.stage_id,
        outcome=deal.outcome,
        owner_id=deal.owner_id,
        team_id=deal.team_id,
        amount=deal.amount,
        currency_id=deal.currency_id,
        expected_close_on=deal.expected_close_on,
        probability_override=deal.probability_override,
        category_override=deal.category_override,
        closed_on=deal.closed_on,
        base_amount=deal.base_amount,
        is_archived=deal.archived_at is not None,
    )


deals_changed = Signal()  # changes: list[DealChanged]
pipeline_reshaped = Signal()  # pipeline: Pipeline; stages were revised, so every open deal in it may weigh differently
deal_merged = Signal()  # kept, gone: Deal, both locked; a listener returns {name: ids} of what it moved to `kept`
deal_parted = Signal()  # kept, gone: Deal; moved: {name: ids}, as it was returned then
products_regrouped = Signal()  # product_ids: list[int]; their family is another one
checklist_changed = Signal()  # deal_id: int; a step of its checklist was planned, done, opened again or dropped
