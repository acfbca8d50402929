"""Random but repeatable worlds: deals of everybody in every state, and the sums of what the deal list shows."""

from datetime import timedelta
from decimal import Decimal
from random import Random
from urllib.parse import urlsplit

from django.http import QueryDict

from crm.access import Reach
from crm.models import ExchangeRate
from forecasting import workers
from forecasting.links import deals_url
from pipeline.actions import Line, archive_deal, hand_over_deal, lose_deal, open_deal, set_lines, win_deal
from pipeline.filters import DealFilter
from pipeline.models import Deal
from pipeline.valuing import Totals, Valuing, totals_of
from tests.cast import Cast


def listed(address: str, reach: Reach) -> Totals:
    """What the list under a number's link adds up to, for this reader."""
    parts = urlsplit(address)
    assert parts.path == deals_url()
    asked = DealFilter.of(QueryDict(parts.query), reach)
    assert len(QueryDict(parts.query).keys()) == len(asked.asked.keys()), f"the list ignores part of {address}"
    return totals_of(asked.apply(Deal.objects.visible_to(reach).live()), Valuing.today())


def populate(cast: Cast, random: Random, count: int = 60) -> None:
    ExchangeRate.objects.create(
        currency_id="GBP", base_id="EUR", on=cast.today - timedelta(days=20), rate=Decimal("1.14863")
    )
    people = [cast.alice, cast.bob, cast.charlie, cast.mia, cast.max, cast.dana]
    stages = [stage for stage in cast.stages.values() if stage.is_open]
    for number in range(count):
        owner = random.choice(people)
        deal = open_deal(
            title=f"Deal {number}",
            owner=owner,
            stage=random.choice(stages),
            amount=random.choice([None, Decimal(random.randrange(1, 10**7)) / 100]),
            currency_id=random.choice(["EUR", "EUR", "USD", "GBP", "JPY"]),
            company=random.choice([cast.acme, cast.globex, None]),
            source=random.choice([cast.referral, None]),
            expected_close_on=random.choice([None, *[cast.today + timedelta(days=random.randint(-100, 100))] * 6]),
            probability_override=random.choice([None, None, Decimal(0), Decimal("33.33")]),
            category_override=random.choice(["", "", "commit", "omitted", "best_case", "pipeline"]),
            by=owner,
        )
        if random.random() < 0.3 and deal.amount:
            prices = [Line(cast.pump, Decimal(2), Decimal(120)), Line(cast.sensor, Decimal("1.5"), Decimal("99.9"))]
            set_lines(deal, prices, by=owner)
        _finish(cast, deal, random)
    workers.refresh_all()


def _finish(cast: Cast, deal: Deal, random: Random) -> None:
    fate, closed_on = random.random(), cast.today - timedelta(days=random.randint(0, 100))
    if fate < 0.3:
        win_deal(deal, reason=cast.fit, closed_on=closed_on, by=cast.dana)
    elif fate < 0.5:
        lose_deal(deal, reason=cast.price, closed_on=closed_on, by=cast.dana)
    elif fate < 0.6:
        hand_over_deal(deal, to=random.choice([cast.alice, cast.charlie, cast.dana]), by=cast.dana)
    elif fate < 0.65:
        archive_deal(deal, by=cast.dana)
