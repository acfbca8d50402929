"""`?as_of=`: the same answers as they stood."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from pipeline.actions import revise_deal
from tests.api.conftest import Caller
from tests.cast import Cast


def test_lists_and_forecast_are_those_of_then(cast: Cast, as_user: Callable[..., Caller]) -> None:
    deal = cast.deal(amount=Decimal(100))
    then = timezone.now().isoformat()
    revise_deal(deal, amount=Decimal(700), by=cast.alice)
    dana = as_user(cast.dana)

    assert dana.get("deals/").json()["results"][0]["amount"] == "700.00"
    assert dana.get("deals/", {"as_of": then}).json()["results"][0]["amount"] == "100.00"
    forecast = dana.get("forecast/", {"as_of": then}).json()
    assert forecast["rows"][0]["open"] == "100.00"
    assert [str(forecast["rows"][0][name]) for name in ("won_deals", "open_deals", "not_convertible")] == [
        "0",
        "1",
        "0",
    ]
    assert "as_of=" in forecast["rows"][0]["deals"]["open"]


@pytest.mark.parametrize("path", ["deals/", "forecast/", "reports/win-loss/", "quotas/"])
def test_what_is_no_past_instant_is_refused(cast: Cast, as_user: Callable[..., Caller], path: str) -> None:
    answer = as_user(cast.dana).get(path, {"as_of": "2999-01-01"})
    assert answer.status_code == 422
    assert list(answer.json()["errors"]) == ["as_of"]
