"""What follows a deal is brought in line with it: by a worker, from the marks that each change of a won deal leaves."""

import logging

from django.db import transaction

from crm.bulk import append
from crm.counting import forget, is_first
from crm.models import Workspace
from pipeline.models import Deal
from quotes.actions.delivering import HISTORY, recount, settle, start_delivery, stop_delivery
from quotes.actions.renewing import renew, stop_renewals
from quotes.models import Delivery, DeliveryStep, FollowMark

log = logging.getLogger(__name__)
QUEUED = "quotes:following-queued"


def mark(deal_ids: list[int]) -> None:
    """In the caller's transaction; a worker is woken once it has committed."""
    if deal_ids:
        append(FollowMark, [FollowMark(deal_id=pk) for pk in deal_ids])
        transaction.on_commit(wake, robust=True)  # a lost wake-up costs seconds: beat looks for marks too


def wake() -> None:
    """Unless a worker was asked already and has not begun."""
    from quotes.tasks import follow_deals

    if is_first(QUEUED, 2):
        follow_deals.delay()


def follow_marked() -> int:
    """Every deal that is marked, each by itself. Returns how many."""
    forget(QUEUED)
    followed, last = 0, 0
    while (pk := _next_marked(last)) is not None:
        last = pk
        try:
            followed += _follow_one(pk)
        except Exception:  # it keeps its marks, and holds up no other
            log.exception("What follows deal %s could not be brought in line", pk)
    return followed


def _next_marked(last: int) -> int | None:
    marks = FollowMark.objects.filter(deal_id__gt=last).order_by("deal_id")
    return marks.values_list("deal_id", flat=True).first()


@transaction.atomic
def _follow_one(pk: int) -> bool:
    """The deal is locked before its marks are read: a change that commits later brings a mark of its own.

    With it, at once, whatever else is written to: two who take a merge's deals one after the other could wait for each
    other for ever.
    """
    wanted = _written_with(pk)
    rows = Deal.objects.select_for_update(of=("self",), skip_locked=True).filter(pk__in=wanted)
    held = {deal.pk: deal for deal in rows}
    if held.keys() != wanted or _written_with(pk) != wanted:
        return False  # somebody is at it: their change is followed in the next round
    FollowMark.objects.filter(deal=pk).delete()
    follow(held[pk])
    return True


def _written_with(pk: int) -> set[int]:
    """It, and where the steps of its delivery stand: those of a deal that was merged are another's."""
    steps = DeliveryStep.objects.filter(delivery__deal=pk).exclude(activity__deal=None)
    return {pk, *steps.values_list("activity__deal", flat=True)}


def follow(deal: Deal) -> None:
    """A won deal is delivered and renewed; one that is no longer won is not. Doing it twice changes nothing."""
    delivery = Delivery.objects.filter(deal=deal).first()
    if deal.is_won and deal.archived_at is None:
        assert deal.closed_on is not None
        is_fresh = deal.closed_on > Workspace.current().today - HISTORY
        if (delivery is None and is_fresh) or (delivery and delivery.stopped_at):
            delivery = start_delivery(deal, by=None)
        elif delivery:
            settle(recount(delivery, deal), by=None)
        renew(deal)
    else:
        if delivery:
            stop_delivery(delivery, by=None)
        stop_renewals(deal)
