"""import_rates: CSV, the bank's XML of a day and of its whole history, and what becomes of every row."""

from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from crm.imports.reading import BadFile
from crm.models import Event, ExchangeRate, Job, Workspace
from crm.money import Money, Rates
from crm.rate_files import read_ecb, read_rates
from crm.rates import RateReport, import_rates
from tests.cast import Cast

ENVELOPE = """<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01"
 xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
<gesmes:subject>Reference rates</gesmes:subject><gesmes:Sender><gesmes:name>European Central Bank</gesmes:name>
</gesmes:Sender><Cube>{days}</Cube></gesmes:Envelope>"""


def ecb(**days: dict[str, str]) -> bytes:
    cubes = [
        f"<Cube time='{name[1:].replace('_', '-')}'>"
        + "".join(f"<Cube currency='{code}' rate='{rate}'/>" for code, rate in rates.items())
        + "</Cube>"
        for name, rates in days.items()
    ]
    return ENVELOPE.format(days="\n".join(cubes)).encode()


DAILY = ecb(d2026_11_20={"USD": "1.0892", "JPY": "164.05", "GBP": "0.8334"})
HISTORY = ecb(
    d2026_11_20={"USD": "1.0892", "GBP": "0.8334", "CYP": "0.58"},
    d2026_11_19={"USD": "1.1000", "GBP": "0.8400", "CYP": "0.58"},
    d1999_01_04={"USD": "1.1789"},
)


def take(data: bytes, **fields: bool) -> RateReport:
    return import_rates(read_rates(data, Workspace.current().currency_id), source="rates", by=None, **fields)


def worth(code: str, on: date) -> Decimal:
    return Decimal(ExchangeRate.rates_on(on, Workspace.current().currency_id).rate(code))


def test_the_banks_rates_of_a_day_are_turned_round(cast: Cast) -> None:
    report = take(DAILY)
    assert (report.set, report.corrected, report.unchanged, report.report) == (3, 0, 0, [])
    assert worth("USD", date(2026, 11, 20)) == Decimal("0.9181050312")
    assert worth("JPY", date(2026, 11, 20)) == Decimal("0.0060957025")
    event = Event.objects.get(kind="rate.imported")
    assert event.data == {"name": "rates", "count": 3, "base": "EUR", "from": "2026-11-20", "to": "2026-11-20"}


def test_the_banks_history_is_read_whole_and_once(cast: Cast) -> None:
    report = take(HISTORY)
    assert (report.set, report.rows) == (5, 7)
    assert report.report == [("CYP", "is not a currency here (rates left out: 2)", "")]
    again = take(HISTORY)
    assert (again.written, again.unchanged) == (0, 5)
    assert Event.objects.filter(kind="rate.imported").count() == 1


def test_a_day_without_rates_has_those_of_the_day_before(cast: Cast) -> None:
    """The bank publishes none on weekends and holidays."""
    ExchangeRate.objects.all().delete()
    take(ecb(d2026_11_20={"USD": "1.25"}, d2026_11_23={"USD": "1.00"}))
    found = [ExchangeRate.rates_on(date(2026, 11, day), "EUR").worth.get("USD") for day in (19, 20, 22, 23)]
    assert found == [None, Decimal("0.8"), Decimal("0.8"), Decimal(1)]


def test_another_base_is_crossed_over_the_euro_of_the_day(cast: Cast) -> None:
    Workspace.objects.update(currency="USD")
    report = take(ecb(d2026_11_20={"USD": "1.10", "GBP": "0.88"}, d2026_11_19={"GBP": "0.80"}))
    assert worth("EUR", date(2026, 11, 20)) == Decimal("1.1")
    assert worth("GBP", date(2026, 11, 20)) == Decimal("1.25")
    assert report.report == [("2026-11-19", "has no rate of USD to cross over", "")]


@given(
    st.dictionaries(st.sampled_from(["USD", "GBP", "CHF", "SEK"]), st.decimals("0.01", "5000", places=4), min_size=2),
    st.decimals(0, 10**9, places=2),
)
def test_crossed_rates_convert_there_and_back(rates: dict[str, Decimal], amount: Decimal) -> None:
    data = ecb(d2026_11_20={code: str(rate) for code, rate in rates.items()})
    for base in [*rates, "EUR"]:
        table = Rates(base, {line.currency: line.rate for line in read_rates(data, base) if not line.problem})
        for code in table.worth:
            money = Money(amount, code)
            assert table.convert(table.convert(money, base), code).rounded() == money
            for other in table.worth:
                assert table.convert(table.convert(money, other), code).rounded() == money


@pytest.mark.parametrize("data", [
    b"<html><body>Not found</body></html>",
    b"<Cube><Cube time='2026-11-20'></Cube></Cube>",
    b"<Cube time='yesterday'><Cube currency='USD' rate='1'/></Cube>",
    b"<Cube time='2026-11-20'><Cube currency='USD' rate='0'/></Cube>",
    b"<Cube time='2026-11-20'><Cube currency='USD' rate='NaN'/></Cube>",
    b"<Cube time='2026-11-20'><Cube currency='USD'/></Cube>",
    b"<Cube",
    b'<!DOCTYPE x [<!ENTITY a "1">]><Cube time="2026-11-20"><Cube currency="USD" rate="&a;"/></Cube>',
])  # fmt: skip
def test_what_is_not_the_banks_is_refused(data: bytes) -> None:
    with pytest.raises(BadFile):
        read_ecb(data)


