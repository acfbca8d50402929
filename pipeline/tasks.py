from celery import shared_task

from crm.request import surroundings
from pipeline import actions, workers


@shared_task  # type: ignore[untyped-decorator]
def purge_deleted() -> None:
    with surroundings(via="worker"):
        actions.purge_deleted()


@shared_task  # type: ignore[untyped-decorator]
def follow_memberships() -> None:
    with surroundings(via="worker"):
        workers.follow_memberships()
