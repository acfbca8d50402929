from celery import shared_task

from crm.counting import forget, is_first
from crm.request import surroundings
from forecasting import exporting, snapshots, workers

QUEUED = "forecasting:refresh-queued"
LATELY = "forecasting:refreshed-lately"
PAUSE = 0.5  # seconds


@shared_task  # type: ignore[untyped-decorator]
def refresh_cells() -> None:
    forget(QUEUED)  # before the marks are read: a later change queues another run
    with surroundings(via="worker"):
        workers.refresh_all()


@shared_task  # type: ignore[untyped-decorator]
def rebuild_cells() -> None:
    with surroundings(via="worker"):
        workers.rebuild()


@shared_task  # type: ignore[untyped-decorator]
def follow_seats() -> None:
    with surroundings(via="worker"):
        workers.follow_seats()


@shared_task  # type: ignore[untyped-decorator]
def follow_rates() -> None:
    with surroundings(via="worker"):
        workers.follow_rates()


def wake() -> None:
    """Ask a worker to refresh, unless one was asked already and has not begun: at once, or a little later if the last
    was asked just now, so that many changes in a row become few recounts."""
    if is_first(QUEUED, 2):
        refresh_cells.apply_async(countdown=None if is_first(LATELY, 1) else PAUSE)


@shared_task  # type: ignore[untyped-decorator]
def lock_days() -> None:
    """Whether the company's day has ended is asked often: its midnight is its own."""
    with surroundings(via="worker"):
        snapshots.lock_days()


@shared_task  # type: ignore[untyped-decorator]
def forget_exports() -> None:
    with surroundings(via="worker"):
        exporting.forget_old()
