"""My quota: one's own number, what is missing, and the deals that would close the gap."""

from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from crm.models import User
from crm.periods import Period, quarter_of
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.judging import adjust
from forecasting.mine import Mine
from pipeline.actions import win_deal
from tests.cast import Cast


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


@pytest.fixture
def alices(cast: Cast, quarter: Period) -> None:
    """She owes 10,000 and has won 2,000; open: 6,000 at 65 %, 3,000 at 80 % by hand, 500 at 10 % and late."""
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(10_000), by=cast.mia)
    win_deal(cast.deal("Won", amount=Decimal(2000)), reason=cast.fit, by=cast.alice)
    cast.deal("Large", amount=Decimal(6000), stage="Solution")
    cast.deal("Sure", amount=Decimal(3000), probability_override=Decimal(80))
    late = max(quarter.start, cast.today - timedelta(days=1))
    cast.deal("Late", amount=Decimal(500), expected_close_on=late)
    cast.deal("Bob’s", owner=cast.bob, amount=Decimal(90_000))


def page(user: User, query: str = "", **headers: str) -> Any:
    workers.refresh_all()
    client = Client()
    client.force_login(user)
    return client.get(f"/forecast/mine/{query}", headers=headers)


def screen(user: User, query: str = "") -> Mine:
    found: Mine = page(user, query).context["screen"]
    return found


def test_it_is_ones_own_number(cast: Cast, quarter: Period, alices: None) -> None:
    mine = screen(cast.alice)
    row = mine.row
    assert (row.name, row.quota, row.figures.won, row.gap, row.figures.open) == ("Alice", 10_000, 2000, 8000, 9500)
    assert mine.missing is None
    days = (quarter.end - cast.today).days
    assert mine.a_week == (8000 * Decimal(7) / days if days > 7 else None)


def test_the_deals_that_weigh_most_come_first_with_their_chances(cast: Cast, alices: None) -> None:
    closing = screen(cast.alice).closing
    told = [(line.title, line.worth, line.chance, line.own_chance) for line in closing.lines]
    assert told == [("Large", 6000, 65, False), ("Sure", 3000, 80, True), ("Late", 500, 10, False)]
    assert closing.finding == "The likeliest 2 together would close it"


@pytest.mark.parametrize(
    ("quota", "finding", "missing"),
    [
        (2000, "The quota is reached", None),
        (8000, "The likeliest one would close it", None),
        (20_000, "All of them together leave 8,500 open", 8500),
    ],
)
def test_how_far_they_go(
    cast: Cast, quarter: Period, alices: None, quota: int, finding: str, missing: int | None
) -> None:
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(quota), by=cast.mia)
    mine = screen(cast.alice)
    assert (mine.closing.finding, mine.missing) == (finding, missing)


def test_an_adjustment_is_told_with_raw_and_drift(cast: Cast, quarter: Period, alices: None) -> None:
    workers.refresh_all()
    adjust(
        owner=cast.alice, team=cast.north, period=quarter, measure="forecast", amount=Decimal(9000), by=cast.mia,
        note="They sign",
    )  # fmt: skip
    cast.deal("New", amount=Decimal(1000))
    text = unescape(page(cast.alice).content.decode())
    for told in ("9,000", "Raw 8,450, adjusted by Mia", "“They sign”", "Raw +100 since."):
        assert told in text


def test_without_a_quota_it_says_so(cast: Cast) -> None:
    cast.deal()
    assert "No quota is set for this period." in page(cast.alice).content.decode()


def test_who_sells_nothing_reads_what_they_answer_for(cast: Cast, alices: None) -> None:
    assert screen(cast.mia).row.name == "North"
    assert screen(cast.mia, f"?owner={cast.alice.pk}").row.name == "Alice"
    assert page(cast.charlie, f"?owner={cast.alice.pk}").status_code == 404


def test_asked_by_htmx_it_answers_with_the_figures_alone(cast: Cast, alices: None) -> None:
    text = page(cast.alice, **{"HX-Request": "true"}).content.decode()
    assert "<html" not in text
    assert "What closes the gap" in text


def test_it_costs_the_same_whatever_its_size(
    cast: Cast, alices: None, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    client.force_login(cast.alice)
    workers.refresh_all()
    client.get("/forecast/mine/")
    with django_assert_max_num_queries(30) as before:
        client.get("/forecast/mine/")
    for number in range(12):
        cast.deal(f"More {number}", probability_override=Decimal(number))
    workers.refresh_all()
    with django_assert_max_num_queries(30) as after:
        client.get("/forecast/mine/")
    assert len(after.captured_queries) == len(before.captured_queries)