def test_a_csv_says_what_became_of_every_row(cast: Cast) -> None:
    report = take(
        b"\xef\xbb\xbfDate,Currency,Rate\n"
        b"2026-01-01,USD,0.85\n"
        b"2026-01-01,usd,0.85\n"
        b"2026-01-01,USD,0.86\n"
        b"2026-01-01,EUR,1\n"
        b"2026-01-01,XYZ,1.5\n"
        b"2026-13-01,USD,0.85\n"
        b'2026-01-02,USD,"0,85"\n'
        b"2026-01-02,USD,0\n"
        b"2026-01-02,USD,-1\n"
        b"0026-01-02,USD,1\n"
        b"\n"
        b"2026-01-03,USD\n"
    )
    assert (report.set, report.unchanged, report.rows) == (1, 1, 11)
    assert [(row.label, row.reason) for row in report.report] == [
        ("Line 4: USD 2026-01-01", "The file has another rate for this day above."),
        ("Line 5: EUR 2026-01-01", "EUR is the base currency: its rate is 1."),
        ("Line 7: USD 2026-13-01", "is not a date like %Y-%m-%d, %d.%m.%Y"),
        ("Line 8: USD 2026-01-02", "is not a number (decimal mark “.”, thousands mark “none”)"),
        ("Line 9: USD 2026-01-02", "A rate is above 0 and below 10,000,000,000."),
        ("Line 10: USD 2026-01-02", "A rate is above 0 and below 10,000,000,000."),
        ("Line 11: USD 0026-01-02", "This day is too far away."),
        ("Line 13: USD 2026-01-03", "is not a number (decimal mark “.”, thousands mark “none”)"),
        ("XYZ", "is not a currency here (rates left out: 1)"),
    ]


def test_where_semicolons_separate_commas_may_be_decimal(cast: Cast) -> None:
    assert (
        take(b"currency;on;rate;base\nUSD;03.01.2026;0,875;EUR\nGBP;2026-01-03;1.15;EUR\nGBP;2026-01-04;1.15;USD\n").set
        == 2
    )
    assert [worth(code, date(2026, 1, 3)) for code in ("USD", "GBP")] == [Decimal("0.875"), Decimal("1.15")]


@pytest.mark.parametrize("data", [b"", b"currency,rate\nUSD,1\n", b"currency,on,rate\n\xff\xfe,1,1\n", b'a,"b'])
def test_a_file_that_cannot_be_read_is_refused_whole(cast: Cast, data: bytes) -> None:
    with pytest.raises(BadFile):
        take(data)


def test_a_correction_is_a_newer_row(cast: Cast) -> None:
    take(b"currency,on,rate\nUSD,2026-01-01,0.85\n")
    assert take(b"currency,on,rate\nUSD,2026-01-01,0.86\n").corrected == 1
    assert worth("USD", date(2026, 1, 1)) == Decimal("0.86")
    assert ExchangeRate.objects.filter(on="2026-01-01").count() == 2


def test_a_dry_run_writes_nothing(cast: Cast) -> None:
    assert take(DAILY, dry_run=True).set == 3
    assert not ExchangeRate.objects.filter(on="2026-11-20").exists()


# ── The page and the command ───────────────────────────────────────────────────────────────────────


def upload(data: bytes, name: str = "rates.csv") -> dict[str, BytesIO]:
    file = BytesIO(data)
    file.name = name
    return {"file": file}


def test_the_page_leads_to_a_report(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    answer = client.post("/settings/currencies/import/", upload(HISTORY, "eurofxref-hist.xml"))
    job = Job.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/jobs/{job.pk}/")
    assert (job.title, job.total, job.changed, job.left_out) == ("Rates from eurofxref-hist.xml", 7, 5, 1)
    assert "is not a currency here" in client.get(answer["Location"]).content.decode()


def test_the_page_says_what_is_wrong_with_a_file(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    answer = client.post("/settings/currencies/import/", upload(b"a,b\n1,2\n"))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["file"])
    assert client.post("/settings/currencies/import/", {"file": ""}).status_code == 422


def test_the_command(cast: Cast, tmp_path: Path) -> None:
    path, told = tmp_path / "eurofxref-daily.xml", StringIO()
    path.write_bytes(DAILY)
    call_command("import-rates", path, by="dana@example.com", dry_run=True, stdout=told)
    assert not ExchangeRate.objects.filter(on="2026-11-20").exists()
    call_command("import-rates", path, by="dana@example.com", stdout=told)
    assert ExchangeRate.objects.filter(on="2026-11-20", by=cast.dana).count() == 3
    assert told.getvalue().splitlines() == [
        "Dry run: 3 rates would be set, 0 corrected, 0 are known already.",
        "3 rates set, 0 corrected, 0 known already.",
    ]


def test_the_command_reports_rows_and_refuses_files(cast: Cast, tmp_path: Path) -> None:
    path = tmp_path / "rates.csv"
    path.write_text("currency,on,rate\nUSD,2026-01-01,0.85\nUSD,x,1\n")
    with pytest.raises(CommandError, match="1 row was left out"):
        call_command("import-rates", path, report=tmp_path / "report.csv", stdout=StringIO())
    assert (tmp_path / "report.csv").read_text().splitlines()[1].startswith("Line 3: USD x,")
    assert ExchangeRate.objects.filter(on="2026-01-01").exists()
    with pytest.raises(CommandError, match="does not exist"):
        call_command("import-rates", tmp_path / "none.csv")
