"""What quotes and deliveries do when a deal changes (marks, and a wake-up after it), is merged or taken apart."""

from typing import Any

from pipeline.models import Deal, Outcome
from pipeline.signals import DealChanged, checklist_changed, deal_merged, deal_parted, deals_changed
from quotes import aftermath
from quotes.actions.uniting import part, unite


def connect() -> None:
    deals_changed.connect(mark_won, dispatch_uid="quotes.mark_won")
    checklist_changed.connect(mark_checklist, dispatch_uid="quotes.mark_checklist")
    deal_merged.connect(move_along, dispatch_uid="quotes.move_along")
    deal_parted.connect(move_back, dispatch_uid="quotes.move_back")


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


def move_along(kept: Deal, gone: Deal, **_signal: Any) -> dict[str, Any]:
    aftermath.mark([kept.pk])
    return unite(kept, gone)


def move_back(kept: Deal, gone: Deal, moved: dict[str, Any], **_signal: Any) -> None:
    aftermath.mark([kept.pk])
    part(kept, gone, moved)
