"""hand_over_deal: another owner, and so another team."""

from datetime import timedelta

import pytest

from crm.access import reach_of
from crm.errors import Refused
from crm.models import Event, Membership, User
from crm.signals import person_moved
from pipeline.actions import hand_over_deal, win_deal
from pipeline.models import Deal
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_hands_over(cast: Cast) -> None:
    deal = hand_over_deal(cast.deal(), to=cast.bob, by=cast.mia)
    deal.refresh_from_db()
    assert (deal.owner, deal.team, deal.version) == (cast.bob, cast.north, 2)
    change = deal.changes.get(version=2)
    assert (change.verb, change.by, change.was) == ("handed_over", cast.mia, {"owner_id": cast.alice.pk})


def test_it_counts_for_the_new_owners_team_from_now_on(cast: Cast) -> None:
    deal = hand_over_deal(cast.deal(), to=cast.charlie, by=cast.dana)
    assert (deal.team, deal.changes.get(version=1).team_id) == (cast.south, cast.north.pk)
    assert deal.changes.get(version=2).was == {"owner_id": cast.alice.pk, "team_id": cast.north.pk}


def test_both_sides_hear_of_it(cast: Cast) -> None:
    hand_over_deal(cast.deal(), to=cast.charlie, by=cast.dana)
    event = Event.objects.get(kind="deal.handed_over")
    assert event.owner_ids == sorted([cast.alice.pk, cast.charlie.pk])
    assert event.team_ids == sorted([cast.north.pk, cast.south.pk])


def test_visibility_goes_with_the_deal(cast: Cast) -> None:
    deal = hand_over_deal(cast.deal(), to=cast.charlie, by=cast.dana)

    def sees(user: User) -> bool:
        return Deal.objects.visible_to(reach_of(user)).filter(pk=deal.pk).exists()

    assert [sees(user) for user in (cast.alice, cast.mia, cast.charlie, cast.max)] == [False, False, True, True]


def test_to_its_own_owner_is_no_change(cast: Cast) -> None:
    assert hand_over_deal(cast.deal(), to=cast.alice, by=cast.mia).version == 1


def test_somebody_without_a_team_takes_it_to_none(cast: Cast) -> None:
    assert hand_over_deal(cast.deal(), to=cast.dana, by=cast.dana).team is None


def test_who_left_gets_nothing(cast: Cast) -> None:
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    with pytest.raises(Refused) as refused:
        hand_over_deal(cast.deal(), to=User.objects.get(pk=cast.bob.pk), by=cast.mia)
    assert refused.value.errors.keys() == {"owner"}


def test_open_deals_go_along_when_their_owner_changes_teams(cast: Cast) -> None:
    still_open, closed = cast.deal(), win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    moved_on = cast.today - timedelta(days=1)
    Membership.objects.filter(user=cast.alice).update(ends_on=moved_on)
    Membership.objects.create(user=cast.alice, team=cast.south, starts_on=moved_on)
    person_moved.send(sender=User, user=cast.alice, team=cast.south, on=moved_on, by=cast.dana)
    still_open.refresh_from_db()
    closed.refresh_from_db()
    assert (still_open.team, closed.team) == (cast.south, cast.north)
    assert still_open.changes.get(version=2).was == {"team_id": cast.north.pk}
