"""/api/v1/forecast/plan/ and /api/v1/forecast/dashboard/: the numbers of the pages."""

from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest

from crm.periods import month_of
from forecasting import workers
from forecasting.actions import set_quota
from pipeline.actions import lose_deal, win_deal
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


@pytest.fixture
def closed(cast: Cast) -> str:
    """Two won after ten days for 2,000 each, two lost; the period is far ahead."""
    at = datetime.combine(cast.today - timedelta(days=60), time(9), cast.workspace.zone)
    day = cast.today - timedelta(days=50)
    for _number in range(2):
        win_deal(cast.deal(at=at, amount=Decimal(2000)), reason=cast.fit, closed_on=day, by=cast.dana)
        lose_deal(cast.deal(at=at), reason=cast.price, closed_on=day, by=cast.dana)
    workers.refresh_all()
    return f"{cast.today.year + 1}-Q4"


def test_it_plans_back_from_a_target(cast: Cast, as_user: As, closed: str) -> None:
    said = as_user(cast.mia).get("forecast/plan/", {"period": closed, "target": "9000.00", "leads": "20"}).json()
    assert (said["wins"]["needed"], said["created"]["needed"], said["leads"]["needed"]) == (5, 9, 45)
    assert (said["missing"], said["win_in_time"]["deals"], said["mean_won"]) == ("9000.00", 4, "2000.000000")
    assert [stage["stage"] for stage in said["stages"]] == [
        stage.pk for stage in cast.pipeline.stages.all() if stage.is_open
    ]


def test_what_if(cast: Cast, as_user: As, closed: str) -> None:
    said = as_user(cast.mia).get("forecast/plan/", {"period": closed, "target": "9000", "win": "25", "size": "1000"})
    assert said.json()["created"]["needed"] == 36


def test_the_target_is_the_quota_unless_said(cast: Cast, as_user: As) -> None:
    set_quota(team=cast.north, period=month_of(cast.today), amount=Decimal(7000), by=cast.dana)
    query = {"period": month_of(cast.today).key, "win": "50"}
    assert as_user(cast.mia).get("forecast/plan/", query).json()["target"] == "7000.00"


@pytest.mark.parametrize("query", [{"target": "lots"}, {"win": "101"}, {"history": "7"}, {"leads": "0"}, {"view": "x"}])
def test_what_is_not_understood_is_named(cast: Cast, as_user: As, query: dict[str, str]) -> None:
    answer = as_user(cast.mia).get("forecast/plan/", query)
    assert answer.status_code == 422
    assert next(iter(query)) in answer.content.decode()


def test_the_dashboard(cast: Cast, as_user: As) -> None:
    month = month_of(cast.today)
    set_quota(owner=cast.alice, period=month, amount=Decimal(4000), by=cast.mia)
    win_deal(cast.deal(amount=Decimal(3000)), reason=cast.fit, by=cast.alice)
    lose_deal(cast.deal(), reason=cast.price, by=cast.alice)
    cast.deal()
    workers.refresh_all()
    said = as_user(cast.mia).get("forecast/dashboard/", {"period": month.key}).json()
    assert (said["quota"], said["win_rate"]["value"], said["win_rate"]["deals"]) == ("4000.00", "0.500000", 2)
    assert said["won_by_day"] == [
        {"day": str(cast.today), "deals": 1, "value": "3000.00", "won": "3000.00"},
    ]
    this = next(each for each in said["against_quota"] if each["period"] == month.key)
    assert this == {"period": month.key, "won": "3000.00", "quota": "4000.00", "attainment": "0.750000"}
    assert (said["new_deals"], said["open_deals"], said["stages"][0]["open_deals"]) == (3, 1, 1)
    assert as_user(cast.max).get("forecast/dashboard/").json()["won_by_day"] == []
