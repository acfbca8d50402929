from celery import shared_task

from crm.request import surroundings
from quotes import aftermath, keeping, workers
from quotes.actions import expire_quotes as expire
from quotes.actions import posting, renewing


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


@shared_task  # type: ignore[untyped-decorator]
def deliver_mail(pk: int) -> None:
    with surroundings(via="worker"):
        workers.deliver(pk)


@shared_task  # type: ignore[untyped-decorator]
def deliver_mails() -> None:
    with surroundings(via="worker"):
        workers.deliver_due()


@shared_task  # type: ignore[untyped-decorator]
def make_document(pk: int) -> None:
    with surroundings(via="worker"):
        keeping.make_due(pk)


@shared_task  # type: ignore[untyped-decorator]
def make_documents() -> None:
    with surroundings(via="worker"):
        keeping.make_due()


@shared_task  # type: ignore[untyped-decorator]
def watch_invoices() -> None:
    with surroundings(via="worker"):
        posting.mark_overdue()
        posting.remind()
