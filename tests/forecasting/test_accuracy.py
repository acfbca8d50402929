"""How right the forecast was: locked figures against what was won."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from crm.access import reach_of
from crm.models import User
from crm.periods import Period, add_months, month_of
from forecasting import workers
from forecasting.accuracy import Accuracy, Point, accuracy
from forecasting.measuring import errors
from forecasting.models import Adjustment, ForecastSnapshot, Measure
from forecasting.snapshots import end_of, lock_day
from pipeline.actions import win_deal
from tests.cast import Cast
from tests.forecasting.test_snapshots import known

CENT = Decimal("0.01")


@pytest.fixture
def last(cast: Cast) -> Period:
    """Last month: a deal of 1,000.00 at 40 % as it began, 1,500.00 and committed on day 30, won at 1,200.00."""
    period = month_of(add_months(cast.today, -1))
    deal = cast.deal(expected_close_on=period.last_day)
    known(deal, end_of(period.start - timedelta(days=5)).at, probability_override=Decimal(40))
    facts: dict[str, Any] = {
        "amount": Decimal(1500),
        "probability_override": Decimal(80),
        "category_override": "commit",
    }
    known(deal, end_of(period.start + timedelta(days=9)).at, **facts)
    deal.amount = Decimal(1200)
    deal.save()
    win_deal(deal, reason=cast.fit, closed_on=period.last_day, by=cast.dana)
    workers.refresh_all()
    return period


def asked(who: User, period: Period, **narrowed: Any) -> Accuracy:
    return accuracy(reach_of(who), period, **narrowed)


def said(found: Accuracy, period: Period) -> dict[tuple[int, str], Decimal]:
    (told,) = [told for told in found.periods if told.period == period]
    return told.said


@pytest.mark.django_db
def test_what_was_locked_is_held_against_what_was_won(cast: Cast, last: Period) -> None:
    lock_day(last.start)
    found = asked(cast.dana, last)
    assert found.periods[-1].actual == 1200
    assert said(found, last) == {(1, "static"): 400, (1, "commit"): 0, (1, "adjusted"): 400}
    assert found.errors[1, "static"] == (Decimal(800) / 1200, Decimal(-800) / 1200, 1)


@pytest.mark.django_db
def test_a_later_day_knew_more(cast: Cast, last: Period) -> None:
    for number in (0, 9, 29 if last.days >= 30 else 9):
        lock_day(last.start + timedelta(days=number))
    found = asked(cast.dana, last)
    if last.days >= 30:
        assert found.errors[30, "static"].bias == 0  # 1,500.00 × 80 %
        assert said(found, last)[30, "commit"] == 1500
    assert (60, "static") not in said(found, last)  # a month has no such day


@pytest.mark.django_db
def test_a_day_that_was_not_locked_is_not_made_up(cast: Cast, last: Period) -> None:
    found = asked(cast.dana, last)
    assert (found.is_known, found.errors, found.locked_since) == (False, {}, None)


@pytest.mark.django_db
def test_what_was_dated_back_afterwards_changes_no_locked_figure(cast: Cast, last: Period) -> None:
    lock_day(last.start)
    before = said(asked(cast.dana, last), last)
    deal = cast.deal(expected_close_on=last.last_day)
    win_deal(deal, reason=cast.fit, closed_on=last.start, by=cast.dana)
    assert said(asked(cast.dana, last), last) == before


@pytest.mark.django_db
def test_adjusted_figures_are_those_that_were_locked(cast: Cast, last: Period) -> None:
    Adjustment.objects.create(
        owner=cast.alice, team=cast.north, starts_on=last.start, ends_on=last.end, measure=Measure.FORECAST,
        is_own=True, amount=Decimal(1100), currency_id="EUR", raw=Decimal(400), raw_currency_id="EUR", by=cast.alice,
        recorded_at=end_of(last.start - timedelta(days=2)).at,
    )  # fmt: skip
    lock_day(last.start)
    for who, narrowed in ((cast.dana, {}), (cast.mia, {}), (cast.dana, {"owner": cast.alice.pk}),
                          (cast.dana, {"team": cast.north.pk})):  # fmt: skip
        figures = said(asked(who, last, **narrowed), last)
        assert (figures[1, "static"], figures[1, "adjusted"]) == (400, 1100)
    assert (1, "adjusted") not in said(asked(cast.dana, last, pipeline=cast.pipeline.pk), last)


@pytest.mark.django_db
def test_it_goes_as_far_as_the_reach_and_the_filters(cast: Cast, last: Period) -> None:
    lock_day(last.start)
    assert said(asked(cast.charlie, last), last)[1, "static"] == 0
    assert said(asked(cast.dana, last, team=cast.south.pk), last)[1, "static"] == 0
    assert said(asked(cast.dana, last, owner=cast.alice.pk), last)[1, "static"] == 400
    assert said(asked(cast.dana, last, pipeline=cast.pipeline.pk), last)[1, "static"] == 400


@pytest.mark.django_db
def test_the_page(client: Client, cast: Cast, last: Period) -> None:
    client.force_login(cast.mia)
    address = f"/forecast/accuracy/?period={last.key}"
    assert "No period with locked figures has ended yet" in client.get(address).content.decode()
    lock_day(last.start)
    text = client.get(address).content.decode()
    assert "On day 1 the adjusted forecast was closest: off by 67%, over 1 periods" in text
    assert '400 <span class="muted accuracy-off">−67%</span>' in text
    assert client.get(f"{address}&team={cast.south.pk}").status_code == 404
    assert ForecastSnapshot.objects.exists()


# ── The measure ────────────────────────────────────────────────────────────────────────────────────


def test_errors_of_the_definition() -> None:
    pairs = [(Decimal(90), Decimal(100)), (Decimal(130), Decimal(100))]
    assert errors(pairs) == (Decimal("0.2"), Decimal("0.1"), 2)


def test_where_nothing_came_there_is_nothing_to_measure_by() -> None:
    assert errors([(Decimal(5), Decimal(0))]) == (None, None, 1)
    assert errors([]) == (None, None, 0)


amounts = st.decimals(0, 10**6, places=2)


@given(st.lists(st.tuples(amounts, amounts), min_size=1))
def test_leaning_never_exceeds_the_misses(pairs: list[tuple[Decimal, Decimal]]) -> None:
    found = errors(pairs)
    if found.wape is not None and found.bias is not None:
        assert abs(found.bias) <= found.wape
        assert (found.wape == 0) == all(said == came for said, came in pairs)


def test_days_of_a_period() -> None:
    assert Point(month_of(date(2026, 11, 1)), 30).day == date(2026, 11, 30)
