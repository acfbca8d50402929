"""The forecast as files: exactly what the page shows, and every deal beneath a number; long ones by a job."""

import csv
from decimal import ROUND_HALF_UP, Decimal
from io import BytesIO, StringIO
from random import Random
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from crm import jobs
from crm.models import Job, User
from crm.periods import Period, quarter_of
from crm.sheets import write
from forecasting import exporting, workers
from forecasting.actions import set_quota
from forecasting.models import Export
from forecasting.weighting import MEASURES, RATIOS
from forecasting.wording import measure_label
from pipeline.actions import win_deal
from tests.cast import Cast
from tests.forecasting.world import populate

pytestmark = pytest.mark.django_db


@pytest.fixture
def quarter(cast: Cast) -> Period:
    return quarter_of(cast.today)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def content(answer: Any) -> bytes:
    return b"".join(answer.streaming_content)


def rows_of(answer: Any, form: str) -> list[dict[str, Any]]:
    """By the names of the columns, numbers as numbers."""
    if form == "csv":
        rows: list[list[Any]] = list(csv.reader(StringIO(content(answer).decode("utf-8-sig"))))
    else:
        sheet = load_workbook(BytesIO(content(answer))).active
        rows = [["" if value is None else value for value in row] for row in sheet.values]
    return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]


def number(value: Any) -> Decimal | None:
    return None if value == "" else Decimal(str(value))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("query", ["", "&view=single", "&currency=USD", "&type=count", "&type=family-Hardware"])
def test_the_file_equals_the_page(cast: Cast, quarter: Period, form: str, query: str) -> None:
    populate(cast, Random(8), count=30)
    set_quota(owner=cast.alice, period=quarter, amount=Decimal(1000), currency="USD", by=cast.mia)
    client = signed_in(cast.dana)
    asked = f"?period={quarter.key}{query}"
    lines = client.get(f"/forecast/{asked}").context["screen"].lines
    rows = rows_of(client.get(f"/forecast/export/{form}/{asked}"), form)
    assert [(str(row["Level"]), row["Team, person"]) for row in rows] == [
        (str(line.row.depth), line.row.name) for line in lines
    ]
    for row, line in zip(rows, lines, strict=True):
        for measure in MEASURES:
            shown, digits = line.values[measure], 6 if measure in RATIOS else 4 if "count" in query else 2
            exact = None if shown is None else shown.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
            assert number(row[measure_label(measure)]) == exact, (line.row.name, measure)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize("measure", ["won", "open", "weighted", "commit", "forecast"])
def test_the_deals_beneath_make_the_number(cast: Cast, quarter: Period, measure: str, form: str) -> None:
    populate(cast, Random(9), count=40)
    client = signed_in(cast.dana)
    for line in client.get("/forecast/").context["screen"].lines:
        answer = client.post(f"/forecast/cell/{line.row.key}/{measure}/file/?period={quarter.key}", {"form": form})
        rows = rows_of(answer, form)
        assert sum((number(row["Adds"]) or Decimal(0) for row in rows), Decimal(0)) == line.values[measure]
        assert len(rows) == deals_in(line.row.figures, measure) or measure == "commit"


def deals_in(figures: Any, measure: str) -> int:
    won = figures.won_deals if measure in {"won", "forecast"} else 0
    return int(won + (figures.open_deals if measure != "won" else 0))


def test_a_text_never_becomes_a_formula(cast: Cast) -> None:
    cast.deal("=1+1", amount=Decimal(10))
    workers.refresh_all()
    address = f"/forecast/cell/person-{cast.alice.pk}-{cast.north.pk}/open/file/"
    client = signed_in(cast.mia)
    assert rows_of(client.post(address, {"form": "csv"}), "csv")[0]["Deal"] == "'=1+1"
    sheet: Any = load_workbook(BytesIO(content(client.post(address, {"form": "xlsx"})))).active
    assert (sheet["B2"].value, sheet["B2"].data_type) == ("=1+1", "s")


def test_a_long_one_is_written_by_a_job_for_whoever_asked(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    settings.FILES = tmp_path
    monkeypatch.setattr(exporting, "AT_ONCE", 1)
    monkeypatch.setattr("forecasting.cell_views.AT_ONCE", 1)
    win_deal(cast.deal("First", amount=Decimal(30)), reason=cast.fit, by=cast.alice)
    cast.deal("Second", amount=Decimal(50))
    workers.refresh_all()
    client = signed_in(cast.mia)
    answer = client.post(f"/forecast/cell/company-{cast.north.pk}/forecast/file/", {"form": "csv"})
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}/"
    assert client.get(job.result_url).status_code == 404
    assert job.result_url not in client.get(answer["Location"]).content.decode()
    jobs.run(job.pk)
    assert f'href="{job.result_url}"' in client.get(answer["Location"]).content.decode()
    job.refresh_from_db()
    assert (job.state, job.changed) == (Job.State.DONE, 2)
    rows = rows_of(client.get(job.result_url), "csv")
    assert [(row["Deal"], row["Adds"]) for row in rows] == [("First", "30.00"), ("Second", "5.00")]
    assert signed_in(cast.dana).get(job.result_url).status_code == 404
    export = Export.objects.get()
    assert export.path.stat().st_mode & 0o777 == 0o600

    exporting.forget_old()
    assert export.path.exists()
    Export.objects.update(created_at=timezone.now() - exporting.KEPT_FOR)
    exporting.forget_old()
    assert (export.path.exists(), Export.objects.count()) == (False, 0)
    assert signed_in(cast.mia).get(f"/jobs/{job.pk}/").status_code == 200


def test_another_teams_deals_are_not_exported(cast: Cast) -> None:
    cast.deal(owner=cast.charlie)
    workers.refresh_all()
    address = f"/forecast/cell/person-{cast.charlie.pk}-{cast.south.pk}/open/file/"
    assert signed_in(cast.mia).post(address).status_code == 404
    assert signed_in(cast.dana).post(address, {"form": "exe"}).status_code == 404
    assert signed_in(cast.mia).get(f"/forecast/export/csv/?team={cast.south.pk}").status_code == 404


def test_what_nothing_stands_in_is_empty() -> None:
    file = BytesIO()
    assert write([["Name", "Won"], ["Mia", None]], "csv", file, title="Q4") == 1
    assert file.getvalue().decode("utf-8-sig") == "Name,Won\r\nMia,\r\n"
