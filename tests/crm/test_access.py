"""Reach: whose records a user may read and write. The rule in memory is the rule in SQL, for every tree of teams."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.models import Company
from crm.access import Reach, people_in, reach_of, visible_events, who_sees
from crm.events import event, record
from crm.models import Event, Membership, Role, Scope, Team, User, Workspace
from pipeline.actions import hand_over_deal, open_deal
from pipeline.models import Deal
from tests.cast import LONG_AGO, Cast

pytestmark = pytest.mark.django_db


def seen(user: User) -> set[str]:
    return set(Deal.objects.visible_to(reach_of(user)).values_list("title", flat=True))


def changeable(user: User) -> set[str]:
    return set(Deal.objects.editable_by(reach_of(user)).values_list("title", flat=True))


@pytest.fixture
def deals(cast: Cast) -> None:
    for user in (cast.alice, cast.bob, cast.mia, cast.charlie, cast.dana):
        cast.deal(user.name, owner=user)


@pytest.mark.usefixtures("deals")
class TestTheRoles:
    def test_a_rep_reads_the_team_and_changes_their_own(self, cast: Cast) -> None:
        assert (seen(cast.alice), changeable(cast.alice)) == ({"Alice", "Bob", "Mia"}, {"Alice"})

    def test_a_manager_reads_and_changes_the_team(self, cast: Cast) -> None:
        assert seen(cast.mia) == changeable(cast.mia) == {"Alice", "Bob", "Mia"}

    def test_another_team_sees_nothing_of_it(self, cast: Cast) -> None:
        assert (seen(cast.charlie), seen(cast.max)) == ({"Charlie"}, {"Charlie"})

    def test_a_manager_above_reads_and_changes_everything_below(self, cast: Cast) -> None:
        Membership.objects.filter(user=cast.max).delete()
        Membership.objects.create(user=cast.max, team=cast.company_team, starts_on=LONG_AGO, is_manager=True)
        assert seen(cast.max) == changeable(cast.max) == {"Alice", "Bob", "Mia", "Charlie"}

    def test_an_admin_reads_and_changes_everything(self, cast: Cast) -> None:
        assert seen(cast.dana) == changeable(cast.dana) == {"Alice", "Bob", "Mia", "Charlie", "Dana"}

    def test_read_only_reads_everything_and_changes_nothing(self, cast: Cast) -> None:
        assert (len(seen(cast.ravi)), changeable(cast.ravi)) == (5, set())

    def test_whoever_left_the_team_sees_their_own(self, cast: Cast) -> None:
        Membership.objects.filter(user=cast.alice).update(ends_on=cast.today)
        assert seen(cast.alice) == {"Alice"}

    def test_nobody_changes_what_they_cannot_see(self, cast: Cast) -> None:
        cast.alice.reads, cast.alice.writes = Scope.OWN, Scope.ALL
        assert changeable(cast.alice) == {"Alice"}
        assert not reach_of(cast.alice).changes(cast.bob.pk, cast.north.pk)

    def test_a_reach_can_differ_from_the_role(self, cast: Cast) -> None:
        cast.alice.writes = Scope.TEAM
        assert changeable(cast.alice) == {"Alice", "Bob", "Mia"}


def test_it_is_worked_out_once_per_request(cast: Cast, django_assert_num_queries: Any) -> None:
    user = User.objects.get(pk=cast.alice.pk)
    with django_assert_num_queries(2):  # the workspace, the teams
        reach_of(user)
        reach_of(user)


def test_companies_are_everyones_unless_kept_apart(cast: Cast) -> None:
    assert Company.objects.visible_to(reach_of(cast.alice)).count() == 2
    assert list(Company.objects.editable_by(reach_of(cast.alice))) == [cast.acme]
    Workspace.objects.update(shares_contacts=False)
    apart = User.objects.get(pk=cast.alice.pk)
    assert list(Company.objects.visible_to(reach_of(apart))) == [cast.acme]


class TestWhoSees:
    """The sentences of `who_sees` against Reach itself."""

    def agree(self, cast: Cast, owner: User, team: Team | None) -> None:
        deal = cast.deal(owner=owner)
        Deal.objects.filter(pk=deal.pk).update(team=team)
        told = [user.name for sight in who_sees(owner, team.pk if team else None) for user in sight.users]
        seeing = [
            user.name
            for user in User.objects.filter(is_active=True)
            if Deal.objects.visible_to(reach_of(user)).filter(pk=deal.pk).exists()
        ]
        assert sorted(told) == sorted(seeing)

    def test_it_is_true_for_every_deal(self, cast: Cast) -> None:
        for owner in (cast.alice, cast.mia, cast.charlie, cast.dana):
            for team in (cast.north, cast.south, cast.company_team, None):
                self.agree(cast, owner, team)

    @pytest.mark.parametrize("scope", Scope.values)
    def test_it_is_true_whatever_somebody_may_read(self, cast: Cast, scope: str) -> None:
        User.objects.filter(name__in=["Bob", "Max", "Dana"]).update(reads=scope)
        Membership.objects.filter(user=cast.max).update(team=cast.company_team)
        self.agree(cast, User.objects.get(name="Alice"), cast.north)
        self.agree(cast, User.objects.get(name="Dana"), None)

    def test_whoever_left_is_not_told(self, cast: Cast) -> None:
        User.objects.filter(name="Mia").update(is_active=False)
        Membership.objects.filter(user=cast.bob).update(ends_on=cast.today)
        self.agree(cast, cast.alice, cast.north)

    def test_it_says_why(self, cast: Cast) -> None:
        Membership.objects.filter(user=cast.max).delete()
        Membership.objects.create(user=cast.max, team=cast.company_team, starts_on=LONG_AGO, is_manager=True)
        assert [sight.text for sight in who_sees(cast.alice, cast.north.pk)] == [
            "Alice, as owner.",
            "Mia, as manager of North.",
            "Bob, in the team North.",
            "Max, in Penstock above it.",
            "Dana, as administrator.",
            "Ira, Ravi, who may read everything.",
        ]

    def test_it_asks_four_things(self, cast: Cast, django_assert_num_queries: Any) -> None:
        with django_assert_num_queries(4):  # the workspace, the teams, who is in them, everybody
            who_sees(cast.alice, cast.north.pk)


def test_people_in_reach(cast: Cast) -> None:
    def names(user: User, *, writing: bool) -> set[str]:
        return {each.name for each in people_in(reach_of(user), writing=writing)}

    assert (names(cast.alice, writing=False), names(cast.alice, writing=True)) == ({"Alice", "Bob", "Mia"}, {"Alice"})
    assert names(cast.mia, writing=True) == {"Alice", "Bob", "Mia"}
    assert names(cast.ravi, writing=True) == set()
    User.objects.filter(pk=cast.bob.pk).update(is_active=False)
    assert names(cast.mia, writing=False) == {"Alice", "Mia"}


# ── Any tree ───────────────────────────────────────────────────────────────────────────────────

TEAMS, PEOPLE = 6, 4
parents = st.tuples(*(st.none() | st.integers(0, number - 1) if number else st.none() for number in range(TEAMS)))
scope = st.sampled_from(["", *Scope.values])
person = st.tuples(
    st.sampled_from(Role.values),
    scope,
    scope,
    st.lists(st.tuples(st.integers(0, TEAMS - 1), st.integers(1, 40)), max_size=3),
)
owned = st.tuples(st.integers(0, PEOPLE - 1), st.none() | st.integers(0, TEAMS - 1))


def make_people(drawn: list[Any], teams: list[Team], workspace: Workspace) -> list[tuple[User, Team | None]]:
    """Users who went from team to team; the last stay may be over, under way or still to come."""
    people = []
    for number, (role, reads, writes, stays) in enumerate(drawn):
        user = User.objects.create(email=f"p{number}@x.test", name=f"P{number}", role=role, reads=reads, writes=writes)
        start, now = workspace.today - timedelta(days=45), None
        for team, days in stays:
            end = start + timedelta(days=days)
            Membership.objects.create(user=user, team=teams[team], starts_on=start, ends_on=end)
            now = teams[team] if start <= workspace.today < end else now
            start = end
        people.append((user, now))
    return people


def expected_teams(scope: Scope, now: Team | None, teams: list[Team]) -> set[int] | None:
    """The teams a scope extends to, worked out by walking up from each team."""
    if scope == Scope.ALL:
        return None
    if now is None or scope in {Scope.OWN, Scope.NONE}:
        return set()
    by_id = {team.pk: team for team in teams}

    def is_below(team: Team | None) -> bool:
        while team is not None and team.pk != now.pk:
            team = by_id.get(team.parent_id) if team.parent_id else None
        return team is not None

    return {now.pk} if scope == Scope.TEAM else {team.pk for team in teams if is_below(team)}


def allows(teams: set[int] | None, user: User, deal: Deal) -> bool:
    return teams is None or deal.owner_id == user.pk or deal.team_id in teams


def in_memory(reach: Reach, deal: Deal) -> tuple[bool, bool]:
    return reach.sees([deal.owner_id], [deal.team_id]), reach.changes(deal.owner_id, deal.team_id)


@settings(max_examples=60, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tree=parents, drawn=st.lists(person, min_size=PEOPLE, max_size=PEOPLE), records=st.lists(owned, max_size=8))
def test_memory_and_sql_agree_on_any_tree(db: None, tree: Any, drawn: list[Any], records: list[Any]) -> None:
    with transaction.atomic():
        workspace, teams = Workspace.current(), list[Team]()
        for number, parent in enumerate(tree):
            teams.append(Team.objects.create(name=f"T{number}", parent=None if parent is None else teams[parent]))
        people = make_people(drawn, teams, workspace)
        deals = []
        for owner, team in records:
            deal = open_deal(title="Any", owner=people[owner][0], by=None)
            Deal.objects.filter(pk=deal.pk).update(team=None if team is None else teams[team])
            deals.append(Deal.objects.get(pk=deal.pk))
        record([event("deal.seen", deal, by=None) for deal in deals])
        for user, now in people:
            reads = expected_teams(user.reading, now, teams)
            writes = expected_teams(user.writing, now, teams)
            visible = {deal.pk for deal in deals if allows(reads, user, deal)}
            writable = {
                deal.pk
                for deal in deals
                if user.writing != Scope.NONE and deal.pk in visible and allows(writes, user, deal)
            }
            reach = reach_of(user)
            assert set(Deal.objects.visible_to(reach).values_list("pk", flat=True)) == visible
            assert set(Deal.objects.editable_by(reach).values_list("pk", flat=True)) == writable
            assert {deal.pk: in_memory(reach, deal) for deal in deals} == {
                deal.pk: (deal.pk in visible, deal.pk in writable) for deal in deals
            }
            told = visible_events(reach).filter(kind="deal.seen").values_list("object_id", flat=True)
            assert set(told) == visible
        transaction.set_rollback(True)


def test_an_event_is_known_to_both_sides_of_a_hand_over(cast: Cast) -> None:
    hand_over_deal(cast.deal(), to=cast.charlie, by=cast.dana)
    handed = Event.objects.get(kind="deal.handed_over")
    for user, knows in ((cast.alice, True), (cast.bob, True), (cast.charlie, True), (cast.max, True)):
        reach = reach_of(user)
        assert visible_events(reach).filter(pk=handed.pk).exists() is knows
        assert reach.sees(handed.owner_ids, handed.team_ids) is knows


def test_a_public_event_is_everyones(cast: Cast) -> None:
    record([event("stage.revised", cast.stages["Demo"], by=cast.dana, is_public=True)])
    assert visible_events(reach_of(cast.charlie)).filter(kind="stage.revised").exists()
