from celery import shared_task

from crm.request import surroundings
from quotes import aftermath
from quotes.actions import expire_quotes as expire
from quotes.actions import renewing


@shared_task  # type: ignore[untyped-decorator]
def follow_deals() -> None:
    with surroundings(via="worker"):
        aftermath.follow_marked()


@shared_task  # type: ignore[untyped-decorator]
def open_renewals() -> None:
    with surroundings(via="worker"):
        renewing.open_due_renewals()


@shared_task  # type: ignore[untyped-decorator]
def expire_quotes() -> None:
    with surroundings(via="worker"):
        expire()
