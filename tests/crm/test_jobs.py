"""Jobs: in chunks, called off, taken up again, and through the death of a worker."""

import signal
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from crm.errors import Refused
from crm.jobs import abandoned, advance, cancel_job, jobs_of, run
from crm.models import Job, User
from crm.tasks import resume_jobs, run_job
from pipeline.actions import change_deals, undo_change_set
from pipeline.models import ChangeSet, Deal, DealChange
from pipeline.structure import delete_stage
from tests.cast import Cast, make_cast
from tests.conftest import celery, settle
from tests.crowd import Elsewhere
from tests.quiet import until

MANY = 450  # three chunks


def many(cast: Cast, count: int = MANY) -> ChangeSet:
    deals = [cast.deal(f"Deal {number}").pk for number in range(count)]
    return change_deals(deals, "move", {"to": cast.stages["Demo"]}, title="Move many", by=cast.alice)


def page(user: User, path: str, **headers: str) -> str:
    client = Client()
    client.force_login(user)
    return client.get(path, headers=headers).content.decode()


# ── Alone ──────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db
class TestAJob:
    def test_goes_on_where_it_was(self, cast: Cast) -> None:
        job = many(cast).job
        places = []
        while advance(job.pk):
            job.refresh_from_db()
            places.append((job.state, job.done, job.percent, Deal.objects.filter(version=2).count()))
        assert places == [("running", 200, 44, 200), ("running", 400, 88, 400)]
        job.refresh_from_db()
        assert (job.state, job.done, job.changed) == ("done", 450, 450)
        assert job.started_at
        assert job.finished_at
        assert job.started_at <= job.finished_at

    def test_is_called_off_between_two_chunks(self, cast: Cast) -> None:
        change_set = many(cast)
        advance(change_set.job.pk)
        cancel_job(change_set.job, by=cast.alice)
        assert not advance(change_set.job.pk)
        assert Deal.objects.filter(version=2).count() == 200
        change_set.job.refresh_from_db()
        assert change_set.job.state == "cancelled"
        with pytest.raises(Refused):
            cancel_job(change_set.job, by=cast.alice)
        undone = undo_change_set(change_set, title="Take back", by=cast.alice)  # what was done before
        assert (undone.job.total, undone.job.changed) == (200, 200)

    def test_that_cannot_go_on_says_so(self, cast: Cast) -> None:
        change_set = many(cast, 201)
        advance(change_set.job.pk)
        delete_stage(cast.stages["Demo"], move_to=cast.stages["Qualify"], by=cast.dana)
        run(change_set.job.pk)
        change_set.job.refresh_from_db()
        assert (change_set.job.state, change_set.job.problem) == ("failed", "This no longer exists.")
        assert "This no longer exists." in page(cast.alice, f"/jobs/{change_set.job.pk}/")

    def test_without_a_sign_of_life_is_taken_up_again(self, cast: Cast) -> None:
        job = many(cast, 201).job
        assert abandoned() == []
        Job.objects.update(heard_at=timezone.now() - timedelta(seconds=20))
        assert abandoned() == [job.pk]
        resume_jobs()
        job.refresh_from_db()
        assert (job.state, job.changed) == ("done", 201)
        assert abandoned() == []

    def test_is_done_in_the_words_and_rights_of_who_began_it(self, cast: Cast) -> None:
        deals = [cast.deal(f"Deal {number}", owner=cast.bob).pk for number in range(201)]
        job = change_deals(deals, "archive", {}, title="Delete", by=cast.alice).job
        run(job.pk)
        job.refresh_from_db()
        assert (job.changed, job.left_out, len(job.report)) == (0, 201, 201)
        assert {row["reason"] for row in job.report} == {"You may look at this deal, not change it."}


@pytest.mark.django_db
def test_one_sees_ones_own_and_an_administrator_all(cast: Cast) -> None:
    job = many(cast, 201).job
    assert [*jobs_of(cast.alice), *jobs_of(cast.mia), *jobs_of(cast.dana)] == [job, job]
    assert "Move many" in page(cast.alice, "/jobs/")
    assert "Nothing has been changed in bulk yet" in page(cast.mia, "/jobs/")
    strip = page(cast.alice, f"/jobs/{job.pk}/", HX_Request="true")
    assert f'hx-get="/jobs/{job.pk}/" hx-trigger="load delay:500ms"' in strip
    run(job.pk)
    strip = page(cast.alice, f"/jobs/{job.pk}/", HX_Request="true")
    assert "201 of 201 changed" in strip
    assert f'hx-post="/deals/bulk/{ChangeSet.objects.get().pk}/undo/"' in strip
    assert "hx-get" not in strip


# ── With workers ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def committed(transactional_db: None) -> Iterator[Cast]:
    settle()
    yield make_cast()
    settle()


@pytest.mark.django_db(transaction=True)
def test_a_second_worker_leaves_a_job_alone(committed: Cast) -> None:
    job = many(committed, 201).job
    with transaction.atomic():
        assert advance(job.pk)
        assert Elsewhere(lambda: advance(job.pk)).done() is False
    assert not advance(job.pk)
    assert DealChange.objects.filter(change_set__isnull=False).count() == 201


@pytest.mark.django_db(transaction=True)
def test_many_workers_do_each_row_once(committed: Cast) -> None:
    job = many(committed).job
    for each in [Elsewhere(lambda: run(job.pk)) for _ in range(3)]:
        each.done()
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.changed) == ("done", MANY)
    assert DealChange.objects.filter(change_set__isnull=False).count() == MANY


@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_in_the_middle_loses_and_repeats_nothing(
    committed: Cast, server_environment: dict[str, str], tmp_path: Path
) -> None:
    job = many(committed, 3 * MANY).job  # its task waits in the queue
    with celery(server_environment, tmp_path / "first.log") as process:
        until(lambda: Job.objects.get().done > 0)
        process.send_signal(signal.SIGKILL)
        process.wait()
    job.refresh_from_db()
    assert 0 < job.done < job.total
    until(lambda: DealChange.objects.filter(change_set__isnull=False).count() == Job.objects.get().done)
    with celery(server_environment, tmp_path / "second.log"):
        run_job.delay(job.pk)  # as the schedule does for a job without a sign of life
        until(lambda: Job.objects.get().state == "done")
    job.refresh_from_db()
    assert (job.done, job.changed, job.left_out) == (job.total, job.total, 0)
    assert set(Deal.objects.values_list("version", "stage__name")) == {(2, "Demo")}
    assert DealChange.objects.filter(change_set__isnull=False).count() == job.total
