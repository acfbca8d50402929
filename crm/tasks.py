from celery import shared_task

from crm import alerts, digests, jobs
from crm.calendar import keep_ahead
from crm.request import surroundings
from crm.rest.guard import forget_old_keys


@shared_task  # type: ignore[untyped-decorator]
def forget_idempotency_keys() -> None:
    forget_old_keys()


@shared_task  # type: ignore[untyped-decorator]
def keep_periods_ahead() -> None:
    keep_ahead()


@shared_task  # type: ignore[untyped-decorator]
def raise_alerts(*watchers: str) -> None:
    with surroundings(via="worker"):
        alerts.raise_alerts(watchers)


@shared_task  # type: ignore[untyped-decorator]
def send_digests() -> None:
    with surroundings(via="worker"):
        digests.send_digests()


@shared_task  # type: ignore[untyped-decorator]
def run_job(pk: int) -> None:
    jobs.run(pk)


@shared_task  # type: ignore[untyped-decorator]
def resume_jobs() -> None:
    for pk in jobs.abandoned():
        jobs.run(pk)
