"""Forget for good what was deleted 30 days ago."""

from typing import Any

from django.db import connection, models, transaction
from django.utils import timezone

from crm import events
from pipeline.filing import erase
from pipeline.models import KEPT_FOR, Deal, DealFile

AT_ONCE = 200


def purge_deleted() -> int:
    """Deals with their history and files, and files by themselves. Returns how many deals.

    A deal that was merged into another stays: it points there, and its history is part of the other's. So does one with
    papers that bear a number (quotes, invoices): books are kept.
    """
    long_ago = timezone.now() - KEPT_FOR
    gone = Deal.objects.filter(archived_at__lt=long_ago, merged_into=None).filter(**_not_held())
    purged = 0
    while batch := _purge(gone):
        purged += batch
    erase(DealFile.objects.filter(deleted_at__lt=long_ago))
    return purged


def _not_held() -> dict[str, Any]:
    """Nothing stands on them that may not lose its deal."""
    links = (link for link in Deal._meta.related_objects if link.on_delete is models.PROTECT)
    return {f"{link.name}__isnull": True for link in links}


@transaction.atomic
def _purge(deals: models.QuerySet[Deal]) -> int:
    gone = list(deals.select_for_update(skip_locked=True, of=["self"]).order_by("pk")[:AT_ONCE])
    ids = [deal.pk for deal in gone]
    erase(DealFile.objects.filter(deal__in=ids))
    events.record(events.event("deal.purged", deal, by=None, data={"title": deal.title}) for deal in gone)
    with connection.cursor() as cursor:  # history may go only with its deal, and only here
        cursor.execute("SELECT set_config('penstock.purging', 'on', true)")
        Deal.objects.filter(pk__in=ids).delete()
        cursor.execute("SELECT set_config('penstock.purging', 'off', true)")
    return len(ids)
