"""/api/v1/companies/."""

from collections.abc import Callable

import pytest

from contacts.api import CompanyShape
from contacts.models import Company
from crm.models import Event
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_it_creates(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)

    answer = api.post("companies/", {"name": "Initech", "country": "de", "employees": 40, "external_id": "I-1"})

    assert (answer.status_code, answer["ETag"]) == (201, '"1"')
    company = Company.objects.get(name="Initech")
    assert (company.owner, company.team, company.country) == (cast.alice, cast.north, "DE")
    assert api.get(answer["Location"]).json() == answer.json()
    assert list(answer.json()) == list(CompanyShape._declared_fields)
    assert Event.objects.filter(kind="company.created", object_id=company.pk, actor=cast.alice).count() == 1


@pytest.mark.parametrize(
    ("sent", "field"),
    [
        ({}, "name"),
        ({"name": " "}, "name"),
        ({"name": "X", "country": "XX"}, "country"),
        ({"name": "X", "employees": -1}, "employees"),
        ({"name": "X", "website": "not an address"}, "website"),
        ({"name": "X", "external_id": "A-1"}, "external_id"),
        ({"name": "X", "colour": "red"}, "colour"),
    ],
)
def test_it_refuses_by_field(cast: Cast, as_user: As, sent: dict[str, object], field: str) -> None:
    Company.objects.filter(pk=cast.acme.pk).update(external_id="A-1")
    answer = as_user(cast.alice).post("companies/", sent)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, [field])


def test_it_revises_and_minds_the_same_facts(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)

    assert api.patch(f"companies/{cast.acme.pk}/", {"phone": "+49 1"}).json()["version"] == 2
    assert api.patch(f"companies/{cast.acme.pk}/", {"sector": "Rail", "version": 1}).status_code == 200
    clash = api.patch(f"companies/{cast.acme.pk}/", {"phone": "+49 2", "version": 1})
    assert (clash.status_code, clash.json()["version"]) == (409, 3)


def test_everyone_reads_and_the_owners_side_writes(cast: Cast, as_user: As) -> None:
    address = f"companies/{cast.acme.pk}/"
    for who, status in [("alice", 200), ("bob", 403), ("mia", 200), ("charlie", 403), ("dana", 200), ("ravi", 403)]:
        api = as_user(getattr(cast, who))
        assert api.get(address).status_code == 200
        assert api.patch(address, {"note": f"by {who}"}).status_code == status


def test_kept_apart_they_follow_the_reach(cast: Cast, as_user: As) -> None:
    cast.workspace.shares_contacts = False
    cast.workspace.save()
    api = as_user(cast.charlie)

    assert [each["name"] for each in api.get("companies/").json()["results"]] == ["Globex"]
    assert api.get(f"companies/{cast.acme.pk}/").status_code == 404
    assert api.patch(f"companies/{cast.acme.pk}/", {"note": "x"}).status_code == 404


def test_it_narrows(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)

    def found(query: dict[str, object]) -> list[str]:
        return [each["name"] for each in api.get("companies/", query).json()["results"]]

    assert found({}) == ["Globex", "Acme"]
    assert found({"q": "cm"}) == ["Acme"]
    assert found({"sector": "Energy"}) == ["Globex"]
    assert found({"owner": [cast.alice.pk, cast.charlie.pk], "country": "de"}) == ["Acme"]
