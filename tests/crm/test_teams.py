"""create_team, revise_team, join_team, leave_team: the tree has no cycles, and history stays right."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.actions import create_team, delete_team, join_team, leave_team, revise_team, what_keeps
from crm.errors import Refused
from crm.models import Event, Membership, Team, User
from crm.periods import month_of
from crm.signals import person_moved
from forecasting.actions import set_quota
from tests.cast import LONG_AGO, Cast

DAY = timedelta(days=1)


def memberships(user: User) -> list[tuple[str, date, date | None]]:
    rows = Membership.objects.filter(user=user).order_by("starts_on")
    return [(row.team.name, row.starts_on, row.ends_on) for row in rows]


def test_a_team_is_last_among_its_neighbours(cast: Cast) -> None:
    west = create_team(name="West", parent=cast.company_team, by=cast.dana)
    assert (west.parent, west.position) == (cast.company_team, 2)
    assert Event.objects.get(kind="team.created").is_public


def test_two_neighbours_have_two_names(cast: Cast) -> None:
    with pytest.raises(Refused):
        create_team(name="north", parent=cast.company_team, by=cast.dana)
    assert create_team(name="North", parent=cast.south, by=cast.dana).pk


@pytest.mark.parametrize("below", ["company_team", "north"])
def test_a_team_is_never_below_itself(cast: Cast, below: str) -> None:
    with pytest.raises(Refused) as refused:
        revise_team(cast.company_team, parent=getattr(cast, below), by=cast.dana)
    assert refused.value.errors == {"parent": ["A team cannot be below itself."]}
    assert Team.objects.get(pk=cast.company_team.pk).parent is None


def test_it_moves_within_the_tree(cast: Cast) -> None:
    assert revise_team(cast.south, parent=cast.north, name="South side", by=cast.dana).parent == cast.north
    assert Event.objects.get(kind="team.revised").data["changed"] == {
        "parent": [cast.company_team.pk, cast.north.pk],
        "name": ["South", "South side"],
    }


def test_joining_ends_what_was_and_open_deals_follow(cast: Cast) -> None:
    still_open, won = cast.deal("Open"), cast.deal("Won")
    from pipeline.actions import win_deal

    win_deal(won, reason=cast.fit, by=cast.alice)
    join_team(cast.alice, team=cast.south, by=cast.dana)
    assert memberships(cast.alice) == [("North", LONG_AGO, cast.today), ("South", cast.today, None)]
    still_open.refresh_from_db()
    won.refresh_from_db()
    assert (still_open.team, won.team) == (cast.south, cast.north)


def test_twice_on_one_day_keeps_the_last(cast: Cast) -> None:
    join_team(cast.alice, team=cast.south, by=cast.dana)
    join_team(cast.alice, team=cast.company_team, by=cast.dana)
    assert memberships(cast.alice) == [("North", LONG_AGO, cast.today), ("Penstock", cast.today, None)]


def test_dated_back_it_stands_before_what_came_later(cast: Cast) -> None:
    join_team(cast.alice, team=cast.south, by=cast.dana)
    before = cast.today - 30 * DAY
    join_team(cast.alice, team=cast.company_team, on=before, by=cast.dana)
    assert memberships(cast.alice) == [
        ("North", LONG_AGO, before),
        ("Penstock", before, cast.today),
        ("South", cast.today, None),
    ]


def test_dated_ahead_the_deals_wait_for_the_day(cast: Cast) -> None:
    deal = cast.deal()
    join_team(cast.alice, team=cast.south, on=cast.today + DAY, by=cast.dana)
    deal.refresh_from_db()
    assert deal.team == cast.north
    assert memberships(cast.alice)[-1] == ("South", cast.today + DAY, None)


def test_the_same_again_changes_nothing(cast: Cast) -> None:
    join_team(cast.alice, team=cast.north, by=cast.dana)
    assert not Event.objects.filter(kind="user.joined").exists()


def test_becoming_manager_is_dated_too(cast: Cast) -> None:
    join_team(cast.bob, team=cast.north, is_manager=True, by=cast.dana)
    rows = Membership.objects.filter(user=cast.bob).order_by("starts_on")
    assert [row.is_manager for row in rows] == [False, True]


def test_leaving_ends_it_and_deals_are_in_no_team(cast: Cast) -> None:
    deal = cast.deal()
    leave_team(cast.alice, by=cast.dana)
    assert memberships(cast.alice) == [("North", LONG_AGO, cast.today)]
    deal.refresh_from_db()
    assert deal.team is None


def test_the_floors_above_hear_of_it(cast: Cast) -> None:
    heard: list[tuple[User, Team | None, date, User | None]] = []

    def hear(user: User, team: Team | None, on: date, by: User | None, **kwargs: Any) -> None:
        heard.append((user, team, on, by))

    person_moved.connect(hear)
    join_team(cast.alice, team=cast.south, on=cast.today - DAY, by=cast.dana)
    person_moved.disconnect(hear)
    assert heard == [(cast.alice, cast.south, cast.today - DAY, cast.dana)]


# ── Deleting ───────────────────────────────────────────────────────────────────────────────────────


def test_a_team_that_nothing_refers_to_is_deleted(cast: Cast) -> None:
    west = create_team(name="West", by=cast.dana)
    assert what_keeps(west) == []
    pk = west.pk
    delete_team(west, by=cast.dana)
    assert not Team.objects.filter(pk=pk).exists()
    event = Event.objects.get(kind="team.deleted")
    assert (event.object_id, event.actor, event.data) == (pk, cast.dana, {"name": "West"})


def test_a_team_in_use_stays_and_says_why(cast: Cast) -> None:
    cast.deal()
    kept = {
        cast.north: ["deals, companies, contacts or quotas", "members, those of before included"],
        cast.company_team: ["teams below it"],
    }
    for team, why in kept.items():
        assert what_keeps(team) == why
        with pytest.raises(Refused) as refused:
            delete_team(team, by=cast.dana)
        assert refused.value.errors == {"team": [f"{team.name} stays: it has {', '.join(why)}."]}


def test_a_quota_keeps_a_team(cast: Cast) -> None:
    west = create_team(name="West", by=cast.dana)
    set_quota(team=west, period=month_of(date(2030, 1, 1)), amount=Decimal(1), by=cast.dana)
    assert what_keeps(west) == ["deals, companies, contacts or quotas"]
