"""What a stage’s settings foretell is what the forecast table says once it is saved."""

from decimal import Decimal
from random import Random

import pytest
from django.test import Client

from crm.access import reach_of
from crm.periods import month_of
from forecasting import workers
from forecasting.table import forecast_table
from pipeline.actions import revise_deal
from pipeline.preview import MONTHS, Preview, preview_of
from pipeline.structure import revise_stage
from tests.cast import Cast
from tests.forecasting.world import populate

pytestmark = pytest.mark.django_db


def table_of(cast: Cast, preview: Preview) -> list[Decimal]:
    """Weighted, of the whole company, in each month of the preview."""
    workers.refresh_all()
    months = [line.month for line in preview.lines if line.month]
    return [forecast_table(reach_of(cast.dana), month_of(month)).total.figures.weighted for month in months]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(("probability", "category"), [("80.55", "best_case"), ("35", "omitted"), ("0", "pipeline")])
def test_it_equals_the_table_after_saving(cast: Cast, seed: int, probability: str, category: str) -> None:
    populate(cast, Random(seed))
    demo = cast.stages["Demo"]
    preview = preview_of(demo, probability=Decimal(probability), category=category)
    shown = [line for line in preview.lines if line.month]
    assert len(shown) == MONTHS
    assert [line.before for line in shown] == table_of(cast, preview)
    revise_stage(demo, probability=Decimal(probability), category=category, by=cast.dana)
    assert [line.after for line in shown] == table_of(cast, preview)
    again = preview_of(cast.stages["Qualify"], probability=Decimal(10), category="pipeline")
    assert [line.before for line in again.lines] == [line.after for line in preview.lines]


def test_it_counts_who_follows_and_who_does_not(cast: Cast) -> None:
    for title in ("One", "Two"):
        cast.deal(title, stage="Demo")
    revise_deal(cast.deal("Own", stage="Demo"), probability_override=Decimal(50), by=cast.alice)
    cast.deal("Yen", stage="Demo", currency_id="JPY")
    cast.deal("Elsewhere")
    preview = preview_of(cast.stages["Demo"], probability=Decimal(45), category="commit")
    assert (preview.following, preview.keeping, preview.unconverted, preview.moving) == (3, 1, 1, Decimal(3000))
    assert (preview.total.before, preview.total.after, preview.total.change) == (1300, 1500, 200)


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    client.force_login(cast.dana)
    return client


def test_the_page_foretells_before_it_saves(dana: Client, cast: Cast) -> None:
    cast.deal(stage="Demo")
    demo = cast.stages["Demo"]
    address = f"/settings/stages/{demo.pk}/"
    form = {"name": "Demo", "probability": "45", "category": "pipeline", "stall_days": "21"}
    for page in (dana.get(f"{address}preview/", form), dana.post(address, form | {"preview": "1"})):
        text = page.content.decode()
        assert "1 open deal follows this stage." in text
        assert "€350.00" in text
        assert "+€100.00" in text
    demo.refresh_from_db()
    assert demo.probability == 35
    for same in (form | {"probability": "35"}, form | {"probability": "x"}, form | {"probability": "101"}, {}):
        assert "<table" not in dana.get(f"{address}preview/", same).content.decode()
