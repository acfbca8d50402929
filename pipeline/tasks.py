from celery import shared_task

from crm.request import surroundings
from pipeline import workers


@shared_task  # type: ignore[untyped-decorator]
def follow_memberships() -> None:
    with surroundings(via="worker"):
        workers.follow_memberships()
