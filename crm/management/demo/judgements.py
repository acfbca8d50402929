"""What people in the demo think this quarter will come to, and what moved since they said so."""

from decimal import Decimal

from crm.access import reach_of
from crm.calendar import this
from crm.management.demo.company import Demo
from crm.models import Team, User
from forecasting import workers
from forecasting.adjustments import Subject
from forecasting.judging import adjust, row_of
from forecasting.table import forecast_table
from pipeline.actions import revise_deal
from pipeline.models import Deal, Outcome

NOTES = ["Castelli signs before Christmas, spoke to their CFO", "Two of these slip, I am sure", "As agreed on Monday"]


def judge(demo: Demo) -> None:
    """In every other team the manager adjusts somebody, somebody their own line; one region's head adjusts a whole
    team, and the director somebody."""
    for number, territory in enumerate(demo.territories[::2]):
        first, *others = [seller.user for seller in territory.sellers if seller.until_on is None]
        _say(territory.team, first, Decimal("1.07"), NOTES[number % len(NOTES)], by=territory.manager)
        if others and others[-1] != territory.manager:
            _say(territory.team, others[-1], Decimal("0.94"), "", by=others[-1])
        _shrink(first)
    territory, head = demo.territories[1], demo.regions[0][1]
    _say(territory.team, None, Decimal("0.9"), "The tender is later than they think", by=head)
    territory = demo.territories[3]
    seller = next(seller.user for seller in territory.sellers if seller.until_on is None)
    _say(territory.team, seller, Decimal("1.1"), "I know their board, this comes", by=demo.director)
    _shrink(seller, most=4)
    workers.refresh_all()


def _say(team: Team, owner: User | None, factor: Decimal, note: str, *, by: User) -> None:
    period, subject = this("quarter"), Subject(owner.pk if owner else None, team.pk)
    row = row_of(forecast_table(reach_of(by), period, team=team.pk, owner=subject.owner), subject)
    if row is not None:
        amount = Decimal(round(row.static_forecast * factor / 1000) * 1000)
        adjust(owner=owner, team=team, period=period, measure="forecast", amount=amount, note=note, by=by)


def _shrink(owner: User, *, most: int = 1) -> None:
    """Their largest deal, or as many, becomes smaller afterwards: the raw figure drifts."""
    period = this("quarter")
    theirs = Deal.objects.live().filter(
        owner=owner, outcome=Outcome.OPEN, amount__gt=20_000, amount_from_lines=False, amount_from_quote=False,
        expected_close_on__gte=period.start, expected_close_on__lt=period.end,
    )  # fmt: skip
    for deal in theirs.order_by("-amount", "pk")[:most]:
        revise_deal(deal, amount=(deal.amount or Decimal(0)) - 11_000, by=owner)
