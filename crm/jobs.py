"""Jobs: many rows in chunks, each chunk one transaction together with the place where the next one begins.

Whoever works on a chunk holds the job's row: a second worker finds it locked and leaves, and a worker that dies lets go
of it with its connection. So a job may be run any number of times and by anyone: nothing is done twice.
"""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import OperationalError, models, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import Job, User
from crm.request import current_origin, current_workspace, surroundings

log = logging.getLogger(__name__)
QUIET = timedelta(seconds=15)  # without a sign of life that long, a job is taken up again
LONGEST_ADDRESS = 400
UNFINISHED = (Job.State.WAITING, Job.State.RUNNING)


class LeftOut(NamedTuple):
    """A row that was not changed, and why."""

    label: str
    reason: str
    url: str = ""


class Chunk(NamedTuple):
    looked_at: int
    changed: int
    left_out: list[LeftOut]


Work = Callable[[Job], Chunk]
_works: dict[str, Work] = {}


def work[W: Work](function: W) -> W:
    """Makes the function the one that does the next chunk of jobs of its name, from `job.done` on."""
    _works[function.__name__] = function
    return function


def create_job(kind: Callable[..., Any], *, title: str, total: int, by: User, result_url: str = "") -> Job:
    """A job that does nothing yet: `start` hands it to a worker, `advance` does it here."""
    return Job.objects.create(
        kind=kind.__name__,
        title=title[:200],
        total=total,
        by=by,
        result_url=result_url if len(result_url) <= LONGEST_ADDRESS else "",
        origin=current_origin(),
    )


def note_job(*, title: str, total: int, changed: int, left_out: list[LeftOut], by: User, result_url: str) -> Job:
    """Something that is done already, for its report."""
    job = create_job(note_job, title=title, total=total, by=by, result_url=result_url)
    job.count(looked_at=total, changed=changed, left_out=[left._asdict() for left in left_out])
    job.save()
    return job


def start(job: Job) -> None:
    from crm.tasks import run_job

    run_job.delay_on_commit(job.pk)


def run(pk: int) -> None:
    """To its end, unless it is called off or somebody else is at it."""
    job = Job.objects.select_related("by").get(pk=pk)
    with surroundings(**job.origin), translation.override(job.by.language or current_workspace().language):
        try:
            while advance(pk):
                pass
        except OperationalError:
            raise  # the database went away, or two waited for each other: it is taken up again
        except Exception as error:
            log.exception("Job %s failed", pk)
            _fail(pk, str(error) if isinstance(error, Refused) else _("Something went wrong on our side."))


def advance(pk: int) -> bool:
    """Do one chunk. False when there is nothing more to do here."""
    with transaction.atomic():
        jobs = Job.objects.select_related("by").select_for_update(skip_locked=True, of=("self",))
        job = jobs.filter(pk=pk, state__in=UNFINISHED).first()
        if job is None:
            return False
        chunk = _works[job.kind](job)
        job.count(
            looked_at=chunk.looked_at, changed=chunk.changed, left_out=[left._asdict() for left in chunk.left_out]
        )
        job.save()
    return job.is_unfinished


def _fail(pk: int, problem: str) -> None:
    failed = Job.objects.filter(pk=pk, state__in=UNFINISHED)
    failed.update(state=Job.State.FAILED, problem=problem, finished_at=timezone.now())


def abandoned() -> list[int]:
    """Unfinished jobs that nobody has worked on for a while."""
    silent = Q(heard_at__lt=timezone.now() - QUIET)
    return list(Job.objects.filter(silent, state__in=UNFINISHED).order_by("pk").values_list("pk", flat=True))


def cancel_job(job: Job, *, by: User) -> Job:
    """Stop after the chunk that is being done; what is done stays done. Raises Refused."""
    with transaction.atomic():
        job = Job.objects.select_for_update().get(pk=job.pk)
        if not job.is_unfinished:
            raise Refused(job=_("This has come to its end already."))
        job.state, job.finished_at = Job.State.CANCELLED, timezone.now()
        job.save(update_fields=["state", "finished_at"])
    return job


def jobs_of(user: User) -> models.QuerySet[Job]:
    """One's own; an administrator sees everybody's."""
    return Job.objects.all() if user.is_admin else Job.objects.filter(by=user)
