"""seat_person, place_team, lift_team: the forecast tree follows the teams, until somebody arranges it."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from threading import Barrier, Thread

import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from crm.access import reach_of
from crm.actions import create_team, join_team
from crm.errors import Refused
from crm.models import Event, Team, User
from crm.moment import Moment
from crm.past import looking_back
from crm.periods import Period, add_months, month_of, month_start, quarter_of
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.arranging import lift_team, place_team, seat_person
from forecasting.models import ForecastCell, TreePlace, TreeSeat
from forecasting.placing import Span, has_loop, on_day, put
from forecasting.screen import opening_of
from forecasting.seating import is_own
from forecasting.standing import standing_on
from forecasting.table import Table, forecast_table
from forecasting.tree import Tree
from pipeline.actions import win_deal
from tests.cast import Cast, person
from tests.forecasting.world import listed
from tests.recount import assert_cells_are_right

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def table(who: User, period: Period, team: Team | None = None) -> Table:
    workers.refresh_all()
    return forecast_table(reach_of(User.objects.get(pk=who.pk)), period, team=team.pk if team else None)


def won(found: Table) -> dict[tuple[str, str], Decimal]:
    """(name of the team, name of the person) → won."""
    names = {row.key: row.name for row in found.rows}
    return {(names[row.parent], row.name): row.figures.won for row in found.rows if row.kind == "person"}


def tree_of(day: date) -> dict[str, tuple[str, list[str]]]:
    """Team → the team above, and who sits in it."""
    branches = standing_on(day).branches
    names = {branch.team.pk: branch.team.name for branch in branches}
    return {
        branch.team.name: (names.get(branch.parent or 0, ""), [sitter.user.name for sitter in branch.people])
        for branch in branches
    }


THE_TEAMS = {
    "Penstock": ("", []),
    "North": ("Penstock", ["Mia", "Alice", "Bob"]),
    "South": ("Penstock", ["Max", "Charlie"]),
}


# ── It follows the teams, until ────────────────────────────────────────────────────────────────────


def test_it_is_that_of_the_teams_as_long_as_nobody_edits_it(cast: Cast) -> None:
    assert not is_own()
    assert tree_of(cast.today) == THE_TEAMS
    create_team(name="West", parent=cast.north, by=cast.dana)
    join_team(cast.bob, team=cast.south, by=cast.dana)
    assert tree_of(cast.today)["West"] == ("North", [])
    assert "Bob" in tree_of(cast.today)["South"][1]


def test_from_the_first_edit_on_the_teams_no_longer_change_it(cast: Cast) -> None:
    seat_person(cast.bob, team=cast.south, by=cast.dana)
    join_team(cast.alice, team=cast.south, by=cast.dana)
    assert is_own()
    assert tree_of(cast.today) == {
        "Penstock": ("", []), "North": ("Penstock", ["Mia", "Alice"]), "South": ("Penstock", ["Max", "Bob", "Charlie"]),
    }  # fmt: skip
    assert standing_on(cast.today).outside == []


def test_it_changes_neither_teams_nor_reach(cast: Cast) -> None:
    seat_person(cast.charlie, team=cast.north, by=cast.dana)
    assert cast.charlie.memberships.get().team == cast.south
    cast.deal(owner=cast.charlie)
    assert "Charlie" not in {row.name for row in table(cast.mia, quarter_of(cast.today)).rows}
    assert ("North", "Charlie") in won(table(cast.dana, quarter_of(cast.today)))


def test_a_new_team_and_a_new_person_wait_outside(cast: Cast) -> None:
    seat_person(cast.bob, team=cast.south, by=cast.dana)
    west, zoe = create_team(name="West", by=cast.dana), person("Zoe", team=cast.north)
    outside = standing_on(cast.today)
    assert [branch.team for branch in outside.outside] == [west]
    assert zoe in [sitter.user for sitter in outside.people]
    place_team(west, under=cast.north, by=cast.dana)
    seat_person(zoe, team=west, by=cast.dana)
    assert tree_of(cast.today)["West"] == ("North", ["Zoe"])


def test_each_edit_leaves_an_event_and_who_knew_what_when(cast: Cast) -> None:
    seat_person(cast.bob, team=cast.south, by=cast.dana)
    event = Event.objects.get(kind="tree.seated")
    assert (event.actor, event.data["name"], event.data["team_name"]) == (cast.dana, "Bob", "South")
    then = TreeSeat.objects.filter(user=cast.bob, superseded_at=None).latest("id").recorded_at
    seat_person(cast.bob, team=cast.company_team, by=cast.dana)
    reach, period = reach_of(cast.dana), month_of(cast.today)
    assert Tree(reach, period).home(cast.bob.pk, cast.today, cast.today + DAY) == cast.company_team.pk
    for at, team in ((then, cast.south), (then - timedelta(microseconds=1), cast.north)):
        with looking_back(Moment(at.astimezone(cast.workspace.zone), "T")):
            assert Tree(reach, period).home(cast.bob.pk, cast.today, cast.today + DAY) == team.pk


# ── Who moves keeps the past where it was ──────────────────────────────────────────────────────────


def test_whoever_moves_keeps_the_past_with_the_old_team(cast: Cast) -> None:
    """By each deal's own day, in the middle of a month: won by its real close, open by its expected one."""
    month = month_of(add_months(cast.today, -1))
    on = month.start + 14 * DAY
    for day in (on - DAY, on):
        win_deal(cast.deal(amount=Decimal(day.day)), reason=cast.fit, closed_on=day, by=cast.alice)
        cast.deal(amount=Decimal(day.day), expected_close_on=day)
    seat_person(cast.alice, team=cast.south, on=on, by=cast.dana)
    found = table(cast.dana, month)
    lines = {row.team_id: row.figures for row in found.rows if row.name == "Alice"}
    assert {team: (figures.won, figures.open) for team, figures in lines.items()} == {
        cast.north.pk: (14, 14),
        cast.south.pk: (15, 15),
    }
    assert_cells_are_right()
    for row in found.rows:
        assert listed(opening_of(row, found.period, None).won, reach_of(cast.dana)).value == row.figures.won


