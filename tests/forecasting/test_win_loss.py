"""The win and loss report: counts, values and rates, and that every number is the sum of the deals it opens."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.access import reach_of
from crm.models import User
from crm.periods import Period, add_months, month_of, month_start, parse, quarter_of
from forecasting import workers
from forecasting.figures import rate_dots, rate_line
from forecasting.links import closed_deals
from forecasting.reports import DIMENSIONS, WinLoss, WinLossRow, win_loss
from forecasting.weighting import wilson
from pipeline.actions import lose_deal, reopen_deal, win_deal
from tests.cast import Cast
from tests.forecasting.world import listed, populate


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


def report(who: User, period: Period, **asked: Any) -> WinLoss:
    workers.refresh_all()
    return win_loss(reach_of(who), period, **asked)


# ── What it says ───────────────────────────────────────────────────────────────────────────────────


def test_rates_by_count_and_by_value(cast: Cast, quarter: Period) -> None:
    win_deal(cast.deal(amount=Decimal(300)), reason=cast.fit, by=cast.alice)
    lose_deal(cast.deal(amount=Decimal(50)), reason=cast.price, by=cast.alice)
    lose_deal(cast.deal(amount=Decimal(50)), reason=cast.price, by=cast.alice)
    cast.deal(amount=Decimal(999))  # open deals are in no rate
    total = report(cast.mia, quarter).total
    assert (total.won_deals, total.lost_deals, total.closed_deals) == (1, 2, 3)
    assert (total.win_rate, total.value_win_rate) == (Decimal(1) / 3, Decimal("0.75"))
    assert (total.average_won, total.average_lost) == (300, 50)


def test_where_nothing_closed_there_is_no_rate(cast: Cast, quarter: Period) -> None:
    found = report(cast.mia, quarter)
    assert (found.total.win_rate, found.total.value_win_rate, found.total.average_won) == (None, None, None)
    assert found.rows == []


def test_reasons_of_winning_and_losing_are_apart_though_both_are_called_price(cast: Cast, quarter: Period) -> None:
    won_for = type(cast.fit).objects.get(name="Price")
    win_deal(cast.deal(amount=Decimal(300)), reason=won_for, by=cast.alice)
    lose_deal(cast.deal(amount=Decimal(50)), reason=cast.price, by=cast.alice)
    found = report(cast.mia, quarter)
    assert [(row.label, row.won_value) for row in found.won] == [("Price", 300)]
    assert [(row.label, row.lost_value) for row in found.lost] == [("Price", 50)]
    assert found.with_reason == 2


def test_a_reopened_deal_counts_at_its_last_close(cast: Cast) -> None:
    this, last = month_of(cast.today), month_of(add_months(cast.today, -1))
    deal = cast.deal(amount=Decimal(100))
    deal = lose_deal(deal, reason=cast.price, closed_on=last.start, by=cast.alice)
    deal = reopen_deal(deal, to=cast.stages["Demo"], by=cast.alice)
    win_deal(deal, reason=cast.fit, closed_on=cast.today, by=cast.alice)
    assert report(cast.mia, last).total.closed_deals == 0
    assert (report(cast.mia, this).total.won_deals, report(cast.mia, this).total.lost_deals) == (1, 0)


def test_an_unconvertible_deal_is_counted_but_in_no_value(cast: Cast, quarter: Period) -> None:
    win_deal(cast.deal(amount=Decimal(300)), reason=cast.fit, by=cast.alice)
    win_deal(cast.deal(amount=Decimal(5000), currency_id="JPY"), reason=cast.fit, by=cast.alice)
    total = report(cast.mia, quarter).total
    assert (total.won_deals, total.won_value, total.not_convertible, total.average_won) == (2, 300, 1, 300)


def test_another_teams_deals_are_invisible(cast: Cast, quarter: Period) -> None:
    win_deal(cast.deal(owner=cast.charlie), reason=cast.fit, by=cast.charlie)
    for who in (cast.alice, cast.mia):
        for by in DIMENSIONS:
            found = report(who, quarter, by=by)
            assert (found.total.closed_deals, [row for row in found.rows if row.closed_deals]) == (0, [])
    assert report(cast.dana, quarter).total.closed_deals == 1


def test_the_trend_is_a_year_of_months_up_to_now(cast: Cast, quarter: Period) -> None:
    found = report(cast.mia, quarter)
    this_month = month_start(cast.today)
    assert [row.key for row in found.trend] == [f"{add_months(this_month, back):%Y-%m}" for back in range(-11, 1)]
    past = quarter.shift(-4)
    assert report(cast.mia, past).trend[-1].key == f"{past.last_day:%Y-%m}"
    long = parse(f"{add_months(this_month, -20):%Y-%m}..{this_month:%Y-%m}")
    assert len(report(cast.mia, long).trend) == 21


# ── Every number is the sum of the deals it opens ──────────────────────────────────────────────────


@pytest.mark.parametrize("who", ["dana", "mia", "alice"])
@pytest.mark.parametrize("by", DIMENSIONS)
def test_every_number_is_the_sum_of_the_deals_it_opens(cast: Cast, quarter: Period, who: str, by: str) -> None:
    populate(cast, Random(5), count=40)
    reader = getattr(cast, who)
    reach, found = reach_of(reader), report(reader, quarter, by=by)
    assert found.total.closed_deals > 0
    for row in [*found.rows, found.total]:
        split, period = (by, quarter) if row is not found.total else ("", quarter)
        if split == "month":
            split, period = "", parse(row.key)
        for outcome, deals, value in (("won", row.won_deals, row.won_value), ("lost", row.lost_deals, row.lost_value)):
            if by == "reason" and row is not found.total and not deals:
                continue
            totals = listed(closed_deals(split, row.key, outcome, period, ()), reach)
            assert totals.count == deals, (row.label, outcome)
            if by != "product":  # shared out among a deal's products
                assert totals.value == value, (row.label, outcome)


@pytest.mark.parametrize("by", [by for by in DIMENSIONS if by != "product"])
def test_rows_add_up_to_the_total(cast: Cast, quarter: Period, by: str) -> None:
    populate(cast, Random(9), count=40)
    found, summed = report(cast.dana, quarter, by=by), WinLossRow("", "")
    for row in found.rows:
        summed.include(row)
    total = found.total
    assert (summed.won_deals, summed.won_value, summed.lost_deals, summed.lost_value) == (
        total.won_deals, total.won_value, total.lost_deals, total.lost_value,
    )  # fmt: skip


def test_products_share_a_deals_value_out(cast: Cast, quarter: Period) -> None:
    populate(cast, Random(9), count=40)
    found = report(cast.dana, quarter, by="product")
    assert sum(row.won_value for row in found.rows) == found.total.won_value
    assert sum(row.lost_value for row in found.rows) == found.total.lost_value


@pytest.mark.parametrize("narrowed", ["owner", "team", "pipeline"])
def test_it_narrows(cast: Cast, quarter: Period, narrowed: str) -> None:
    win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    win_deal(cast.deal(owner=cast.charlie), reason=cast.fit, by=cast.charlie)
    pk = {"owner": cast.alice.pk, "team": cast.north.pk, "pipeline": cast.pipeline.pk}[narrowed]
    assert report(cast.dana, quarter, **{narrowed: pk}).total.won_deals == (2 if narrowed == "pipeline" else 1)


# ── The drawings ───────────────────────────────────────────────────────────────────────────────────


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_stays_a_share(seen: tuple[int, int]) -> None:
    won, n = seen
    low, high = wilson(won, n)
    assert 0 <= low <= won / n <= high <= 1
    assert low < high


def test_the_interval_is_wilsons() -> None:
    low, high = wilson(8, 10)
    assert (round(low, 4), round(high, 4)) == (0.4902, 0.9433)


@given(st.lists(st.none() | st.decimals(0, 1, places=3), min_size=1, max_size=36))
def test_a_line_stays_inside_its_frame(rates: list[Decimal | None]) -> None:
    line = rate_line(rates)
    assert len(line.points) == sum(rate is not None for rate in rates)
    for point in line.points:
        assert 34 <= float(point.x) <= 338
        assert 10 <= float(point.y) <= 94
    assert [float(tick.at) for tick in line.ticks] == [94, 66, 38, 10]


@given(st.lists(st.integers(1, 90).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=8))
def test_dots_stay_inside_their_frame(counts: list[tuple[int, int]]) -> None:
    drawing = rate_dots(counts, sum(won for won, _ in counts) / sum(n for _, n in counts))
    for dot in drawing.dots:
        assert 128 <= float(dot.low) <= float(dot.at) <= float(dot.high) <= 300


def test_closing_on_a_day_of_the_past_counts_there(cast: Cast) -> None:
    day: date = month_of(add_months(cast.today, -2)).start + timedelta(days=3)
    win_deal(cast.deal(), reason=cast.fit, closed_on=day, by=cast.alice)
    assert [row.key for row in report(cast.mia, quarter_of(day), by="month").rows] == [f"{day:%Y-%m}"]
