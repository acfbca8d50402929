"""Who sat in which team of the forecast tree on which day: one building block in SQL, and the deal filter made of it.

While nobody has edited the tree, the members of the teams are it; from the first edit on, only its own rows are.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from functools import reduce
from operator import or_
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models import Team, Workspace
from forecasting.models import TreePlace
from pipeline import filters
from pipeline.models import Outcome

OWN = "EXISTS (SELECT FROM forecasting_treeplace)"
KNOWN = "superseded_at IS NULL"
# Of (user_id, team_id, is_manager, starts_on, ends_on).
SEATS = f"""(
    SELECT user_id, team_id, is_manager, starts_on, ends_on FROM forecasting_treeseat WHERE {KNOWN}
    UNION ALL
    SELECT user_id, team_id, is_manager, starts_on, ends_on FROM crm_membership WHERE NOT {OWN}
)"""
# Of (team_id, parent_id, starts_on, ends_on).
PLACES = f"""(
    SELECT team_id, parent_id, starts_on, ends_on FROM forecasting_treeplace WHERE {KNOWN}
    UNION ALL
    SELECT id, parent_id, '0001-01-01', NULL FROM crm_team WHERE NOT {OWN}
)"""
# A person sits in one team at a time: at most one row for each deal.
ON_SEAT = """{seats} AS seat ON seat.user_id = {owner}
        AND seat.starts_on <= {day} AND (seat.ends_on > {day} OR seat.ends_on IS NULL)"""
BELOW = f"""WITH RECURSIVE placed AS (SELECT team_id, parent_id FROM {PLACES} AS p
    WHERE p.starts_on <= %(day)s AND (p.ends_on > %(day)s OR p.ends_on IS NULL)
), below AS (
    SELECT unnest(%(teams)s::bigint[]) AS id UNION SELECT p.team_id FROM placed p JOIN below b ON p.parent_id = b.id
) SELECT id FROM below"""


def seat_join(owner: str, day: str) -> str:
    """What to write after LEFT JOIN for `seat.team_id` of `owner` on `day`, both SQL."""
    return ON_SEAT.format(seats=SEATS, owner=owner, day=day)


def is_own() -> bool:
    """Whether the tree has left the teams: somebody has edited it."""
    return TreePlace.objects.exists()


# ── Which deals count in a line of the tree ────────────────────────────────────────────────────────


class Stay(NamedTuple):
    start: date
    end: date


def counted_in(teams: Iterable[int] | None) -> Q:
    """Deals whose owner sat in one of the teams (None: in any) on the deal's own day."""
    owners: dict[Stay, list[int]] = defaultdict(list)
    wanted = "" if teams is None else " WHERE team_id = ANY(%(teams)s)"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT user_id, starts_on, ends_on FROM {SEATS} AS seat{wanted}",
            {"teams": None if teams is None else list(teams)},
        )
        for user, start, end in cursor.fetchall():
            owners[Stay(start, end or date.max)].append(user)
    stays = [Q(owner_id__in=sorted(users)) & _during(stay) for stay, users in owners.items()]
    return reduce(or_, stays, Q(pk__in=[]))


def _during(stay: Stay) -> Q:
    """Closed deals by the day they closed, open ones by the day they are expected to; today where none is."""
    today = Workspace.current().today
    closed: dict[str, Any] = {"closed_on__gte": stay.start}
    expected: dict[str, Any] = {"expected_close_on__gte": stay.start}
    if stay.end != date.max:
        closed["closed_on__lt"] = expected["expected_close_on__lt"] = stay.end
    still_open = Q(**expected) | (Q(expected_close_on=None) if stay.start <= today < stay.end else Q(pk__in=[]))
    return (~Q(outcome=Outcome.OPEN) & Q(**closed)) | (Q(outcome=Outcome.OPEN) & still_open)


def below(teams: Sequence[int], day: date) -> list[int]:
    """The teams and all that stand below them in the tree on that day."""
    with connection.cursor() as cursor:
        cursor.execute(BELOW, {"teams": list(teams), "day": day})
        return [pk for (pk,) in cursor.fetchall()]


def in_nodes(values: Sequence[str]) -> Q:
    """Exactly these teams of the tree; `none`: nowhere in it."""
    teams = [filters.whole(value) for value in values if value != filters.NONE]
    found = counted_in(teams) if teams else Q(pk__in=[])
    return found | ~counted_in(None) if filters.NONE in values else found


def in_nodes_below(values: Sequence[str]) -> Q:
    """These teams and those below them in today's tree."""
    return counted_in(below([filters.whole(value) for value in values], Workspace.current().today))


def connect() -> None:
    """Board, list and API can be narrowed by the forecast tree, though they stand below it."""
    about = _("Counting in these teams of the forecast tree, or in one below them.")
    filters.offer("node", in_nodes_below, label=_("Counts for"), about=about, records=(Team,))
    about = _("Counting in exactly these teams of the forecast tree; `none`: nowhere in it.")
    filters.offer("in_node", in_nodes, label=_("Counts for exactly"), about=about, records=(Team,))
