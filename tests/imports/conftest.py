"""A small hardware seller's files, with the quirks that real exports have, and a way to import them."""

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

MAVEN = Path(__file__).parents[2] / "docs" / "examples" / "maven.toml"

TEAMS = """sales_agent,manager,regional_office
Anna Snelling,Dustin Brinkmann,Central
Mei-Mei Johns,Dustin Brinkmann,Central
Cassey Cress,Rocco Neubert,East
Carl Lin,Rocco Neubert,East
"""
PRODUCTS = """product,series,sales_price
GTX Pro,GTX,4821
MG Special,MG,55
"""
ACCOUNTS = """account,sector,year_established,revenue,employees,office_location,subsidiary_of
Acme Corporation,technolgy,1996,1100.04,2822,United States,
Bioholding,medical,2012,587.34,1356,Philipines,Acme Corporation
Hottechi,technolgy,1997,8170.38,16499,Korea,
"""
DEALS = """opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
1C1I7A6R,Anna Snelling,MG Special,Acme Corporation,Won,10/20/2016,3/1/2017,59
Z063OYW0,Anna Snelling,GTXPro,Bioholding,Won,10/25/2016,3/11/2017,4514
EC4QE1BX,Cassey Cress,GTXPro,Hottechi,Lost,10/25/2016,3/7/2017,0
MV1LWRNH,Mei-Mei Johns,GTXPro,,Engaging,11/3/2016,,
PE84CX4O,Cassey Cress,MG Special,,Prospecting,,,
"""


class Importer:
    """Writes files into a folder and imports them; `said` is what the command printed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.said = ""

    def file(self, name: str, text: str, encoding: str = "utf-8") -> None:
        (self.folder / name).write_bytes(text.encode(encoding))

    def run(self, mapping: str | Path, *, commit: bool = True, **options: Any) -> str:
        path = mapping if isinstance(mapping, Path) else self.folder / "mapping.toml"
        if isinstance(mapping, str):
            path.write_text(mapping, encoding="utf-8")
        out = io.StringIO()
        options.setdefault("report", self.folder / "report.csv")
        try:
            call_command("import", path, dir=self.folder, commit=commit, stdout=out, **options)
        finally:
            self.said = out.getvalue()
        return self.said

    def fails(self, mapping: str | Path, **options: Any) -> str:
        with pytest.raises(CommandError) as error:
            self.run(mapping, **options)
        return str(error.value)

    @property
    def report(self) -> list[dict[str, str]]:
        with (self.folder / "report.csv").open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def actions(self, file: str) -> list[tuple[int, str]]:
        return [(int(row["line"]), row["action"]) for row in self.report if row["file"] == file]

    def messages(self, file: str) -> list[tuple[int, str]]:
        return [(int(row["line"]), row["message"]) for row in self.report if row["file"] == file and row["message"]]


@pytest.fixture
def importer(tmp_path: Path) -> Importer:
    return Importer(tmp_path)


@pytest.fixture
def maven(importer: Importer, db: None) -> Importer:
    importer.file("sales_teams.csv", TEAMS)
    importer.file("products.csv", PRODUCTS)
    importer.file("accounts.csv", ACCOUNTS)
    importer.file("sales_pipeline.csv", DEALS)
    return importer


@pytest.fixture
def rows() -> Callable[[Sequence[tuple[Any, ...]]], str]:
    def write(lines: Sequence[tuple[Any, ...]]) -> str:
        out = io.StringIO()
        csv.writer(out).writerows(lines)
        return out.getvalue()

    return write