def test_a_move_planned_for_later_counts_from_that_day_on(cast: Cast) -> None:
    later = add_months(cast.today, 2)
    seat_person(cast.alice, team=cast.south, on=later, by=cast.dana)
    cast.deal(amount=Decimal(7), expected_close_on=later + DAY)
    cast.deal(amount=Decimal(5))
    now, then = table(cast.dana, month_of(cast.today)), table(cast.dana, month_of(later))
    assert {row.team_id: row.figures.open for row in now.rows if row.name == "Alice"} == {cast.north.pk: 5}
    assert {row.team_id: row.figures.open for row in then.rows if row.name == "Alice"} == {cast.south.pk: 7}


def test_deals_without_a_date_count_where_their_owner_sits_today(cast: Cast) -> None:
    cast.deal(amount=Decimal(5), expected_close_on=None)
    seat_person(cast.alice, team=cast.south, on=cast.today, by=cast.dana)
    workers.refresh_all()
    assert ForecastCell.objects.get(month=None).node == cast.south
    workers.follow_seats()
    assert workers.refresh_all() > 0


def test_quotas_go_with_their_person(cast: Cast) -> None:
    this = month_of(cast.today)
    for period in (this, this.shift(1)):
        set_quota(owner=cast.alice, period=period, amount=Decimal(100), by=cast.mia)
    seat_person(cast.alice, team=cast.south, on=this.end, by=cast.dana)
    for period, team in ((this, "North"), (this.shift(1), "South")):
        quotas = {row.name: row.quota for row in table(cast.dana, period).rows if row.kind == "team"}
        assert {name for name, quota in quotas.items() if quota == 100} == {team}


def test_a_team_that_moves_keeps_its_past_periods(cast: Cast) -> None:
    before, now = month_of(add_months(cast.today, -1)), month_of(cast.today)
    for day in (before.start, now.start):
        win_deal(cast.deal(amount=Decimal(10)), reason=cast.fit, closed_on=day, by=cast.alice)
    place_team(cast.north, under=cast.south, on=now.start, by=cast.dana)
    sums = {}
    for period in (before, now):
        found = table(cast.dana, period)
        sums[period] = {row.name: row.figures.won for row in found.rows if row.kind == "team"}
        for row in found.rows:
            assert listed(opening_of(row, period, None).won, reach_of(cast.dana)).value == row.figures.won
    assert sums == {before: {"North": 10, "South": 0}, now: {"North": 10, "South": 10}}


def test_a_table_narrowed_to_a_team_is_that_branch_of_the_tree(cast: Cast) -> None:
    seat_person(cast.charlie, team=cast.north, by=cast.dana)
    cast.deal(owner=cast.charlie, amount=Decimal(7), expected_close_on=cast.today)
    cast.deal(amount=Decimal(5))
    assert table(cast.dana, quarter_of(cast.today), cast.north).total.figures.open == 12
    assert table(cast.dana, quarter_of(cast.today), cast.south).total.figures.open == 0


