from celery import shared_task

from crm.rest.guard import forget_old_keys


@shared_task  # type: ignore[untyped-decorator]
def forget_idempotency_keys() -> None:
    forget_old_keys()
