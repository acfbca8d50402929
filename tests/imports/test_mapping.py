"""What is wrong with a mapping is said before anything is imported, with the place and the nearest right name."""

import re
from importlib import import_module
from pathlib import Path

import pytest

from contacts.models import Company
from tests.imports.conftest import Importer

KINDS = import_module("crm.management.commands.import").KINDS
pytestmark = pytest.mark.django_db
CSV = "Name,Land,Branche\nAcme,DE,Water\n"


@pytest.fixture
def companies(importer: Importer) -> Importer:
    importer.file("firms.csv", CSV)
    return importer


def mapping(columns: str, more: str = "") -> str:
    return f'[[tables]]\nkind = "companies"\nfile = "firms.csv"\n{more}\n[tables.columns]\n{columns}\n'


def test_an_unknown_column_names_the_nearest(companies: Importer) -> None:
    assert companies.fails(mapping('name = "Nmae"\ncountry = "Country"')) == (
        "mapping.toml, table 1, name: firms.csv has no column “Nmae”. Did you mean “Name”?\n"
        "mapping.toml, table 1, country: firms.csv has no column “Country”. "
        "There is: “Name”, “Land”, “Branche”."
    )


def test_an_unknown_field_names_the_nearest(companies: Importer) -> None:
    assert companies.fails(mapping('name = "Name"\nsektor = "Branche"')) == (
        "mapping.toml, table 1 (firms.csv): “sektor” means nothing here. Did you mean “sector”, “street”?"
    )


def test_bad_toml_names_the_line(companies: Importer) -> None:
    assert companies.fails("[[tables]]\nkind = companies\n") == (
        f"{companies.folder / 'mapping.toml'} is not TOML: Invalid value (at line 2, column 8)."
    )


def test_a_missing_mapping(companies: Importer) -> None:
    path = companies.folder / "none.toml"
    assert companies.fails(path) == f"{path} can’t be read: No such file or directory."


def test_a_missing_file(companies: Importer) -> None:
    (companies.folder / "firms.csv").unlink()
    assert companies.fails(mapping('name = "Name"')) == f"{companies.folder / 'firms.csv'} does not exist."


def test_an_unknown_kind(companies: Importer) -> None:
    said = companies.fails('[[tables]]\nkind = "company"\nfile = "firms.csv"\n')
    assert said == "mapping.toml, table 1 (firms.csv): “company” is not a kind of row. Did you mean “companies”?"


def test_a_needed_field_without_a_column(companies: Importer) -> None:
    assert companies.fails(mapping('country = "Land"')) == (
        "mapping.toml, table 1 (firms.csv): It does not say where to find: name."
    )


def test_nothing_to_import(companies: Importer) -> None:
    assert companies.fails("") == "mapping.toml: There is no [[tables]]: nothing to import."


@pytest.mark.parametrize(
    ("format", "problem"),
    [
        ('dates = "d.m.y"', "dates are formats like “%d.%m.%Y”."),
        ('decimal = ";"', "The decimal mark is “.” or “,”."),
        ('encoding = "utf-9"', "“utf-9” is not an encoding."),
        ('as_of = "2017-12-31"', "as_of is a day like 2017-12-31, without quotation marks."),
    ],
)
def test_bad_formats(companies: Importer, format: str, problem: str) -> None:
    assert companies.fails(f"[format]\n{format}\n{mapping('name = "Name"')}") == f"mapping.toml, [format]: {problem}"


def test_bad_workspace_settings(companies: Importer) -> None:
    said = companies.fails(f'[workspace]\ntime_zone = "Europe/Berlyn"\n{mapping('name = "Name"')}')
    assert said == "mapping.toml, [workspace]: time_zone: “Europe/Berlyn” is not a time zone."


def test_an_unknown_person_named_with_by(companies: Importer) -> None:
    assert companies.fails(mapping('name = "Name"'), by="who@example.com") == (
        "--by: nobody with the e-mail who@example.com can sign in here."
    )


def test_a_key_that_cannot_be_one(companies: Importer) -> None:
    assert companies.fails(mapping('name = "Name"', more='key = "sector"')) == (
        "mapping.toml, table 1 (firms.csv): “sector” can’t be the key. There is: “external_id”, “name”."
    )


def test_relative_paths_start_where_the_command_was_called(
    companies: Importer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (companies.folder / "m.toml").write_text(mapping('name = "Name"'))
    monkeypatch.setenv("PENSTOCK_CALLED_FROM", str(tmp_path))
    assert companies.fails(Path("m.toml")) == "1 rows failed; the others were imported."  # nobody owns it
    assert Company.objects.count() == 0


def test_the_guide_names_every_kind_with_its_fields_and_keys() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "importing.md").read_text(encoding="utf-8")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in guide.splitlines() if line.startswith("| `")]
    told = {row[0].strip("`"): row[1:] for row in rows if len(row) == 4}
    assert told.keys() == KINDS.keys()
    for name, (fields, keys, creates) in told.items():
        kind = KINDS[name]
        assert set(re.findall(r"[\w-]+", re.sub(r"\([^)]*\)| or ", ",", fields))) == set(kind.fields)
        assert set(re.findall(r"\*\*(\w+)\*\*", fields)) == {f for f, each in kind.fields.items() if each.is_needed}
        assert tuple(re.findall(r"\w+", keys)) == tuple(kind.keys)
        assert set(re.findall(r"\w+", creates)) == kind.creates
