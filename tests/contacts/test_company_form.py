"""Adding and changing companies on the page: text is kept, duplicates are asked about, nobody is overwritten."""

import pytest
from django.test import Client

from contacts.actions import revise_company
from contacts.models import Company
from tests.cast import Cast


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


def typed(cast: Cast, **fields: str) -> dict[str, str]:
    return {"name": "Initech", "owner": str(cast.alice.pk), "country": "DE"} | fields


def test_it_adds_a_company(alice: Client, cast: Cast) -> None:
    answer = alice.post("/companies/new/", typed(cast, website="initech.example", employees="120"))
    company = Company.objects.get(name="Initech")
    assert answer["Location"] == f"/companies/{company.pk}/"
    assert (company.website, company.employees, company.team) == ("https://initech.example", 120, cast.north)


def test_errors_stand_beside_the_text(alice: Client, cast: Cast) -> None:
    Company.objects.filter(pk=cast.acme.pk).update(external_id="A1")
    answer = alice.post("/companies/new/", typed(cast, external_id="A1", note="Call on Monday"))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"external_id": ["Another record has this id."]}
    assert "Call on Monday" in answer.content.decode()


def test_it_asks_about_what_may_be_there_already(alice: Client, cast: Cast) -> None:
    answer = alice.post("/companies/new/", typed(cast, name="Acme Ltd"))
    assert answer.status_code == 422
    assert answer.context["similar"] == [cast.acme]
    assert alice.post("/companies/new/", typed(cast, name="Acme Ltd", anyway="1")).status_code == 302


def test_a_rep_gives_companies_to_oneself_only(alice: Client, cast: Cast) -> None:
    answer = alice.post("/companies/new/", typed(cast, owner=str(cast.bob.pk)))
    assert answer.status_code == 422
    assert "owner" in answer.context["form"].errors


def test_a_reader_adds_nothing(client: Client, cast: Cast) -> None:
    client.force_login(cast.ravi)
    assert client.get("/companies/new/").status_code == 403


def test_it_changes_only_what_was_typed(alice: Client, cast: Cast) -> None:
    form = typed(cast, name="Acme", sector="Water", version="1", phone="1")
    revise_company(cast.acme, by=cast.mia, website="https://acme.example")
    assert alice.post(f"/companies/{cast.acme.pk}/edit/", form).status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.phone, cast.acme.website) == ("1", "https://acme.example")


def test_line_ends_of_browsers_are_no_change(alice: Client, cast: Cast) -> None:
    revise_company(cast.acme, by=cast.mia, note="One\nTwo")
    form = typed(cast, name="Acme", sector="Water", version="2", note="One\r\nTwo")
    assert alice.post(f"/companies/{cast.acme.pk}/edit/", form).status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.note, cast.acme.version) == ("One\nTwo", 2)


def test_a_conflict_keeps_both_and_asks(alice: Client, cast: Cast) -> None:
    revise_company(cast.acme, by=cast.mia, phone="2", website="https://acme.example")
    form = typed(cast, name="Acme", sector="Water", version="1", phone="1")
    answer = alice.post(f"/companies/{cast.acme.pk}/edit/", form)
    text = answer.content.decode()
    assert answer.status_code == 409
    assert "<b>Mia</b> changed the company <b>Acme</b>" in text
    assert 'value="1"' in text
    cast.acme.refresh_from_db()
    assert cast.acme.phone == "2"
    shown = answer.context["form"]
    again = {name: shown[name].value() or "" for name in shown.fields}
    assert alice.post(f"/companies/{cast.acme.pk}/edit/", again).status_code == 302
    cast.acme.refresh_from_db()
    assert (cast.acme.phone, cast.acme.website) == ("1", "https://acme.example")
