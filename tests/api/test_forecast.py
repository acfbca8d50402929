"""/api/v1/forecast/: the numbers of the manager's page."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from crm.access import reach_of
from crm.periods import quarter_of
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.table import forecast_table
from pipeline.actions import win_deal
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


@pytest.fixture
def quarter(cast: Cast) -> Any:
    """Alice has won 1,000 and 500 open; Bob 2,000 committed; Charlie 700 open in dollars; quotas for Alice and Bob."""
    quarter = quarter_of(cast.today)
    win_deal(cast.deal(amount=Decimal(1000)), reason=cast.fit, by=cast.alice)
    cast.deal(amount=Decimal(500), stage="Demo")
    cast.deal(amount=Decimal(2000), owner=cast.bob, stage="Quote and contract")
    cast.deal(amount=Decimal(700), owner=cast.charlie, currency_id="USD")
    cast.deal(amount=Decimal(60), expected_close_on=None)
    for owner in (cast.alice, cast.bob):
        set_quota(owner=owner, period=quarter, amount=Decimal(2000), by=cast.mia)
    workers.refresh_all()
    return quarter


def rows_of(answer: Any) -> dict[str, Any]:
    return {row["name"]: row for row in answer.json()["rows"]}


def test_it_has_the_tree_with_its_sums(cast: Cast, as_user: As, quarter: Any) -> None:
    answer = as_user(cast.dana).get("forecast/", {"period": quarter.key})

    rows, said = rows_of(answer), answer.json()
    assert (said["period"], said["currency"], said["undated"]["amount"]) == (quarter.key, "EUR", "60.00")
    assert said["stale_since"] is None
    alice = rows["Alice"]
    assert (alice["quota"], alice["won"], alice["gap"], alice["attainment"]) == (
        "2000.00",
        "1000.00",
        "1000.00",
        "0.500000",
    )
    assert (alice["open"], alice["weighted"], alice["coverage"]) == ("500.00", "175.00", "0.500000")
    north = rows["North"]
    assert (north["quota"], north["won"], north["open"], north["commit"]) == (
        "4000.00",
        "1000.00",
        "2500.00",
        "2000.00",
    )
    assert (rows["Charlie"]["open"], rows["Charlie"]["quota"], rows["Charlie"]["gap"]) == ("630.00", None, None)
    assert said["rows"][0]["open"] == "3130.00"
    assert alice["parent"] == north["key"]


def test_it_says_what_the_page_says(cast: Cast, as_user: As, quarter: Any) -> None:
    table = forecast_table(reach_of(cast.mia), quarter)
    said = as_user(cast.mia).get("forecast/", {"period": quarter.key}).json()["rows"]
    assert [(row["key"], Decimal(row["won"]), Decimal(row["open"]), Decimal(row["weighted"])) for row in said] == [
        (row.key, row.figures.won, row.figures.open, row.figures.weighted) for row in table.rows
    ]


def test_every_figure_opens_the_deals_that_sum_to_it(cast: Cast, as_user: As, quarter: Any) -> None:
    api = as_user(cast.mia)
    for row in api.get("forecast/", {"period": quarter.key}).json()["rows"]:
        for what in ("won", "open"):
            deals = api.get(row["deals"][what]).json()["results"]
            assert sum(Decimal(deal["amount"]) for deal in deals) == Decimal(row[what]), (row["name"], what)


def test_everyone_sees_as_far_as_they_reach(cast: Cast, as_user: As, quarter: Any) -> None:
    query = {"period": quarter.key}
    assert "Charlie" not in rows_of(as_user(cast.alice).get("forecast/", query))
    assert "Alice" not in rows_of(as_user(cast.charlie).get("forecast/", query))
    assert {"Alice", "Bob", "Charlie"} <= rows_of(as_user(cast.ravi).get("forecast/", query)).keys()


def test_it_narrows(cast: Cast, as_user: As, quarter: Any) -> None:
    api = as_user(cast.dana)

    def total(**query: object) -> str:
        return str(api.get("forecast/", {"period": quarter.key, **query}).json()["rows"][0]["open"])

    assert total(team=cast.north.pk) == "2500.00"
    assert total(owner=cast.bob.pk) == "2000.00"
    assert total(pipeline=cast.pipeline.pk) == "3130.00"
    assert total(pipeline=0 + cast.pipeline.pk + 999) == "0.00"
    month = f"{cast.today:%Y-%m}"
    assert api.get("forecast/", {"period": month}).json()["period"] == month
    assert api.get("forecast/", {"period": f"{cast.today:%Y}"}).json()["rows"][0]["won"] == "1000.00"
    later = cast.today + timedelta(days=800)
    assert api.get("forecast/", {"period": f"{later:%Y}"}).json()["rows"][0]["won"] == "0.00"
    assert api.get("forecast/").json()["period"] == quarter.key


@pytest.mark.parametrize("query", [{"period": "soon"}, {"period": "2026-13"}, {"team": "x"}, {"quarter": "2026-Q1"}])
def test_it_refuses_what_it_does_not_understand(cast: Cast, as_user: As, query: dict[str, str]) -> None:
    answer = as_user(cast.dana).get("forecast/", query)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, list(query))
