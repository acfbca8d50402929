"""purge_deleted: what was deleted 30 days ago is forgotten for good."""

from contextlib import nullcontext
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.db import ProgrammingError, connection, transaction
from django.utils import timezone

from crm.models import Event
from pipeline.actions import Line, archive_deal, merge_deals, set_lines
from pipeline.activities import plan_activity
from pipeline.filing import add_file, delete_file
from pipeline.models import Deal, DealChange, DealFile
from pipeline.tasks import purge_deleted
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def long_ago(deal: Deal, days: int = 31) -> None:
    Deal.objects.filter(pk=deal.pk).update(archived_at=timezone.now() - timedelta(days=days))


def test_it_forgets_the_deal_with_all_that_belongs_to_it(
    cast: Cast, django_capture_on_commit_callbacks: object
) -> None:
    deal = cast.deal()
    set_lines(deal, [Line(cast.pump)], by=cast.alice)
    plan_activity(deal, subject="Call", due_on=cast.today, by=cast.alice)
    path = add_file(deal, file=ContentFile(b"words"), name="notes.txt", by=cast.alice).path
    long_ago(archive_deal(deal, by=cast.alice))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        purge_deleted()
    assert not Deal.objects.exists()
    assert not DealChange.objects.exists()
    assert not path.exists()
    assert Event.objects.filter(kind="deal.purged", object_id=deal.pk).get().data == {"title": "Pump station"}


def test_what_was_deleted_lately_and_what_stands_stay(cast: Cast) -> None:
    long_ago(archive_deal(cast.deal("Lately"), by=cast.alice), days=29)
    cast.deal("Stands")
    purge_deleted()
    assert set(Deal.objects.values_list("title", flat=True)) == {"Lately", "Stands"}


def test_a_merged_deal_stays_as_long_as_the_other(cast: Cast) -> None:
    kept, gone = cast.deal("Kept"), cast.deal("Gone")
    merge_deals(kept, other=gone, by=cast.alice)
    long_ago(gone, days=400)
    purge_deleted()
    assert Deal.objects.count() == 2
    long_ago(archive_deal(Deal.objects.get(pk=kept.pk), by=cast.alice))
    purge_deleted()
    assert not Deal.objects.exists()


def test_a_deleted_file_goes_by_itself(cast: Cast, django_capture_on_commit_callbacks: object) -> None:
    deal = cast.deal()
    file = delete_file(add_file(deal, file=ContentFile(b"words"), name="notes.txt", by=cast.alice), by=cast.alice)
    DealFile.objects.update(deleted_at=timezone.now() - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):  # type: ignore[operator]
        purge_deleted()
    assert (DealFile.objects.exists(), file.path.exists(), Deal.objects.count()) == (False, False, 1)


@pytest.mark.parametrize(
    ("statement", "purging", "is_refused"),
    [
        ("DELETE FROM pipeline_dealchange", "off", True),
        ("UPDATE pipeline_dealchange SET version = 7", "off", True),
        ("UPDATE pipeline_dealchange SET version = 7", "on", True),
        ("DELETE FROM pipeline_dealchange", "on", False),
        ("DELETE FROM crm_event", "on", True),
    ],
)
def test_only_the_purge_may_take_history_away(cast: Cast, statement: str, purging: str, is_refused: bool) -> None:
    cast.deal()
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('penstock.may_truncate', 'off', true)")
        cursor.execute("SELECT set_config('penstock.purging', %s, true)", [purging])
    with pytest.raises(ProgrammingError) if is_refused else nullcontext(), transaction.atomic():
        connection.cursor().execute(statement)
