"""/api/v1/forecast/changes/, …/changes/deals/, /forecast/slippage/, /forecast/accuracy/."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from forecasting.snapshots import lock_day
from pipeline.actions import lose_deal, revise_deal
from tests.api.conftest import Caller
from tests.cast import Cast
from tests.forecasting.test_snapshots import known

As = Callable[..., Caller]


def test_how_a_period_changed_adds_up(cast: Cast, as_user: As) -> None:
    revise_deal(cast.deal(), amount=Decimal(1300), by=cast.alice)
    lost = cast.deal()
    lose_deal(lost, reason=cast.price, by=cast.alice)
    period = {"period": f"{cast.today:%Y-%m}"}
    answer = as_user(cast.dana).get("forecast/changes/", period).json()
    amounts = {step["cause"]: step["amount"] for step in answer["causes"] if step["deals"]}
    assert amounts == {"created": "2000.00", "up": "300.00", "lost": "-1000.00"}
    assert (answer["start"]["amount"], answer["end"]["amount"], answer["currency"]) == ("0.00", "1300.00", "EUR")
    rows = as_user(cast.dana).get("forecast/changes/deals/", period | {"cause": "lost"}).json()
    assert [(row["deal"], row["amount"]) for row in rows["rows"]] == [(lost.pk, "-1000.00")]
    assert rows["next_offset"] is None
    every = as_user(cast.dana).get("forecast/changes/deals/", period).json()["rows"]
    assert [row["cause"] for row in every] == ["created", "up", "created", "lost"]
    assert as_user(cast.charlie).get("forecast/changes/", period).json()["end"]["deals"] == 0


def test_between_two_days(cast: Cast, as_user: As) -> None:
    cast.deal()
    api, yesterday = as_user(cast.dana), str(cast.today - timedelta(days=1))
    period = {"period": f"{cast.today:%Y-%m}"}
    then = api.get("forecast/changes/", period | {"since": yesterday, "until": yesterday}).json()
    assert then["end"]["deals"] == 0
    for wrong in ({"since": "soon"}, {"until": str(cast.today + timedelta(days=1))}):
        answer = api.get("forecast/changes/", period | wrong)
        assert (answer.status_code, list(answer.json()["errors"])) == (422, list(wrong))
    answer = api.get("forecast/changes/", period | {"since": str(cast.today), "until": yesterday})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["until"])


def test_what_slipped(cast: Cast, as_user: As) -> None:
    deal = cast.deal()
    known(deal, deal.created_at - timedelta(days=60))
    revise_deal(deal, expected_close_on=cast.today + timedelta(days=70), by=cast.alice)
    answer = as_user(cast.dana).get("forecast/slippage/", {"period": f"{cast.today:%Y-%m}"}).json()
    assert answer["total"]["slippage"] == "1.000000"
    assert [(row["owner"], row["expected"], row["pushes"]) for row in answer["owners"]] == [(cast.alice.pk, 1, 1)]
    assert answer["total"]["pushed_days"] == 70


def test_how_right_it_was(cast: Cast, as_user: As) -> None:
    first = cast.today.replace(day=1) - timedelta(days=1)
    deal = cast.deal(expected_close_on=first)
    known(deal, deal.created_at - timedelta(days=90), probability_override=Decimal(50))
    lock_day(first.replace(day=1))
    answer = as_user(cast.dana).get("forecast/accuracy/", {"period": f"{first:%Y-%m}"}).json()
    figures = {(each["horizon"], each["measure"]): each["amount"] for each in answer["periods"][-1]["figures"]}
    assert figures == {("1", "static"): "500.00", ("1", "commit"): "0.00", ("1", "adjusted"): "500.00"}
    assert answer["misses"][0] == {"horizon": "1", "measure": "adjusted", "wape": None, "bias": None, "periods": 1}
