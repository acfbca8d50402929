"""The whole forecast tree on a day, as its settings page and the API show it, with what is planned after."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.db import connection

from crm.models import Team, User
from forecasting.placing import Span, on_day
from forecasting.seating import PLACES, SEATS, is_own


@dataclass(frozen=True, slots=True)
class Sitter:
    user: User
    is_manager: bool = False
    since: date | None = None
    next_on: date | None = None  # when they sit elsewhere, if that is planned
    next_team: Team | None = None

    @property
    def key(self) -> str:
        return f"person-{self.user.pk}"


@dataclass(frozen=True, slots=True)
class Branch:
    team: Team
    depth: int
    parent: int | None
    people: list[Sitter]
    next_on: date | None = None
    next_parent: Team | None = None

    @property
    def key(self) -> str:
        return f"team-{self.team.pk}"

    @property
    def indent(self) -> int:
        return min(self.depth, 6)


@dataclass(frozen=True, slots=True)
class Standing:
    day: date
    is_own: bool
    branches: list[Branch] = field(default_factory=list)
    outside: list[Branch] = field(default_factory=list)  # teams that are not in it
    people: list[Sitter] = field(default_factory=list)  # active, and not in it


def standing_on(day: date) -> Standing:
    """Five statements, whatever its size."""
    teams = {team.pk: team for team in Team.objects.all()}
    users = {user.pk: user for user in User.objects.order_by("name", "pk")}
    placed, seated = _places(), _seats()
    sitters: dict[int | None, list[Sitter]] = defaultdict(list)
    for user in users.values():
        where, sitter = _sitter(user, seated.get(user.pk, []), day, teams)
        sitters[where].append(sitter)
    now = {pk: span for pk, spans in placed.items() if pk in teams and (span := on_day(spans, day))}
    below: dict[int | None, list[Team]] = defaultdict(list)
    for pk, team in teams.items():
        if pk in now:
            parent = now[pk].where
            below[parent if parent in now else None].append(team)

    def walk(parent: int | None, depth: int) -> Iterator[Branch]:
        for team in below[parent]:
            people = sorted(sitters[team.pk], key=lambda sitter: not sitter.is_manager)
            yield Branch(team, depth, parent, people, *_next(placed[team.pk], day, teams))
            yield from walk(team.pk, depth + 1)

    return Standing(
        day,
        is_own(),
        list(walk(None, 0)),
        [Branch(team, 0, None, [], *_next(placed[pk], day, teams)) for pk, team in teams.items() if pk not in now],
        [sitter for sitter in sitters[None] if sitter.user.is_active],
    )


def _next(spans: list[Span[int | None]], day: date, teams: dict[int, Team]) -> tuple[date | None, Team | None]:
    """When the team's place changes, and which one it is under then."""
    now, after = on_day(spans, day), next((span for span in spans if span.start > day), None)
    if after is None:
        return now.end if now else None, None
    return after.start, teams.get(after.where or 0)


def _sitter(
    user: User, spans: list[Span[tuple[int, bool]]], day: date, teams: dict[int, Team]
) -> tuple[int | None, Sitter]:
    now = on_day(spans, day)
    after = next((span for span in spans if span.start > day), None)
    next_on = after.start if after else now.end if now else None
    next_team = teams.get(after.where[0]) if after else None
    if now is None:
        return None, Sitter(user, next_on=next_on, next_team=next_team)
    return now.where[0], Sitter(user, now.where[1], now.start, next_on, next_team)


def _places() -> dict[int, list[Span[int | None]]]:
    found: dict[int, list[Span[int | None]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT team_id, starts_on, ends_on, parent_id FROM {PLACES} AS p ORDER BY starts_on")
        for team, start, end, parent in cursor.fetchall():
            found[team].append(Span(start, end, parent))
    return found


def _seats() -> dict[int, list[Span[tuple[int, bool]]]]:
    found: dict[int, list[Span[tuple[int, bool]]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT user_id, starts_on, ends_on, team_id, is_manager FROM {SEATS} AS s ORDER BY starts_on")
        for user, start, end, team, leads in cursor.fetchall():
            found[user].append(Span(start, end, (team, leads)))
    return found
