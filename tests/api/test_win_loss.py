"""/api/v1/reports/win-loss/."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from forecasting import workers
from forecasting.reports import DIMENSIONS
from pipeline.actions import lose_deal, win_deal
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


@pytest.fixture
def closed(cast: Cast) -> dict[str, str]:
    win_deal(cast.deal(amount=Decimal(1000)), reason=cast.fit, by=cast.alice)
    win_deal(cast.deal(amount=Decimal(3000), owner=cast.charlie, company=cast.globex), reason=cast.fit, by=cast.charlie)
    lose_deal(cast.deal(amount=Decimal(500)), reason=cast.price, by=cast.alice)
    workers.refresh_all()
    return {"period": f"{cast.today:%Y-%m}"}


def rows_of(answer: Any) -> dict[str, tuple[int, str, int, str]]:
    return {
        row["label"]: (row["won_deals"], row["won_value"], row["lost_deals"], row["lost_value"])
        for row in answer.json()["rows"]
    }


def test_it_counts_and_adds_up_by_reason(cast: Cast, as_user: As, closed: dict[str, str]) -> None:
    answer = as_user(cast.dana).get("reports/win-loss/", closed)

    assert rows_of(answer) == {"Fit to the process": (2, "4000.00", 0, "0.00"), "Price": (0, "0.00", 1, "500.00")}
    total = answer.json()["total"]
    assert (total["won_deals"], total["win_rate"], total["value_win_rate"]) == (2, "0.666667", "0.888889")
    assert (total["average_won"], total["average_lost"]) == ("2000.00", "500.00")


def test_by_person_sector_and_every_other_dimension(cast: Cast, as_user: As, closed: dict[str, str]) -> None:
    api = as_user(cast.dana)
    assert rows_of(api.get("reports/win-loss/", closed | {"by": "person"})) == {
        "Charlie": (1, "3000.00", 0, "0.00"),
        "Alice": (1, "1000.00", 1, "500.00"),
    }
    assert rows_of(api.get("reports/win-loss/", closed | {"by": "sector"}))["Energy"] == (1, "3000.00", 0, "0.00")
    for dimension in DIMENSIONS:
        answer = api.get("reports/win-loss/", closed | {"by": dimension})
        assert (answer.status_code, answer.json()["total"]["won_deals"]) == (200, 2)


def test_it_goes_as_far_as_the_reach(cast: Cast, as_user: As, closed: dict[str, str]) -> None:
    assert as_user(cast.alice).get("reports/win-loss/", closed).json()["total"]["won_value"] == "1000.00"
    assert as_user(cast.charlie).get("reports/win-loss/", closed).json()["total"]["won_value"] == "3000.00"
    narrowed = as_user(cast.dana).get("reports/win-loss/", closed | {"team": cast.north.pk}).json()
    assert narrowed["total"]["won_value"] == "1000.00"


def test_it_refuses_what_it_does_not_understand(cast: Cast, as_user: As) -> None:
    assert as_user(cast.dana).get("reports/win-loss/", {"by": "mood"}).json()["errors"].keys() == {"by"}
