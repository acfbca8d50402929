"""The team tree with its people during a period, as far as a reach goes."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from django.db.models import BooleanField, ExpressionWrapper, Q

from crm.access import Reach
from crm.models import Membership, Team, Workspace
from crm.periods import Period

TeamId = int | None


class Tree:
    """Teams that may be read (all of them below `team`, if given), and who was in them in the period.

    `members` are those whose line is shown even when there is nothing on it: not people who left, nor those who
    manage the team. Costs two queries, whatever its size.
    """

    def __init__(self, reach: Reach, period: Period, team: int | None = None) -> None:
        self.reach, self.narrowed = reach, team
        everything = {each.pk: each for each in Team.objects.all()}
        self.children: dict[int | None, list[Team]] = defaultdict(list)
        for each in everything.values():
            self.children[each.parent_id].append(each)
        seen = set(everything) if reach.reads is None else set(reach.reads) & set(everything)
        self.readable = frozenset(seen)
        if team is not None:
            seen &= set(self.below(team))
        self.teams = {pk: each for pk, each in everything.items() if pk in seen}
        self.roots = [each for each in self.teams.values() if each.parent_id not in self.teams]
        self._read_memberships(period)

    def _read_memberships(self, period: Period) -> None:
        today = Workspace.current().today
        self.members: dict[TeamId, set[int]] = defaultdict(set)
        self._stays: dict[int, list[tuple[date, date, int]]] = defaultdict(list)
        self._today: dict[int, int] = {}
        during = Q(starts_on__lt=period.end) & (Q(ends_on=None) | Q(ends_on__gt=period.start))
        now = Q(starts_on__lte=today) & (Q(ends_on=None) | Q(ends_on__gt=today))
        stays = Membership.objects.filter(during | now).order_by("starts_on")
        sells = ~Q(is_manager=True) & Q(user__is_active=True)
        columns = ("user_id", "team_id", "starts_on", "ends_on")
        for user, team, start, end, is_selling in stays.values_list(*columns, ExpressionWrapper(sells, BooleanField())):
            end = end or date.max
            if start <= today < end:
                self._today[user] = team
            if start < period.end and end > period.start:
                self._stays[user].append((start, end, team))
                if is_selling and (team in self.teams or (user == self.reach.user_id and self.narrowed is None)):
                    self.members[team].add(user)

    def below(self, team: int) -> Iterable[int]:
        """The team and all below it."""
        yield team
        for child in self.children[team]:
            yield from self.below(child.pk)

    def choices(self) -> list[tuple[int, str]]:
        """The teams a page can be narrowed to, indented as the tree is."""
        return [(team.pk, "\N{EM SPACE}" * depth + team.name) for team, depth in self._walk(None, 0)]

    def _walk(self, parent: int | None, depth: int) -> Iterable[tuple[Team, int]]:
        for team in self.children[parent]:
            if team.pk in self.readable:
                yield team, depth
            yield from self._walk(team.pk, depth + (team.pk in self.readable))

    def home(self, user: int, start: date, end: date) -> TeamId:
        """The team for which a person's quota counts: theirs when it began, else their first one after."""
        return next((team for begins, ends, team in self._stays[user] if begins < end and ends > start), None)

    def only_home(self, user: int) -> TeamId:
        """Their team, if they were in one and no other; else None."""
        stays = self._stays[user]
        return stays[0][2] if len(stays) == 1 else None

    def named_by(self, team: int) -> tuple[tuple[str, str], ...]:
        """How the deal filter names the deals of a team's row: those of all teams below it that may be read."""
        seen = [pk for pk in self.below(team) if pk in self.teams]
        if len(seen) == len(list(self.below(team))):
            return (("team", str(team)),)
        return tuple(("in_team", str(pk)) for pk in seen)

    def may_set_quota(self, kind: str, pk: int) -> bool:
        """The rule of `actions.may_set_quota`, without a query."""
        reach = self.reach
        if not (reach.is_manager and reach.may_write) or (kind == "person" and pk == reach.user_id):
            return False
        if reach.writes is None:
            return True
        team = self._today.get(pk) if kind == "person" else pk
        answers_for = kind == "team" and self._today.get(reach.user_id) == pk
        return team in reach.writes and not answers_for
