"""What the forecast has to tell whom: the alerts that hold now, worked out for everybody at once."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from crm.access import Reach
from crm.alerts import Found, Key, People, telling
from crm.calendar import fiscal_calendar, this
from crm.models import Workspace
from crm.moment import Moment
from crm.past import looking_back
from forecasting.adjustments import shown
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


EVERYTHING = Reach(user_id=0, reads=None, writes=None, may_write=False)


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


def _of_row(people: People, row: Row) -> list[int]:
    """Whom a line of the forecast concerns."""
    if row.kind == "person":
        return [*([row.id] if row.id in people.users else []), *people.leading(row.team_id)]
    return list(dict.fromkeys([*people.leading(row.id), *(people.admins if row.kind == "company" else [])]))


def _of_deal(people: People, deal: Deal) -> Iterator[int]:
    return people.seeing([deal.owner_id, *people.leading(deal.team_id)], deal.owner_id, deal.team_id)


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
        found |= telling(_of_row(people, row), "gap", f"{row.key}-{now.period.key}", facts)
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
            found |= telling(whom, "drift", f"{laid.pk}", facts | {"line": row.subject})
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
        Key(pk, "quota", table.period.key): {
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
        whom = _of_deal(people, deal)
        is_big = least is not None and value is not None and value >= least
        facts = _about(deal) | {"on": str(deal.expected_close_on)}
        told = [pk for pk in whom if is_big or pk == deal.owner_id]
        found |= telling(told, "slipped", f"{deal.pk}-{deal.expected_close_on}", facts)
    if least is not None:
        resting = worth.alias(**stall_days_of(workspace.zone)).filter(stalled(workspace.today), worth__gte=least)
        for deal in resting:
            facts = _about(deal) | {"days": deal.days_in_stage(workspace.today)}
            whom = _of_deal(people, deal)
            found |= telling(whom, "stalled", f"{deal.pk}-{deal.stage_id}", facts)
    return found


def _about(deal: Deal) -> dict[str, Any]:
    amount = None if deal.amount is None else str(deal.amount)
    return {"deal": deal.pk, "title": deal.title, "amount": amount, "currency": deal.currency_id}
