"""archive_deal and restore_deal: off every board, list and number, and back."""

import pytest

from crm.errors import Conflict
from crm.models import Event
from pipeline.actions import archive_deal, move_deal, restore_deal
from pipeline.models import Deal
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_archives(cast: Cast) -> None:
    deal = archive_deal(cast.deal(), by=cast.alice)
    assert deal.archived_at is not None
    assert not Deal.objects.live().exists()
    change = deal.changes.get(version=2)
    assert (change.verb, change.is_archived, change.was) == ("archived", True, {"archived_at": None})
    assert Event.objects.filter(kind="deal.archived", object_id=deal.pk).exists()


def test_archived_twice_is_archived_once(cast: Cast) -> None:
    deal = archive_deal(cast.deal(), by=cast.alice)
    assert archive_deal(deal, by=cast.mia).version == 2


def test_it_restores_on_top_of_its_stage(cast: Cast) -> None:
    deal = archive_deal(cast.deal(stage="Demo"), by=cast.alice)
    other = cast.deal(stage="Demo")
    deal = restore_deal(deal, by=cast.alice)
    assert (deal.archived_at, deal.stage, deal.rank < other.rank) == (None, cast.stages["Demo"], True)
    assert deal.changes.get(version=3).verb == "restored"


def test_restoring_what_is_there_changes_nothing(cast: Cast) -> None:
    deal = cast.deal()
    cast.deal("above")
    assert restore_deal(deal, by=cast.alice).version == 1


def test_who_did_not_know_is_told(cast: Cast) -> None:
    deal = cast.deal()
    archive_deal(deal, by=cast.mia)
    with pytest.raises(Conflict) as conflict:
        move_deal(deal, to=cast.stages["Demo"], version=1, by=cast.alice)
    assert "Mia" in str(conflict.value)
