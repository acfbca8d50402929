"""Reach: whose records a user may read and write. Every permission in Penstock is decided here.

A record has an owner and a team (the owner's team when it was last handed over). A reach is the user plus the teams it
extends to; `None` for the teams means everyone's. Finding a record *is* the permission check: views, API, search,
reports, exports and the live stream all start from `visible_to` or `editable_by`; what is not found is a 404.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import wraps
from typing import Any, Concatenate, NamedTuple, Self, TypeVar

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db import connection, models
from django.db.models import Q
from django.http import HttpResponse
from django.utils.translation import gettext as _

from crm.models import Event, Membership, Role, Scope, Team, User, Workspace
from crm.moment import Moment
from crm.past import moment_of
from crm.request import SignedInRequest
from crm.rows import prepared

TeamIds = frozenset[int] | None
COSTS = {"product": {"cost"}}  # fields in events that tell what things cost us, by noun
M = TypeVar("M", bound=models.Model)

TEAMS_OF = """
WITH RECURSIVE mine AS (
    SELECT team_id AS id FROM crm_membership
    WHERE user_id = %(user)s AND starts_on <= %(today)s AND (ends_on IS NULL OR ends_on > %(today)s)
), below AS (
    SELECT id FROM mine UNION SELECT t.id FROM crm_team t JOIN below b ON t.parent_id = b.id
)
SELECT id, id IN (SELECT id FROM mine) FROM below
"""


@dataclass(frozen=True, slots=True)
class Reach:
    user_id: int
    reads: TeamIds  # teams whose records may be read; None: all
    writes: TeamIds
    may_write: bool
    is_admin: bool = False
    is_manager: bool = False
    shares_contacts: bool = False

    def sees(self, owner_ids: Any, team_ids: Any) -> bool:
        """Whether a record with these owners and teams may be known: the same rule as `visible_to`, in memory."""
        return self.reads is None or self.user_id in owner_ids or not self.reads.isdisjoint(team_ids)

    @property
    def sees_costs(self) -> bool:
        """What things cost us, and the margin of what is sold. Others learn that a limit is passed."""
        return self.is_manager

    @property
    def to_look(self) -> "Reach":
        """The same rights to read, and none to write."""
        return replace(self, writes=frozenset(), may_write=False)

    def changes(self, owner_id: int, team_id: int | None) -> bool:
        """The same rule as `editable_by`, in memory."""
        return self.may_write and (self.writes is None or owner_id == self.user_id or team_id in self.writes)


def reach_of(user: Any) -> Reach:
    """The user's reach, worked out once per user object (that is: once per request)."""
    if (known := getattr(user, "_reach", None)) is None:
        known = user._reach = _work_out(user)
    return known


def _work_out(user: User) -> Reach:
    workspace = Workspace.current()
    mine: frozenset[int] = frozenset()
    below: frozenset[int] = frozenset()
    if {user.reading, user.writing} & {Scope.TEAM, Scope.BELOW}:
        with prepared() as cursor:
            cursor.execute(TEAMS_OF, {"user": user.pk, "today": workspace.today})
            rows = cursor.fetchall()
        below = frozenset(team for team, _ in rows)
        mine = frozenset(team for team, is_mine in rows if is_mine)
    teams: dict[Scope, TeamIds] = {Scope.TEAM: mine, Scope.BELOW: below, Scope.ALL: None}
    reads = teams.get(user.reading, frozenset())
    return Reach(
        user_id=user.pk,
        reads=reads,
        writes=_both(reads, teams.get(user.writing, frozenset())),  # nobody changes what they cannot see
        may_write=user.writing != Scope.NONE,
        is_admin=user.role == Role.ADMIN,
        is_manager=user.is_manager,
        shares_contacts=workspace.shares_contacts,
    )


def _both(some: TeamIds, others: TeamIds) -> TeamIds:
    if some is None or others is None:
        return others if some is None else some
    return some & others


def owned_by(reach: Reach, teams: TeamIds, prefix: str = "") -> Q:
    if teams is None:
        return Q()
    mine = Q(**{f"{prefix}owner_id": reach.user_id})
    return mine | Q(**{f"{prefix}team_id__in": sorted(teams)}) if teams else mine


class OwnedQuerySet(models.QuerySet[M]):
    """Of models with `owner` and `team`."""

    def visible_to(self, reach: Reach) -> Self:
        return self.filter(owned_by(reach, reach.reads))

    def editable_by(self, reach: Reach) -> Self:
        if not reach.may_write:
            return self.none()
        return self.visible_to(reach).filter(owned_by(reach, reach.writes))


def visible_events(reach: Reach) -> models.QuerySet[Event]:
    if reach.reads is None:
        return Event.objects.all()
    return Event.objects.filter(
        Q(is_public=True) | Q(owner_ids__contains=[reach.user_id]) | Q(team_ids__overlap=sorted(reach.reads))
    )


