"""/api/v1/fiscal-year/, /api/v1/plan-rates/ and /api/v1/exchange-rates/import/."""

from collections.abc import Callable

from crm.actions import revise_workspace
from crm.calendar import this
from crm.models import ExchangeRate
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_the_fiscal_year_is_read_with_its_periods(cast: Cast, as_user: As) -> None:
    cast.deal()
    revise_workspace(fiscal_start=4, by=cast.dana)
    api, year = as_user(cast.alice), cast.today.year
    now = api.get("fiscal-year/").json()
    assert (now["key"], now["previous"], now["next"]) == (str(year), str(year - 1), f"{year + 1}-01..{year + 1}-03")
    assert [period["key"] for period in now["periods"]][:4] == [f"{year}-01", f"{year}-02", f"{year}-03", f"{year}-Q1"]
    short = api.get("fiscal-year/", {"on": f"{year + 1}-02-01"}).json()
    assert (short["in_short_year"], len(short["periods"])) == (True, 4)
    assert api.get("fiscal-year/", {"on": "0001-01-01"}).status_code == 422
    assert api.get("fiscal-year/", {"on": "tomorrow"}).json()["errors"].keys() == {"on"}


def test_admins_set_plan_rates(cast: Cast, as_user: As) -> None:
    api, key = as_user(cast.dana), this("quarter").key
    sent = {"currency": "USD", "period": key, "rate": "0.95"}
    made = api.post("plan-rates/", sent)
    assert (made.status_code, made.json()["period"], made.json()["rate"]) == (201, key, "0.9500000000")
    assert api.get(made["Location"]).json() == made.json()
    api.post("plan-rates/", sent | {"rate": None})
    rows = api.get("plan-rates/", {"currency": "USD"}).json()["results"]
    assert [row["rate"] for row in rows] == [None, "0.9500000000"]
    assert api.post("plan-rates/", sent | {"period": "2031", "rate": None}).json()["errors"].keys() == {"rate"}
    for wrong, field in [({"currency": "EUR"}, "currency"), ({"period": "2026-09..2026-10"}, "period"),
                         ({"period": "x"}, "period"), ({"rate": "0"}, "rate")]:  # fmt: skip
        assert api.post("plan-rates/", sent | wrong).json()["errors"].keys() == {field}
    assert as_user(cast.mia).post("plan-rates/", sent).status_code == 403


def test_rates_are_imported(cast: Cast, as_user: As) -> None:
    api = as_user(cast.dana)
    sent = {"content": "currency,on,rate\nUSD,2026-01-05,0.85\nEUR,2026-01-05,1\n"}
    found = {"set": 1, "corrected": 0, "unchanged": 0}
    left = [{"row": "Line 3: EUR 2026-01-05", "reason": "EUR is the base currency: its rate is 1."}]
    assert api.post("exchange-rates/import/", sent | {"dry_run": True}).json() == found | {"left_out": left}
    assert not ExchangeRate.objects.filter(on="2026-01-05").exists()
    assert api.post("exchange-rates/import/", sent).json() == found | {"left_out": left}
    assert api.post("exchange-rates/import/", sent).json()["unchanged"] == 1
    for content in ("", "nonsense", "<html/>", "currency,on,rate\n\ud800,,"):
        assert api.post("exchange-rates/import/", {"content": content}).json()["errors"].keys() == {"content"}
    assert as_user(cast.mia).post("exchange-rates/import/", sent).status_code == 403
