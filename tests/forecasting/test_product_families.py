"""Cells of product families: what a deal is worth in each, apportioned over its lines."""

from decimal import Decimal
from random import Random

import pytest

from forecasting import workers
from forecasting.counting import cells_of, families, figures_of
from forecasting.models import FamilyCell, StaleCell
from forecasting.rows import plain_rows
from forecasting.types import COUNT, REVENUE, ForecastType
from forecasting.weighting import Figures
from pipeline.actions import Line, archive_deal, set_lines, win_deal
from pipeline.catalogue import revise_product
from pipeline.models import Deal
from tests.cast import Cast
from tests.forecasting.world import populate
from tests.recount import assert_cells_are_right

pytestmark = pytest.mark.django_db
PUMPS = ForecastType("revenue", "Pumps")


@pytest.fixture
def deal(cast: Cast) -> Deal:
    """1,000 by hand, over lines of 2 × a pump and 1 × a sensor."""
    revise_product(cast.pump, family="Pumps", by=cast.dana)
    revise_product(cast.sensor, family="Sensors", by=cast.dana)
    deal = cast.deal(amount=Decimal(1000))
    lines = [Line(cast.pump, Decimal(2), unit_price=Decimal(100)), Line(cast.sensor, unit_price=Decimal(100))]
    return set_lines(deal, lines, feed_amount=False, by=cast.alice)


def worth() -> dict[tuple[str, str], Decimal]:
    workers.refresh_all()
    rows = FamilyCell.objects.values_list("family", "category", "base_amount")
    return {(family, category): amount for family, category, amount in rows}


def test_a_deals_amount_is_apportioned_over_its_families(cast: Cast, deal: Deal) -> None:
    assert worth() == {("Pumps", "pipeline"): Decimal("666.67"), ("Sensors", "pipeline"): Decimal("333.33")}
    win_deal(deal, reason=cast.fit, by=cast.alice)
    assert worth() == {("Pumps", "won"): Decimal("666.67"), ("Sensors", "won"): Decimal("333.33")}
    archive_deal(deal, by=cast.alice)
    assert worth() == {}


def test_a_product_in_another_family_takes_its_deals_along(cast: Cast, deal: Deal) -> None:
    workers.refresh_all()
    revise_product(cast.sensor, family="Pumps", by=cast.dana)
    assert StaleCell.objects.exists()
    assert worth() == {("Pumps", "pipeline"): Decimal(1000)}
    assert FamilyCell.objects.get().deals == 1
    revise_product(cast.sensor, family="", by=cast.dana)
    assert worth() == {("Pumps", "pipeline"): Decimal("666.67")}


def test_what_a_type_adds_up(cast: Cast, deal: Deal) -> None:
    cast.deal("Without lines", amount=Decimal(500))
    workers.refresh_all()

    def summed(kind: ForecastType) -> tuple[object, ...]:
        rows = cells_of(kind).values_list("month").annotate(**figures_of(kind))
        found = Figures(*plain_rows(lambda: rows)[0][1:])
        assert found.open == found.pipeline
        return found.open_deals, found.open, found.weighted, found.not_convertible

    assert summed(REVENUE) == (2, 1500, 150, 0)
    assert summed(COUNT) == (2, 2, Decimal("0.2"), 0)
    assert summed(PUMPS) == (1, Decimal("666.67"), Decimal("66.67"), 0)
    assert summed(ForecastType("count", "Pumps")) == (1, 1, Decimal("0.1"), 0)
    assert families() == ["Pumps", "Sensors"]


@pytest.mark.parametrize("seed", range(2))
def test_random_worlds_are_counted_as_an_oracle_counts_them(cast: Cast, seed: int) -> None:
    revise_product(cast.pump, family="Pumps", by=cast.dana)
    revise_product(cast.sensor, family="Pumps" if seed else "Sensors", by=cast.dana)
    populate(cast, Random(seed), 30)
    assert_cells_are_right()
    assert FamilyCell.objects.exists()
    assert workers.rebuild().differences == []
    FamilyCell.objects.filter(family="Pumps").update(base_amount=1)
    assert workers.rebuild().differences != []
    assert_cells_are_right()
