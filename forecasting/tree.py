"""The forecast tree as a page shows it in a period: its teams, and who sat in them, as far as a reach goes."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

from crm.access import Reach
from crm.models import Workspace
from crm.periods import Period
from crm.rows import prepared
from forecasting.authority import sets_quota_of
from forecasting.seating import PLACES, SEATS

TeamId = int | None

# A team stands where it does on the day; one that was in the tree at another time of the period stands on top.
TEAMS = f"""
SELECT t.id, t.name, place.parent_id, place.has_moved
FROM crm_team t CROSS JOIN LATERAL (
    SELECT CASE WHEN p.starts_on <= %(day)s AND (p.ends_on > %(day)s OR p.ends_on IS NULL) THEN p.parent_id END
               AS parent_id,
           p.starts_on > '0001-01-01' OR p.ends_on IS NOT NULL AS has_moved
    FROM {PLACES} AS p
    WHERE p.team_id = t.id AND p.starts_on < %(end)s AND (p.ends_on > %(start)s OR p.ends_on IS NULL)
    ORDER BY p.starts_on <= %(day)s DESC, abs(p.starts_on - %(day)s) LIMIT 1
) AS place
ORDER BY t.position, t.name, t.id
"""
# Seats say where people count, memberships who may be read: both of the period, and of today.
PEOPLE = f"""
SELECT seat.user_id, seat.team_id, seat.starts_on, coalesce(seat.ends_on, '9999-12-31'),
       seat.is_manager, u.is_active, TRUE AS is_seat
FROM {SEATS} AS seat JOIN crm_user u ON u.id = seat.user_id
WHERE seat.starts_on < %(end)s AND (seat.ends_on > %(start)s OR seat.ends_on IS NULL)
UNION ALL
SELECT m.user_id, m.team_id, m.starts_on, coalesce(m.ends_on, '9999-12-31'), FALSE, FALSE, FALSE
FROM crm_membership m
WHERE (m.starts_on < %(end)s OR m.starts_on <= %(today)s)
    AND (m.ends_on > %(start)s OR m.ends_on > %(today)s OR m.ends_on IS NULL)
ORDER BY 3
"""


class TreeTeam(NamedTuple):
    """A team where it stands in the tree."""

    pk: int
    name: str
    parent_id: int | None


class Tree:
    """Teams of the tree that may be shown (all of them below `team`, if given), and who sat in them in the period.

    Teams stand as on the period's last day, or as today while it runs; people sit by dates. Shown are the teams that
    may be read, and those in which somebody sits who was then in one of them. `members` are those whose line is shown
    even when there is nothing on it: not people who left, nor those who manage the team. Costs two queries, whatever
    its size.
    """

    def __init__(self, reach: Reach, period: Period, team: int | None = None) -> None:
        self.reach, self.narrowed, self.today = reach, team, Workspace.current().today
        self.day = self.today if self.today in period else period.last_day
        everything = self._read_teams(period)
        self.children: dict[int | None, list[TreeTeam]] = defaultdict(list)
        for each in everything.values():
            self.children[each.parent_id if each.parent_id in everything else None].append(each)
        self.readable = frozenset(everything if reach.reads is None else reach.reads & everything.keys())
        self._read_people(period)
        seen = set(self.readable) | self._borrowed & everything.keys()
        if team is not None:
            seen &= set(self.below(team))
        self.teams = {pk: each for pk, each in everything.items() if pk in seen}
        self.roots = [each for each in self.teams.values() if each.parent_id not in self.teams]
        self._seat_members()

    def _read_teams(self, period: Period) -> dict[int, TreeTeam]:
        params = {"day": self.day, "start": period.start, "end": period.end}
        with prepared() as cursor:
            cursor.execute(TEAMS, params)
            rows = cursor.fetchall()
        self.has_moved = any(has_moved for *_, has_moved in rows)
        return {pk: TreeTeam(pk, name, parent) for pk, name, parent, _moved in rows}

    def _read_people(self, period: Period) -> None:
        params: dict[str, Any] = {"start": period.start, "end": period.end, "today": self.today}
        with prepared() as cursor:
            cursor.execute(PEOPLE, params)
            rows = cursor.fetchall()
        self._stays: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
        self._today: dict[int, int] = {}
        self._selling: set[tuple[int, int]] = set()
        readable: dict[int, list[tuple[date, date]]] = defaultdict(list)
        self.managers: set[tuple[TeamId, int]] = set()  # team, person: whose own deals are a team's own
        for user, team, start, end, is_manager, is_active, is_seat in rows:
            if is_seat:
                self._stays[user].append((start, end, team))
                if is_manager:
                    self.managers.add((team, user))
                elif is_active:
                    self._selling.add((user, team))
                continue
            if start <= self.today < end:
                self._today[user] = team
            if team in self.readable and start < period.end and end > period.start:
                readable[user].append((start, end))
        self._read_then = readable
        self._borrowed = {
            team
            for user, stays in self._stays.items()
            for start, end, team in stays
            if user != self.reach.user_id and self._may_read(user, start, end)
        }

    def _may_read(self, user: int, start: date, end: date) -> bool:
        """Whether their figures of those days may be read: because of the team they were in."""
        if self.reach.reads is None:
            return True
        return any(start < until and since < end for since, until in self._read_then[user])

    def _seat_members(self) -> None:
        self.members: dict[TeamId, set[int]] = defaultdict(set)
        for user, stays in self._stays.items():
            is_oneself = user == self.reach.user_id and self.narrowed is None
            for start, end, team in stays:
                is_seen = team in self.teams and (user == self.reach.user_id or self._may_read(user, start, end))
                if (user, team) in self._selling and (is_seen or is_oneself):
                    self.members[team].add(user)

    def below(self, team: int) -> Iterable[int]:
        """The team and all below it."""
        yield team
        for child in self.children[team]:
            yield from self.below(child.pk)

    def choices(self) -> list[tuple[int, str]]:
        """The teams a page can be narrowed to, indented as the tree is."""
        return [(team.pk, "\N{EM SPACE}" * depth + team.name) for team, depth in self._walk(None, 0)]

    def _walk(self, parent: int | None, depth: int) -> Iterable[tuple[TreeTeam, int]]:
        for team in self.children[parent]:
            if team.pk in self.readable:
                yield team, depth
            yield from self._walk(team.pk, depth + (team.pk in self.readable))

    def home(self, user: int, start: date, end: date) -> TeamId:
        """The team for which a person's quota counts: theirs when it began, else their first one after."""
        return next((team for begins, ends, team in self._stays[user] if begins < end and ends > start), None)

    def only_home(self, user: int) -> TeamId:
        """Their team, if they sat in one and no other; else None."""
        stays = self._stays[user]
        return stays[0][2] if len(stays) == 1 else None

    def reads_quota_of(self, user: int) -> bool:
        """Whether what they owe may be read: everyone's, one's own, and of who was in a team that may be read."""
        return self.reach.reads is None or user == self.reach.user_id or bool(self._read_then[user])

    def named_by(self, team: int) -> tuple[tuple[str, str], ...]:
        """How the deal filter names the deals of a team's row: of everybody who sat in it or below."""
        if not self.has_moved:
            return (("node", str(team)),)
        return tuple(("in_node", str(pk)) for pk in self.below(team))

    def may_set_quota(self, kind: str, pk: int) -> bool:
        return sets_quota_of(self.reach, kind, pk, self._today)
