"""Whose quotas somebody may set, and how high they stand: what was set from above is not undone from below."""

from collections.abc import Mapping

from crm.access import Reach, reach_of
from crm.models import Membership, Team, User, Workspace

LOWEST = 1000


def sets_quota_of(reach: Reach, kind: str, pk: int, team_of: Mapping[int, int]) -> bool:
    """Managers for those below them, whoever may change everything for all; nobody for themselves or for a team they
    answer for. `kind` is "person" or "team", `team_of` everybody's team today."""
    if not (reach.is_manager and reach.may_write) or (kind == "person" and pk == reach.user_id):
        return False
    if reach.writes is None:
        return True
    team = team_of.get(pk) if kind == "person" else pk
    answers_for = kind == "team" and team_of.get(reach.user_id) == pk
    return team in reach.writes and not answers_for


class Authority:
    """Of one person, today. `rank` counts the teams from the top down to theirs; 0 is over all of them."""

    def __init__(self, reach: Reach) -> None:
        self.reach = reach
        today = Membership.objects.on(Workspace.current().today)
        self.team_of: dict[int, int] = dict(today.values_list("user_id", "team_id"))

    def covers(self, subject: User | Team) -> bool:
        kind = "person" if isinstance(subject, User) else "team"
        return sets_quota_of(self.reach, kind, subject.pk, self.team_of)

    @property
    def rank(self) -> int:
        if self.reach.writes is None:
            return 0
        above: dict[int, int | None] = dict(Team.objects.values_list("pk", "parent_id"))
        team, rank = self.team_of.get(self.reach.user_id), 0
        while team is not None:
            team, rank = above.get(team), rank + 1
        return rank or LOWEST


def may_set_quota(by: User, subject: User | Team) -> bool:
    return Authority(reach_of(by)).covers(subject)