def test_without_a_seat_a_person_has_a_line_of_their_own(cast: Cast) -> None:
    cast.deal(amount=Decimal(5))
    seat_person(cast.alice, team=None, by=cast.dana)
    found = table(cast.dana, quarter_of(cast.today))
    (alice,) = [row for row in found.rows if row.name == "Alice" and row.figures.open]
    assert (alice.team_id, alice.figures.open, found.total.figures.open) == (None, 5, 5)
    assert listed(opening_of(alice, found.period, None).open, reach_of(cast.dana)).value == 5


# ── What is refused ────────────────────────────────────────────────────────────────────────────────


def test_a_team_never_stands_below_itself_on_no_day(cast: Cast) -> None:
    later = cast.today + 30 * DAY
    place_team(cast.south, under=cast.north, on=later, by=cast.dana)
    with pytest.raises(Refused) as refused:
        place_team(cast.north, under=cast.south, by=cast.dana)
    assert refused.value.errors == {"parent": ["A team cannot be below itself."]}
    place_team(cast.south, under=cast.company_team, on=later, by=cast.dana)
    place_team(cast.north, under=cast.south, by=cast.dana)
    assert tree_of(cast.today)["North"][0] == "South"


def test_a_team_leaves_the_tree_only_empty(cast: Cast) -> None:
    with pytest.raises(Refused):
        lift_team(cast.south, by=cast.dana)
    for user in (cast.charlie, cast.max):
        seat_person(user, team=cast.north, by=cast.dana)
    lift_team(cast.south, by=cast.dana)
    assert set(tree_of(cast.today)) == {"Penstock", "North"}
    assert "South" in tree_of(cast.today - DAY)
    with pytest.raises(Refused):
        seat_person(cast.bob, team=cast.south, by=cast.dana)


def test_what_is_refused_leaves_the_tree_to_the_teams(cast: Cast) -> None:
    with pytest.raises(Refused):
        lift_team(cast.north, by=cast.dana)
    assert not is_own()


@pytest.mark.django_db(transaction=True)
def test_two_edits_at_once_follow_one_another(cast: Cast) -> None:
    barrier = Barrier(2)

    def seat(team: Team) -> None:
        barrier.wait()
        seat_person(cast.alice, team=team, by=cast.dana)
        connection.close()

    threads = [Thread(target=seat, args=[team]) for team in (cast.south, cast.company_team)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    now = TreeSeat.objects.get(user=cast.alice, superseded_at=None, ends_on=None)
    assert now.starts_on == cast.today
    assert TreePlace.objects.filter(superseded_at=None).count() == 3
    workers.refresh_all()
    assert_cells_are_right()


# ── The arithmetic ─────────────────────────────────────────────────────────────────────────────────

DAYS = [date(2026, 1, 1) + number * DAY for number in range(12)]
EDITS = st.lists(st.tuples(st.sampled_from(DAYS), st.sampled_from([None, 1, 2, 3])), max_size=8)


@given(EDITS)
def test_putting_is_as_painting_days(edits: list[tuple[date, int | None]]) -> None:
    """The oracle paints each day up to the next change that was planned already."""
    spans: list[Span[int]] = []
    painted: dict[date, int | None] = dict.fromkeys(DAYS)
    for on, where in edits:
        until = min((span.start for span in spans if span.start > on), default=None)
        for day in DAYS:
            if on <= day and (until is None or day < until):
                painted[day] = where
        spans = put(spans, where, on)
        now = {day: on_day(spans, day) for day in DAYS}
        assert {day: span.where if span else None for day, span in now.items()} == painted
        assert all(a.end is not None and a.end <= b.start for a, b in pairwise(spans))


@given(st.dictionaries(st.integers(0, 5), st.one_of(st.none(), st.integers(0, 5))))
def test_a_loop_is_somebody_met_twice_on_the_way_up(parents: dict[int, int | None]) -> None:
    def ends(start: int | None) -> bool:
        for _step in range(10):
            if start is None or start not in parents:
                return True
            start = parents[start]
        return False

    assert has_loop(parents) == (not all(ends(start) for start in parents))


def test_months_are_marked_from_the_day_on(cast: Cast) -> None:
    before = month_start(add_months(cast.today, -2))
    win_deal(cast.deal(amount=Decimal(1)), reason=cast.fit, closed_on=before, by=cast.alice)
    workers.refresh_all()
    seat_person(cast.alice, team=cast.south, by=cast.dana)
    assert workers.refresh_all() == 0
    seat_person(cast.alice, team=cast.company_team, on=before, by=cast.dana)
    assert workers.refresh_all() > 0
    assert ForecastCell.objects.get().node == cast.company_team
