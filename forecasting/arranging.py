"""The verbs of the forecast tree. The first one anybody calls takes the tree over from the teams."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.errors import Refused
from crm.models import Membership, Team, User, Workspace
from forecasting.models import TreePlace, TreeSeat
from forecasting.placing import ALWAYS, Span, has_loop, joined, on_day, put
from forecasting.receivers import mark_people
from forecasting.seating import is_own

ARRANGING = 0x74726565  # advisory lock: one edit at a time
Under = tuple[int | None]  # the team above; a tuple, because on top (None) is a place as well
Sitting = tuple[int, bool]  # the team, and whether they lead it
Places = Mapping[int, Sequence[Span[Under]]]


@transaction.atomic
def seat_person(
    user: User, *, team: Team | None, is_manager: bool | None = None, on: date | None = None, by: User
) -> None:
    """From `on` (default today) their deals and quotas count in this team of the tree; None: in none.

    Deals of earlier days stay where they were. A later change that is planned already stays. `is_manager` empty: as
    before.
    """
    on = on or Workspace.current().today
    _begin(by)
    if team is not None and on_day(_places().get(team.pk, ()), on) is None:
        raise Refused(team=_("%(name)s is not in the tree on that day.") % {"name": team.name})
    known = TreeSeat.objects.filter(user=user, superseded_at=None)
    before = joined(Span(seat.starts_on, seat.ends_on, (seat.team_id, seat.is_manager)) for seat in known)
    if is_manager is None:
        there = on_day(before, on) or (before[-1] if before else None)
        is_manager = there is not None and there.where[1]
    after = put(before, None if team is None else (team.pk, is_manager), on)
    if after == before:
        return
    now = timezone.now()
    known.update(superseded_at=now)
    TreeSeat.objects.bulk_create(
        TreeSeat(
            user=user, team_id=pk, is_manager=leads, starts_on=start, ends_on=end, recorded_at=now, by=by
        )
        for start, end, (pk, leads) in after
    )  # fmt: skip
    mark_people([user.pk], on)
    _tell("seated" if team else "unseated", user, team, on, by)


@transaction.atomic
def place_team(team: Team, *, under: Team | None = None, on: date | None = None, by: User) -> None:
    """From `on` (default today) the team stands under another one of the tree, or on top."""
    on = on or Workspace.current().today
    _begin(by)
    found = _places()
    if under is not None and on_day(found.get(under.pk, ()), on) is None:
        raise Refused(parent=_("%(name)s is not in the tree on that day.") % {"name": under.name})
    _place(team, found, (under.pk if under else None,), on, by)
    _tell("placed", team, under, on, by)


@transaction.atomic
def lift_team(team: Team, *, on: date | None = None, by: User) -> None:
    """From `on` (default today) the team is not in the tree: nobody may sit in it then, no team stand under it."""
    on = on or Workspace.current().today
    _begin(by)
    found = _places()
    later = {"team": team, "superseded_at": None}
    seats = TreeSeat.objects.filter(**later).exclude(ends_on__lte=on)
    under = [
        pk for pk, spans in found.items() for span in spans
        if span.where == (team.pk,) and (span.end is None or span.end > on)
    ]  # fmt: skip
    if under or seats.exists():
        raise Refused(team=_("%(name)s still has people or teams. Move them first.") % {"name": team.name})
    _place(team, found, None, on, by)
    _tell("lifted", team, None, on, by)


def _begin(by: User) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ARRANGING])
    if is_own():
        return
    now = timezone.now()
    TreePlace.objects.bulk_create(
        TreePlace(team_id=team.pk, parent_id=team.parent_id, starts_on=ALWAYS, recorded_at=now, by=by)
        for team in Team.objects.all()
    )
    TreeSeat.objects.bulk_create(
        TreeSeat(
            user_id=each.user_id, team_id=each.team_id, is_manager=each.is_manager, starts_on=each.starts_on,
            ends_on=each.ends_on, recorded_at=now, by=by,
        )
        for each in Membership.objects.all()
    )  # fmt: skip


def _places() -> dict[int, list[Span[Under]]]:
    found: dict[int, list[Span[Under]]] = defaultdict(list)
    known = TreePlace.objects.filter(superseded_at=None).order_by("starts_on")
    for team, parent, start, end in known.values_list("team_id", "parent_id", "starts_on", "ends_on"):
        found[team].append(Span(start, end, (parent,)))
    return found


def _place(team: Team, found: Places, under: Under | None, on: date, by: User) -> None:
    before = found.get(team.pk, [])
    after = put(before, under, on)
    if after == before:
        return
    _check_loops({**found, team.pk: after}, on)
    now = timezone.now()
    TreePlace.objects.filter(team_id=team.pk, superseded_at=None).update(superseded_at=now)
    TreePlace.objects.bulk_create(
        TreePlace(team_id=team.pk, parent_id=parent, starts_on=start, ends_on=end, recorded_at=now, by=by)
        for start, end, (parent,) in after
    )


def _check_loops(found: Places, since: date) -> None:
    """On every day from then on on which something changes."""
    days = {since, *(span.start for spans in found.values() for span in spans if span.start > since)}
    for day in days:
        standing = {pk: on_day(spans, day) for pk, spans in found.items()}
        if has_loop({pk: span.where[0] for pk, span in standing.items() if span}):
            raise Refused(parent=_("A team cannot be below itself."))


def _tell(what: str, subject: User | Team, team: Team | None, on: date, by: User) -> None:
    data: dict[str, Any] = {"name": subject.name, "on": on.isoformat(), "team": team.pk if team else None}
    data["team_name"] = team.name if team else ""
    events.record([events.event(f"tree.{what}", subject, by=by, is_public=True, data=data)])
    events.announce("forecast")
