"""/api/v1/contacts/ and their positions."""

from collections.abc import Callable

from contacts.models import Contact
from tests.api.conftest import Caller
from tests.cast import Cast

As = Callable[..., Caller]


def test_it_creates_a_person_at_a_company(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)

    answer = api.post(
        "contacts/", {"name": "Ines", "email": "ines@globex.example", "company": cast.globex.pk, "title": "Buyer"}
    )

    assert answer.status_code == 201
    assert api.get(answer["Location"]).json() == answer.json()
    positions = api.get(f"contacts/{answer.json()['id']}/positions/").json()["results"]
    assert positions == [{"company": cast.globex.pk, "title": "Buyer"}]
    assert Contact.objects.get(name="Ines").owner == cast.alice


def test_it_refuses_by_field(cast: Cast, as_user: As) -> None:
    api = as_user(cast.alice)
    assert api.post("contacts/", {"name": "Ines", "email": "nowhere"}).json()["errors"].keys() == {"email"}
    assert api.post("contacts/", {"name": "Ines", "company": 0}).json()["errors"].keys() == {"company"}
    assert api.patch(f"contacts/{cast.carol.pk}/", {"company": cast.acme.pk}).status_code == 422


def test_it_revises(cast: Cast, as_user: As) -> None:
    answer = as_user(cast.alice).patch(f"contacts/{cast.carol.pk}/", {"phone": "+49 1"})
    assert (answer.json()["phone"], answer["ETag"]) == ("+49 1", '"2"')
    assert as_user(cast.charlie).patch(f"contacts/{cast.carol.pk}/", {"phone": ""}).status_code == 403


def test_positions_come_and_go(cast: Cast, as_user: As) -> None:
    api, address = as_user(cast.alice), f"contacts/{cast.carol.pk}/positions/"

    assert api.post(address, {"company": cast.globex.pk, "title": "Adviser"}).status_code == 201
    assert api.post(address, {"company": cast.acme.pk, "title": "Director"}).status_code == 201
    assert api.get(address).json()["results"] == [
        {"company": cast.acme.pk, "title": "Director"},
        {"company": cast.globex.pk, "title": "Adviser"},
    ]
    assert api.delete(f"{address}{cast.globex.pk}/").status_code == 204
    assert api.delete(f"{address}{cast.globex.pk}/").status_code == 404
    assert len(api.get(address).json()["results"]) == 1


def test_it_finds_by_company_and_address(cast: Cast, as_user: As) -> None:
    api = as_user(cast.bob)
    both = {"company": [cast.acme.pk, cast.globex.pk]}
    as_user(cast.alice).post(f"contacts/{cast.carol.pk}/positions/", {"company": cast.globex.pk})

    assert [each["id"] for each in api.get("contacts/", both).json()["results"]] == [cast.carol.pk]
    assert api.get("contacts/", {"email": "CAROL@acme.example"}).json()["results"][0]["id"] == cast.carol.pk
    assert api.get("contacts/", {"q": "nobody"}).json()["results"] == []
