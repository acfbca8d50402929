"""/api/v1/adjustments/, and what they make of /api/v1/forecast/."""

from collections.abc import Callable
from datetime import date

import pytest

from forecasting import workers
from forecasting.models import Adjustment
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def body(cast: Cast, **sent: object) -> dict[str, object]:
    usual = {"owner": cast.alice.pk, "team": cast.north.pk, "period": "2026-Q4", "measure": "forecast", "amount": "185"}
    return usual | sent


def test_a_line_is_adjusted_and_taken_back_and_all_of_it_is_listed(cast: Cast, as_user: As) -> None:
    api = as_user(cast.mia)
    made = api.post("adjustments/", body(cast, note="They sign"))
    assert made.status_code == 201
    assert made.json() == {
        "id": made.json()["id"], "owner": cast.alice.pk, "team": cast.north.pk, "period": "2026-Q4",
        "starts_on": "2026-10-01", "ends_on": "2027-01-01", "measure": "forecast", "amount": "185.00",
        "currency": "EUR", "raw": "0.00", "raw_currency": "EUR", "note": "They sign", "is_own": False,
        "seat": cast.north.pk, "by": cast.mia.pk, "recorded_at": made.json()["recorded_at"],
    }  # fmt: skip
    assert api.post("adjustments/", body(cast, amount=None)).status_code == 204
    listed = as_user(cast.alice).get("adjustments/").json()["results"]
    assert [each["amount"] for each in listed] == [None, "185.00"]
    assert as_user(cast.charlie).get("adjustments/").json()["results"] == []


def test_the_forecast_says_what_they_make_of_it(cast: Cast, as_user: As) -> None:
    cast.deal(expected_close_on=date(2026, 11, 30))
    workers.refresh_all()
    said = as_user(cast.mia).post("adjustments/", body(cast)).json()["id"]
    rows = as_user(cast.dana).get("forecast/?period=2026-Q4").json()["rows"]
    adjusted = {row["name"]: row["adjusted"] for row in rows if row["adjusted"]}
    told = {"measure": "forecast", "amount": "185.00", "raw": "100.00", "without_owner": "185.00", "drift": None}
    above = told | {"adjustment": None, "as_owner_sees": "185.00"}
    assert adjusted == {
        "Penstock": [above],
        "North": [above],
        "Alice": [told | {"adjustment": said, "as_owner_sees": "100.00", "without_owner": "100.00", "drift": "0.00"}],
    }


def test_a_team_and_the_company_have_lines_too(cast: Cast, as_user: As) -> None:
    assert as_user(cast.mia).post("adjustments/", body(cast, owner=None)).status_code == 422
    sent = body(cast)
    del sent["owner"]
    assert as_user(cast.mia).post("adjustments/", sent).json()["is_own"] is True
    assert as_user(cast.max).post("adjustments/", sent).status_code == 422


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({"period": "soon"}, "period"), ({"period": "2026-10..2026-11"}, "period"), ({"amount": "-1"}, "amount"),
        ({"amount": "much"}, "amount"), ({"measure": "won"}, "measure"), ({"note": "x" * 256}, "note"),
        ({"currency": "XXX"}, "currency"), ({"team": 0}, "team"), ({"colour": "red"}, "colour"),
    ],
)  # fmt: skip
def test_it_refuses_by_field(cast: Cast, as_user: As, sent: dict[str, object], field: str) -> None:
    answer = as_user(cast.mia).post("adjustments/", body(cast, **sent))
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])
    assert not Adjustment.objects.exists()


def test_another_one_meanwhile_is_a_conflict(cast: Cast, as_user: As) -> None:
    api = as_user(cast.mia)
    assert api.post("adjustments/", body(cast, version=0)).status_code == 201
    assert api.post("adjustments/", body(cast, version=0, amount="190")).status_code == 409
