"""The verb of adjustments, and who may use it."""

from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm import events
from crm.access import reach_of
from crm.calendar import fiscal_calendar, keep
from crm.errors import Conflict, Refused
from crm.models import Currency, Membership, Team, User, Workspace
from crm.periods import Period
from forecasting.adjustments import MAKEUPS, Seats, Subject, may_adjust
from forecasting.models import Adjustment
from forecasting.table import Table, forecast_table
from forecasting.weighting import Row

Seat = dict[str, Any]  # the fields of an Adjustment that say from where it is made


@transaction.atomic
def adjust(
    *,
    owner: User | None = None,
    team: Team | None = None,
    period: Period,
    measure: str,
    amount: Decimal | None,
    currency: str = "",
    note: str = "",
    version: int | None = None,
    by: User,
) -> Adjustment | None:
    """Lay a value over a line of the forecast, or (amount None) take it back. The deals stay as they are.

    The line is a person's in a team, a team's, or (neither given) the company's. Everyone adjusts their own lines,
    superiors those below them; each from their own seat, so that nobody's judgement replaces another's. `version` is
    the id of the adjustment that was seen from that seat, 0: none. Raises Refused and Conflict.
    """
    if measure not in MAKEUPS:
        raise Refused(measure=_("Forecast, commit and best case can be adjusted."))
    workspace = Workspace.current()
    if fiscal_calendar().at(period.start, period.end).kind == "range":
        raise Refused(period=_("An adjustment is for a month, a quarter or a year of the fiscal calendar."))
    if amount is not None and not 0 <= amount < Decimal("1e15"):
        raise Refused(amount=_("A figure cannot be negative."))
    subject = Subject(owner.pk if owner else None, team.pk if team else None)
    seat = seat_of(by, subject)
    row = row_of(forecast_table(reach_of(by), period, team=subject.team, owner=subject.owner), subject)
    if seat is None or row is None:
        raise Refused(owner=_("One adjusts one’s own line of the forecast and those below."))
    _lock(owner, team)
    slot: dict[str, Any] = {"owner": owner, "team": team, "measure": measure, **seat}
    slot |= {"starts_on": period.start, "ends_on": period.end}
    last = Adjustment.objects.filter(**slot).order_by("-id").first()
    held = last if last and last.amount is not None else None
    if version is not None and version != (held.pk if held else 0):
        raise Conflict(_("This figure was adjusted in the meantime."), current=held)
    currency = _currency(currency or (held.currency_id if held else workspace.currency_id))
    if amount is None and held is None:
        return None
    if held and (held.amount, held.currency_id, held.note) == (amount, currency, note):
        return held
    made = Adjustment.objects.create(
        **slot, amount=amount, currency_id=currency, note=note, by=by,
        raw=row.figures.of(MAKEUPS[measure]), raw_currency_id=workspace.currency_id,
    )  # fmt: skip
    keep(period)
    _tell(made, period, held)
    return made if amount is not None else None


def _currency(code: str) -> str:
    if not Currency.objects.filter(pk=code, is_active=True).exists():
        raise Refused(currency=_("There is no such currency."))
    return code


def _lock(owner: User | None, team: Team | None) -> None:
    """Two at once about one line: the second sees what the first made."""
    subject: Any = owner or team or Workspace.current()
    type(subject).objects.select_for_update(no_key=True).filter(pk=subject.pk).first()


def _tell(made: Adjustment, period: Period, held: Adjustment | None) -> None:
    events.record(
        [
            events.event(
                "adjustment.made" if made.amount is not None else "adjustment.reset",
                made,
                by=made.by,
                data={
                    "line": Subject(made.owner_id, made.team_id).key,
                    "period": period.key,
                    "measure": made.measure,
                    "amount": None if made.amount is None else str(made.amount),
                    "currency": made.currency_id,
                    "was": None if held is None else str(held.amount),
                    "raw": str(made.raw),
                    "note": made.note,
                },
            )
        ]
    )
    events.announce("forecast")


def row_of(table: Table, subject: Subject) -> Row | None:
    """The line of the table; None where the reader does not have it, or not all of it."""
    seats = Seats(table.tree)
    return next((row for row in table.rows if Subject.of(row) == subject and seats.is_whole(row)), None)


def seat_of(by: User, subject: Subject) -> Seat | None:
    """From where somebody adjusts a line: as its owner, from the team they answer for, or from above all teams.

    None: they may not. A team's line is its managers' own.
    """
    reach = reach_of(by)
    if not may_adjust(reach, subject):
        return None
    if subject.owner == by.pk:
        return {"is_own": True, "seat_id": None}
    if reach.writes is None:
        return {"is_own": False, "seat_id": None}
    place = Membership.objects.on(Workspace.current().today).get(user=by)  # else the reach had no teams
    is_own = subject == Subject(None, place.team_id)
    return {"is_own": is_own, "seat_id": None if is_own else place.team_id}
