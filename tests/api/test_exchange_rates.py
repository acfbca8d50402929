"""/api/v1/currencies/ and /api/v1/exchange-rates/."""

from collections.abc import Callable

from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_currencies_say_how_many_decimals_they_have(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    assert api.get("currencies/JPY/").json() == {"id": "JPY", "digits": 0, "is_active": True}
    listed = api.get("currencies/", {"limit": 200}).json()["results"]
    assert [each["id"] for each in listed] == sorted(each["id"] for each in listed)
    assert api.get("currencies/XXX/").status_code == 404


def test_admins_set_rates_and_a_correction_is_a_newer_row(cast: Cast, as_user: As) -> None:
    api, on = as_user(cast.dana), cast.today.isoformat()

    answers = [api.post("exchange-rates/", {"currency": "USD", "on": on, "rate": rate}) for rate in ("0.85", "0.86")]

    assert [answer.status_code for answer in answers] == [201, 201]
    newest = api.get("exchange-rates/", {"currency": "USD", "on_from": on}).json()["results"]
    assert [(each["rate"], each["base"]) for each in newest] == [("0.8600000000", "EUR"), ("0.8500000000", "EUR")]


def test_it_refuses(cast: Cast, as_user: As) -> None:
    api, on = as_user(cast.dana), cast.today.isoformat()
    assert api.post("exchange-rates/", {"currency": "USD", "on": on, "rate": "0"}).json()["errors"].keys() == {"rate"}
    assert api.post("exchange-rates/", {"currency": "EUR", "on": on, "rate": 1}).json()["errors"].keys() == {"currency"}
    assert as_user(cast.mia).post("exchange-rates/", {"currency": "USD", "on": on, "rate": 1}).status_code == 403
