"""The filters: what an amount and a day mean, and the dialog that says in words what is not understood."""

from datetime import timedelta
from decimal import Decimal

import pytest

from crm.models import ExchangeRate
from pipeline.actions import revise_deal, set_lines, win_deal
from pipeline.actions.rules import Line
from tests.cast import Cast
from tests.pipeline.test_board import board, signed_in, titles

pytestmark = pytest.mark.django_db


@pytest.fixture
def amounts(cast: Cast) -> Cast:
    """1,000.00 EUR; 1,000.00 USD, worth 900.00; 1,000.00 GBP, worth nothing known; and none."""
    cast.deal("Euro")
    cast.deal("Dollar", currency_id="USD")
    cast.deal("Pound", currency_id="GBP")
    cast.deal("None", amount=None)
    return cast


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("amount_from=900", {"Euro", "Dollar"}),
        ("amount_from=900.01", {"Euro"}),
        ("amount_from=900.001", {"Euro"}),
        ("amount_to=900", {"Dollar"}),
        ("amount_to=899.99", set()),
        ("amount_from=1000&amount_to=1000", {"Euro"}),
        ("amount_from=0", {"Euro", "Dollar"}),
        ("amount_from=many", set()),
        ("amount_from=NaN", set()),
        ("amount_to=1e99", set()),
    ],
)
def test_an_amount_is_what_a_deal_is_worth_today(amounts: Cast, query: str, names: set[str]) -> None:
    assert set(titles(board(amounts.alice, query))[0]) == names


@pytest.mark.parametrize("cents", range(1, 12))
def test_the_bound_is_that_of_the_rounded_value(cast: Cast, cents: int) -> None:
    """What is drawn as 0.05 is from 0.05 on, whatever the rate made of it."""
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.3333333333"))
    deal = cast.deal(amount=Decimal(cents) / 100, currency_id="USD")
    value = board(cast.alice).columns[0].head.totals.value
    for bound in (Decimal(number) / 100 for number in range(6)):
        above, below = board(cast.alice, f"amount_from={bound}"), board(cast.alice, f"amount_to={bound}")
        assert (titles(above)[0] == [deal.title]) is (value >= bound)
        assert (titles(below)[0] == [deal.title]) is (value <= bound)


def test_a_closed_deal_keeps_the_worth_of_its_day(cast: Cast) -> None:
    win_deal(cast.deal("Won", currency_id="USD"), reason=cast.fit, by=cast.alice)
    ExchangeRate.objects.create(currency_id="USD", base_id="EUR", on=cast.today, rate=Decimal("0.1"))
    page = signed_in(cast.alice)
    assert "Won" in page.get("/deals/?outcome=won&amount_from=900&amount_to=900").content.decode()
    assert "No deal matches" in page.get("/deals/?outcome=won&amount_to=500").content.decode()


def test_days_include_the_last_one(cast: Cast) -> None:
    cast.deal("Today")
    revise_deal(cast.deal("Later"), expected_close_on=cast.today + timedelta(days=9), by=cast.alice)
    assert titles(board(cast.alice, f"expected_to={cast.today}"))[0] == ["Today"]
    assert titles(board(cast.alice, f"opened_from={cast.today}&opened_to={cast.today}"))[0] == ["Later", "Today"]
    assert titles(board(cast.alice, f"opened_from={cast.today + timedelta(days=1)}"))[0] == []


def test_a_product_is_picked_by_its_name(cast: Cast) -> None:
    set_lines(cast.deal("With"), [Line(cast.pump)], by=cast.alice)
    cast.deal("Without")
    client = signed_in(cast.alice)
    form = client.get(f"/board/{cast.pipeline.pk}/filter/").content.decode()
    assert f'name="product" value="{cast.pump.pk}"' in form
    assert "Sensor" in form
    assert titles(board(cast.alice, f"product={cast.pump.pk}"))[0] == ["With"]
    assert titles(board(cast.alice, "product=none"))[0] == ["Without"]


# ── The dialog ─────────────────────────────────────────────────────────────────────────────────────


def test_it_goes_to_the_board_with_what_was_asked_for(cast: Cast) -> None:
    query = (
        f"apply=1&q=&owner={cast.alice.pk}&owner={cast.bob.pk}&amount_from=1500.50&amount_to=&expected_to=2027-01-31"
        f"&stalled=1&company={cast.acme.pk}&by=month&view=4"
    )
    answer = signed_in(cast.alice).get(f"/board/{cast.pipeline.pk}/filter/?{query}")
    assert answer.headers["Location"] == (
        f"/board/{cast.pipeline.pk}/?owner={cast.alice.pk}&owner={cast.bob.pk}&company={cast.acme.pk}"
        "&amount_from=1500.5&expected_to=2027-01-31&stalled=1&by=month&view=4"
    )


def test_it_shows_what_is_asked_for_already(cast: Cast) -> None:
    query = f"owner={cast.bob.pk}&amount_from=1500.5&stalled=1&expected_to=2027-01-31&sector=Water"
    page = signed_in(cast.alice).get(f"/board/{cast.pipeline.pk}/filter/?{query}").content.decode()
    assert f'name="owner" value="{cast.bob.pk}" id="id_owner_1" checked' in page
    assert 'name="amount_from" value="1500.5"' in page
    assert 'name="expected_to" value="2027-01-31"' in page
    assert '<input type="hidden" name="sector" value="Water">' in page


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("amount_from=lots", "Enter a number."),
        ("expected_from=soon", "Enter a valid date."),
        ("amount_from=9&amount_to=8", "This is before the beginning."),
        ("expected_from=2027-02-01&expected_to=2027-01-01", "This is before the beginning."),
    ],
)
def test_what_is_not_understood_is_said_beside_it(cast: Cast, query: str, said: str) -> None:
    answer = signed_in(cast.alice).get(f"/board/{cast.pipeline.pk}/filter/?apply=1&q=kept&{query}")
    page = answer.content.decode()
    assert (answer.status_code, said in page, 'value="kept"' in page) == (422, True, True)


def test_scripts_are_sent_there_too(cast: Cast) -> None:
    answer = signed_in(cast.alice).get("/deals/filter/?apply=1&outcome=won", headers={"HX-Request": "true"})
    assert answer.headers["HX-Redirect"] == "/deals/?outcome=won"
    assert signed_in(cast.alice).get("/deals/filter/?apply=1").headers["Location"] == "/deals/?view=all"


def test_the_list_asks_for_stage_outcome_and_closing_days_too(cast: Cast) -> None:
    client = signed_in(cast.alice)
    form, of_board = client.get("/deals/filter/"), client.get(f"/board/{cast.pipeline.pk}/filter/")
    for name in ("stage", "outcome", "closed_from"):
        assert f'name="{name}"' in form.content.decode()
        assert f'name="{name}"' not in of_board.content.decode()


def test_only_people_and_teams_within_reach_are_offered(cast: Cast) -> None:
    page = signed_in(cast.alice).get("/deals/filter/").content.decode()
    assert ("Bob" in page, "Charlie" in page, "South" in page) == (True, False, False)
