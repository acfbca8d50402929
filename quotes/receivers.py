"""What quotes and deliveries do when a deal changes: marks in the same transaction, a wake-up after it."""

from typing import Any

from pipeline.models import Outcome
from pipeline.signals import DealChanged, checklist_changed, deals_changed
from quotes import aftermath


def connect() -> None:
    deals_changed.connect(mark_won, dispatch_uid="quotes.mark_won")
    checklist_changed.connect(mark_checklist, dispatch_uid="quotes.mark_checklist")


def mark_won(changes: list[DealChanged], **kwargs: Any) -> None:
    """Deals that are won, or were."""
    aftermath.mark(
        [
            change.after.deal_id
            for change in changes
            if Outcome.WON in (change.after.outcome, change.before and change.before.outcome)
        ]
    )


def mark_checklist(deal_id: int, **kwargs: Any) -> None:
    aftermath.mark([deal_id])
