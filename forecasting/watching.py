"""What there is to tell whom: the alerts that hold now, worked out for everybody at once."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone

from crm.access import Reach, reach_of
from crm.calendar import fiscal_calendar, this
from crm.models import Membership, Role, User, Workspace
from crm.moment import Moment
from crm.past import looking_back
from forecasting.adjustments import shown
from forecasting.models import AlertKind
from forecasting.table import Table, forecast_table
from forecasting.weighting import Row
from pipeline.models import Deal, Outcome
from pipeline.stalling import stall_days_of, stalled
from pipeline.valuing import Valuing

WEEK = timedelta(days=7)
SOON = timedelta(days=14)  # before the next quarter its quotas are looked for
WIDER = Decimal("0.05")  # of the quota, within a week
DRIFTED = Decimal("0.10")  # of the figure that was adjusted
BIG = 10  # one in so many open deals is a big one
NAMED = 5


class Key(NamedTuple):
    user: int
    kind: str
    about: str


Found = dict[Key, dict[str, Any]]
EVERYTHING = Reach(user_id=0, reads=None, writes=None, may_write=False)


class People:
    """Who answers for which team today."""

    def __init__(self) -> None:
        self.users = {user.pk: user for user in User.objects.filter(is_active=True)}
        self.admins = [pk for pk, user in self.users.items() if user.role == Role.ADMIN]
        self._leading: dict[int, list[int]] = defaultdict(list)
        leading = Membership.objects.on(Workspace.current().today).filter(is_manager=True)
        for user, team in leading.values_list("user_id", "team_id"):
            if user in self.users:
                self._leading[team].append(user)

    def leading(self, team: int | None) -> list[int]:
        return self._leading.get(team or 0, [])

    def of_row(self, row: Row) -> list[int]:
        """Whom a line of the forecast concerns."""
        if row.kind == "person":
            return [*([row.id] if row.id in self.users else []), *self.leading(row.team_id)]
        return list(dict.fromkeys([*self.leading(row.id), *(self.admins if row.kind == "company" else [])]))

    def of_deal(self, owner: int, team: int | None) -> Iterator[int]:
        for pk in dict.fromkeys([owner, *self.leading(team)]):
            if pk in self.users and reach_of(self.users[pk]).sees([owner], [team]):
                yield pk


def watch(since: datetime | None = None) -> Found:
    """Everything that holds now; a gap widens against `since` (a week ago)."""
    people = People()
    workspace = Workspace.current()
    period = this("quarter")
    now = forecast_table(EVERYTHING, period)
    found: Found = {}
    found |= _widening(people, now, _before(now, since or timezone.now() - WEEK))
    found |= _drifting(people, now)
    found |= _missing(people, now)
    if period.end - workspace.today <= SOON:
        found |= _missing(people, forecast_table(EVERYTHING, fiscal_calendar().quarter_of(period.end)))
    return found | _deals(people)


def _shortfall(row: Row) -> Decimal | None:
    """What is missing to the quota when all that is weighted comes."""
    return None if row.quota is None else row.quota - row.static_forecast


def _before(now: Table, since: datetime) -> dict[str, Row]:
    at = since.astimezone(Workspace.current().zone)
    with looking_back(Moment(at, at.isoformat())):
        return {row.key: row for row in forecast_table(EVERYTHING, now.period).rows}


def _widening(people: People, now: Table, before: dict[str, Row]) -> Found:
    found: Found = {}
    for row in now.rows:
        missing, was = _shortfall(row), _shortfall(before[row.key]) if row.key in before else None
        if missing is None or was is None or missing <= 0 or missing - was < WIDER * (row.quota or 0):
            continue
        facts = {"name": row.name, "missing": str(missing), "was": str(was), "currency": now.currency}
        facts |= {"period": now.period.key, "line": row.subject}
        found |= _told(people.of_row(row), AlertKind.GAP, f"{row.key}-{now.period.key}", facts)
    return found


def _drifting(people: People, now: Table) -> Found:
    found: Found = {}
    for row in now.rows:
        for measure, adjusted in {**shown(row, cumulative=True), **shown(row, cumulative=False)}.items():
            laid, then = adjusted.standing, adjusted.then
            if laid is None or not then or adjusted.drift_size < DRIFTED * abs(then):
                continue
            facts = {"name": row.name, "measure": measure, "was": str(then), "now": str(adjusted.raw)}
            facts |= {"amount": str(laid.set_amount), "currency": now.currency, "period": now.period.key}
            whom = [pk for pk in dict.fromkeys([laid.by_id, row.id if row.kind == "person" else None]) if pk]
            whom = [pk for pk in whom if pk in people.users]
            found |= _told(whom, AlertKind.DRIFT, f"{laid.pk}", facts | {"line": row.subject})
    return found


def _missing(people: People, table: Table) -> Found:
    """People who sell and owe nothing, told to those who answer for their team; else to administrators."""
    without: dict[int, list[str]] = defaultdict(list)
    for row in table.rows:
        if row.kind == "person" and row.quota is None and row.id in table.tree.members[row.team_id]:
            for pk in people.leading(row.team_id) or people.admins:
                if pk != row.id:
                    without[pk].append(row.name)
    return {
        Key(pk, AlertKind.QUOTA, table.period.key): {
            "names": names[:NAMED], "count": len(names), "period": table.period.key,
        }
        for pk, names in without.items()
    }  # fmt: skip


def _deals(people: People) -> Found:
    workspace, valuing = Workspace.current(), Valuing.today()
    worth = Deal.objects.live().filter(outcome=Outcome.OPEN).annotate(worth=valuing.open_value())
    ordered = worth.exclude(worth=None).order_by("-worth").values_list("worth", flat=True)
    largest = max(1, ordered.count() // BIG)
    least = next(iter(ordered[largest - 1 : largest]), None)
    found: Found = {}
    late = worth.filter(expected_close_on__gte=workspace.today - WEEK, expected_close_on__lt=workspace.today)
    for deal in late:
        value: Decimal | None = deal.worth  # type: ignore[attr-defined]
        whom = people.of_deal(deal.owner_id, deal.team_id)
        is_big = least is not None and value is not None and value >= least
        facts = _about(deal) | {"on": str(deal.expected_close_on)}
        told = [pk for pk in whom if is_big or pk == deal.owner_id]
        found |= _told(told, AlertKind.SLIPPED, f"{deal.pk}-{deal.expected_close_on}", facts)
    if least is not None:
        resting = worth.alias(**stall_days_of(workspace.zone)).filter(stalled(workspace.today), worth__gte=least)
        for deal in resting:
            facts = _about(deal) | {"days": deal.days_in_stage(workspace.today)}
            whom = people.of_deal(deal.owner_id, deal.team_id)
            found |= _told(whom, AlertKind.STALLED, f"{deal.pk}-{deal.stage_id}", facts)
    return found


def _about(deal: Deal) -> dict[str, Any]:
    amount = None if deal.amount is None else str(deal.amount)
    return {"deal": deal.pk, "title": deal.title, "amount": amount, "currency": deal.currency_id}


def _told(whom: Iterable[int], kind: AlertKind, about: str, facts: dict[str, Any]) -> Found:
    return {Key(pk, kind, about): facts for pk in whom}
