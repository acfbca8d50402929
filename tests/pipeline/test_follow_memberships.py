"""Open deals go where their owner goes; closed ones stay where they were closed."""

from datetime import timedelta

import pytest

from crm.actions import join_team
from crm.models import Membership
from pipeline.actions import win_deal
from pipeline.workers import follow_memberships
from tests.cast import LONG_AGO, Cast

pytestmark = pytest.mark.django_db


def test_they_follow_at_once_when_somebody_changes_teams_today(cast: Cast) -> None:
    deal, won = cast.deal(), cast.deal()
    win_deal(won, reason=cast.fit, by=cast.alice)
    join_team(cast.alice, team=cast.south, on=cast.today, by=cast.dana)
    deal.refresh_from_db()
    won.refresh_from_db()
    assert (deal.team, won.team) == (cast.south, cast.north)
    assert deal.changes.last().was == {"team_id": cast.north.pk}  # type: ignore[union-attr]


def test_they_follow_on_the_day_a_dated_membership_begins(cast: Cast) -> None:
    deal = cast.deal()
    Membership.objects.filter(user=cast.alice).update(ends_on=cast.today, starts_on=LONG_AGO)
    Membership.objects.create(user=cast.alice, team=cast.south, starts_on=cast.today)
    assert follow_memberships() == 1
    deal.refresh_from_db()
    assert deal.team == cast.south
    assert follow_memberships() == 0


def test_nobody_moves_before_the_day(cast: Cast) -> None:
    deal = cast.deal()
    tomorrow = cast.today + timedelta(days=1)
    Membership.objects.filter(user=cast.alice).update(ends_on=tomorrow)
    Membership.objects.create(user=cast.alice, team=cast.south, starts_on=tomorrow)
    assert follow_memberships() == 0
    deal.refresh_from_db()
    assert deal.team == cast.north


def test_a_person_without_a_team_leaves_none_behind(cast: Cast) -> None:
    deal = cast.deal()
    Membership.objects.filter(user=cast.alice).update(ends_on=cast.today)
    assert follow_memberships() == 1
    deal.refresh_from_db()
    assert deal.team is None
    assert follow_memberships() == 0