def facts_told(event: Mapping[str, Any], reach: Reach) -> dict[str, Any]:
    """The data of an event, without changes of what things cost us unless the reach sees that."""
    data: dict[str, Any] = event["data"]
    hidden = set() if reach.sees_costs else COSTS.get(event["noun"], set()) & data.get("changed", {}).keys()
    if not hidden:
        return data
    return data | {"changed": {name: change for name, change in data["changed"].items() if name not in hidden}}


def people_in(reach: Reach, *, writing: bool = False) -> models.QuerySet[User]:
    """Active users whose records the reach extends to (today's membership), oneself included."""
    teams = reach.writes if writing else reach.reads
    people = User.objects.filter(is_active=True)
    if writing and not reach.may_write:
        return people.none()
    if teams is None:
        return people
    members = Membership.objects.on(Workspace.current().today).filter(team_id__in=teams)
    return people.filter(Q(pk=reach.user_id) | Q(pk__in=members.values("user_id")))


def teams_below(team: int) -> list[int]:
    """The team and all below it."""
    children: dict[int | None, list[int]] = defaultdict(list)
    for pk, parent in Team.objects.values_list("pk", "parent_id"):
        children[parent].append(pk)
    found, queue = [], [team]
    while queue:
        found.append(queue.pop())
        queue += children[found[-1]]
    return found


# ── Who sees a record, and why ─────────────────────────────────────────────────────────────────────


class Sight(NamedTuple):
    """People who see a record for the same reason, told in a sentence."""

    users: Sequence[User]
    text: str


def who_sees(owner: User, team_id: int | None) -> list[Sight]:
    """The rule of `Reach.sees`, told for everybody at once about a record of `owner` in that team."""
    teams = _at_and_above(team_id)
    places = Membership.objects.on(Workspace.current().today).filter(team_id__in=teams)
    place_of = {place.user_id: place for place in places}
    found: dict[tuple[int, str, str], list[User]] = {}
    for user in User.objects.filter(is_active=True):
        if reason := _why(user, owner, team_id, place_of.get(user.pk), teams):
            found.setdefault(reason, []).append(user)
    return [Sight(users, text % {"names": _listed(users)}) for (_order, _key, text), users in sorted(found.items())]


def _why(
    user: User, owner: User, team_id: int | None, place: Membership | None, teams: Mapping[int, str]
) -> tuple[int, str, str] | None:
    """In which order to tell it, and how; None for who does not see it."""
    if user.pk == owner.pk:
        return 0, "", _("%(names)s, as owner.")
    if user.role == Role.ADMIN and user.reading == Scope.ALL:
        return 5, "", _("%(names)s, as administrator.")
    if user.reading == Scope.ALL:
        return 6, "", _("%(names)s, who may read everything.")
    if place is None or user.reading not in {Scope.TEAM, Scope.BELOW}:
        return None
    team = teams[place.team_id].replace("%", "%%")
    if place.team_id == team_id:
        if place.is_manager:
            return 1, "", _("%%(names)s, as manager of %(team)s.") % {"team": team}
        return 2, "", _("%%(names)s, in the team %(team)s.") % {"team": team}
    if user.reading == Scope.BELOW:
        return 3, team, _("%%(names)s, in %(team)s above it.") % {"team": team}
    return None


ABOVE = """WITH RECURSIVE above AS (
    SELECT id, name, parent_id FROM crm_team WHERE id = %s
    UNION SELECT t.id, t.name, t.parent_id FROM crm_team t JOIN above a ON t.id = a.parent_id
) SELECT id, name FROM above"""


def _at_and_above(team_id: int | None) -> dict[int, str]:
    """The team and those above it: id → name."""
    with connection.cursor() as cursor:
        cursor.execute(ABOVE, [team_id])
        return dict(cursor.fetchall())


def _listed(users: Sequence[User], most: int = 5) -> str:
    names = [user.name for user in users[:most]]
    if len(users) > most:
        names.append(_("%(count)d more") % {"count": len(users) - most})
    return ", ".join(names)


def asked_moment(user: User, text: str) -> Moment | None:
    """The past instant that `?as_of=` names, at which the user may look with today's rights and change nothing.

    Raises BadMoment.
    """
    if not text:
        return None
    moment = moment_of(text)
    user._reach = reach_of(user).to_look  # type: ignore[attr-defined]
    return moment


def admin_only[**P](
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[Concatenate[SignedInRequest, P], HttpResponse]:
    """The pages of the company's settings: whoever is not signed in may sign in, everyone else gets a 403."""

    @wraps(view)
    def guarded(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not reach_of(request.user).is_admin:
            raise PermissionDenied(_("Only an administrator may open this page."))
        return view(request, *args, **kwargs)

    return login_required(guarded)
