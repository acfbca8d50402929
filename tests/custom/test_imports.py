"""Custom fields in imported files."""

from typing import Any

import pytest

from contacts.models import Company, Contact
from pipeline.models import Deal
from tests.cast import Cast
from tests.custom.fields import custom_field, one_of_each
from tests.imports.conftest import Importer, importer

__all__ = ["importer"]
pytestmark = pytest.mark.django_db
KINDS: list[tuple[str, str, str, Any]] = [
    ("deal", "deals", "title", Deal),
    ("company", "companies", "name", Company),
    ("contact", "contacts", "name", Contact),
]
KEYS = ["text", "number", "money", "date", "choice", "choices", "person", "link", "yes_no"]


def mapping(kind: str, name: str, keys: list[str], more: str = "") -> str:
    columns = "\n".join(f'custom.{key} = "{key}"' for key in keys)
    return (
        f'[format]\ndecimal = ","\nthousands = "."\ndates = ["%d.%m.%Y"]\n'
        f'[[tables]]\nkind = "{kind}"\nfile = "rows.csv"\nkey = "{name}"\n{more}\n'
        f'[tables.columns]\n{name} = "name"\nowner = "owner"\n{columns}\n'
    )


@pytest.mark.parametrize(("noun", "kind", "name", "model"), KINDS)
def test_every_kind_of_cell(importer: Importer, cast: Cast, noun: str, kind: str, name: str, model: Any) -> None:
    one_of_each(noun)
    head = "name;owner;" + ";".join(KEYS) + "\n"
    rows = [
        'One;Alice;Blue;0;1.200,50 USD;31.12.2026;HUGE;"small, Huge";bob@example.com;example.com;no',
        "Two;Alice;;-2,5;7;01.01.2027;small;large|small;Mia;https://b.example/;yes",
        "Three;Alice;;;;;;;;;",
    ]
    importer.file("rows.csv", head + "\n".join(rows) + "\n")
    importer.run(mapping(kind, name, KEYS))
    found = {
        getattr(each, name): each.custom for each in model.objects.filter(**{f"{name}__in": ["One", "Two", "Three"]})
    }
    assert found == {
        "One": {
            "text": "Blue",
            "number": "0",
            "money": {"amount": "1200.5", "currency": "USD"},
            "date": "2026-12-31",
            "choice": "huge",
            "choices": ["small", "huge"],
            "person": cast.bob.pk,
            "link": "https://example.com",
            "yes_no": False,
        },
        "Two": {
            "number": "-2.5",
            "money": {"amount": "7", "currency": "EUR"},
            "date": "2027-01-01",
            "choice": "small",
            "choices": ["small", "large"],
            "person": cast.mia.pk,
            "link": "https://b.example/",
            "yes_no": True,
        },
        "Three": {},
    }
    importer.run(mapping(kind, name, KEYS))
    assert {row["action"] for row in importer.report} == {"unchanged"}
    importer.file("rows.csv", head + "One;Alice;;5;;;;;;;\n")
    importer.run(mapping(kind, name, KEYS))
    assert importer.actions("rows.csv") == [(2, "updated")]
    revised = model.objects.get(**{name: "One"}).custom
    assert (revised["number"], revised["text"]) == ("5", "Blue")


@pytest.mark.parametrize(("noun", "kind", "name", "model"), KINDS)
def test_a_bad_cell_fails_its_row_alone(
    importer: Importer, cast: Cast, noun: str, kind: str, name: str, model: Any
) -> None:
    one_of_each(noun)
    custom_field("number", noun, key="seats", label="Seats", is_required=True)
    importer.file(
        "rows.csv",
        "name;owner;choice;link;seats\nA;Alice;tiny;;1\nB;Alice;;ftp://x;1\nC;Alice;;;\nD;Alice;;;1\n",
    )
    importer.fails(mapping(kind, name, ["choice", "link", "seats"]))
    assert [(row["line"], row["action"]) for row in importer.report] == [
        ("2", "failed"), ("3", "failed"), ("4", "failed"), ("5", "created"),
    ]  # fmt: skip
    assert [row["message"].partition(":")[0] for row in importer.report[:3]] == [
        "custom.choice", "custom.link", "custom.seats",
    ]  # fmt: skip


def test_a_field_that_is_not_there_is_named(importer: Importer, cast: Cast) -> None:
    custom_field("text", key="region")
    importer.file("rows.csv", "name;owner;x\nA;Alice;1\n")
    said = importer.fails(mapping("deals", "title", ["regio"]).replace('"regio"', '"x"'))
    assert "custom.regio" in said
    assert "custom.region" in said
