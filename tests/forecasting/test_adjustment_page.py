"""The page of one figure of the forecast: adjusting it, taking that back, what it tells."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client

from crm.periods import Period, quarter_of
from forecasting import workers
from forecasting.adjustments import standing
from forecasting.judging import adjust
from forecasting.models import Adjustment
from tests.cast import Cast


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


@pytest.fixture
def deals(cast: Cast) -> None:
    """Qualify weighs 10 %: Alice's line is raw 100."""
    cast.deal()
    workers.refresh_all()


@pytest.fixture
def mia(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.mia)
    return client


def address(cast: Cast, period: Period, measure: str = "forecast") -> str:
    return f"/forecast/adjustments/person-{cast.alice.pk}-{cast.north.pk}/{period.key}/{measure}/"


def test_the_form_adjusts_and_takes_back(cast: Cast, quarter: Period, deals: None, mia: Client) -> None:
    where = address(cast, quarter)
    answer = mia.post(where, {"amount": "1,185.50", "note": "Signed", "version": "0"})
    assert answer["Location"] == f"/forecast/?period={quarter.key}#person-{cast.alice.pk}-{cast.north.pk}"
    assert [laid.amount for laid in standing(quarter)] == [Decimal("1185.50")]
    text = unescape(mia.get(where).content.decode())
    for told in ("Adjusted by Mia", "“Signed”", "€1,185.50", "€100.00", "Reset", "1,185.5"):
        assert told in text
    mia.post(where, {"amount": "", "version": str(standing(quarter)[0].pk)})
    assert standing(quarter) == []
    assert "taken back" in mia.get(where).content.decode()


def test_asked_by_htmx_it_closes_its_dialog(cast: Cast, quarter: Period, deals: None, mia: Client) -> None:
    asked = mia.get(address(cast, quarter), headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in asked
    assert 'hx-target="#dialog"' in asked
    answer = mia.post(address(cast, quarter), {"amount": "5", "version": "0"}, headers={"HX-Request": "true"})
    assert answer.status_code == 204
    assert "dialog:close" in answer["HX-Trigger"]


def test_bad_input_keeps_what_was_typed(cast: Cast, quarter: Period, deals: None, mia: Client) -> None:
    answer = mia.post(address(cast, quarter), {"amount": "lots", "note": "A note", "version": "0"})
    text = answer.content.decode()
    assert (answer.status_code, "Enter an amount." in text, "lots" in text, "A note" in text) == (422, True, True, True)
    assert mia.post(address(cast, quarter), {"amount": "5", "note": "x" * 256}).status_code == 422
    assert not Adjustment.objects.exists()


def test_a_conflict_shows_the_other_one_and_what_was_typed(
    cast: Cast, quarter: Period, deals: None, mia: Client
) -> None:
    mia.post(address(cast, quarter), {"amount": "185", "version": "0"})
    answer = mia.post(address(cast, quarter), {"amount": "190", "note": "Mine", "version": "0"})
    text = unescape(answer.content.decode())
    assert (answer.status_code, "€185" in text, 'value="190"' in text, "Mine" in text) == (409, True, True, True)


@pytest.mark.parametrize("who", ["alice", "bob", "charlie", "ravi"])
def test_who_may_read_and_not_adjust_gets_no_form(cast: Cast, quarter: Period, deals: None, who: str) -> None:
    client = Client()
    client.force_login(getattr(cast, who))
    answer = client.get(address(cast, quarter))
    expected = {"alice": (200, True), "bob": (200, False), "charlie": (404, False), "ravi": (200, False)}[who]
    assert (answer.status_code, b'name="amount"' in answer.content) == expected


@pytest.mark.parametrize(
    "where", ["person-0-1/2026-Q4/forecast", "nobody/2026-Q4/forecast", "company/soon/forecast", "company/2026/won"]
)
def test_what_is_no_cell_is_not_found(cast: Cast, mia: Client, where: str) -> None:
    assert mia.get(f"/forecast/adjustments/{where}/").status_code == 404


def test_the_table_shows_raw_drift_and_what_was_adjusted_below(
    cast: Cast, quarter: Period, deals: None, mia: Client
) -> None:
    adjust(owner=cast.alice, team=cast.north, period=quarter, measure="forecast", amount=Decimal(1185), by=cast.mia)
    text = unescape(mia.get(f"/forecast/?period={quarter.key}").content.decode())
    for told in ("raw 100", "1,185", "+1,085", address(cast, quarter)):
        assert told in text
    client = Client()
    client.force_login(cast.ravi)
    assert "adjust-link" not in client.get("/forecast/").content.decode()


def test_of_the_past_nothing_is_adjusted(cast: Cast, deals: None, mia: Client) -> None:
    assert "adjust-link" in mia.get("/forecast/").content.decode()
    answer = mia.get(f"/forecast/?as_of={cast.today - timedelta(days=1)}")
    assert (answer.status_code, "adjust-link" in answer.content.decode()) == (200, False)
