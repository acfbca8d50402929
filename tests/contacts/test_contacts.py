"""The list, the page and the forms of contacts, and who works where."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from contacts.actions import create_contact, create_contacts
from contacts.models import Contact
from tests.cast import Cast


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


def names(client: Client, query: str = "") -> list[str]:
    return [contact.name for contact in client.get(f"/contacts/{query}").context["listed"].rows]


def test_it_finds_by_name_with_a_typo_and_by_email(alice: Client, cast: Cast) -> None:
    create_contact(name="Holger Brandt", email="hb@ruhr.example", owner=cast.bob, by=None)
    assert names(alice) == ["Carol Reyes", "Holger Brandt"]
    assert names(alice, "?q=karol") == ["Carol Reyes"]
    assert names(alice, "?q=ruhr.ex") == ["Holger Brandt"]
    assert names(alice, f"?owner={cast.bob.pk}") == ["Holger Brandt"]


def test_its_queries_do_not_grow(
    alice: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    rows = [{"name": f"P {n}", "owner": cast.alice, "company": cast.acme} for n in range(49)]
    create_contacts(rows, by=None)
    with django_assert_max_num_queries(8):
        alice.get("/contacts/")


def test_the_page_shows_where_they_work(alice: Client, cast: Cast) -> None:
    text = alice.get(f"/contacts/{cast.carol.pk}/").content.decode()
    assert "Acme" in text
    assert "Head of operations" in text


def test_a_new_contact_may_be_at_a_company(alice: Client, cast: Cast) -> None:
    assert "Works at Globex" in alice.get(f"/contacts/new/?company={cast.globex.pk}").content.decode()
    form = {"name": "Ines", "owner": cast.alice.pk, "company": cast.globex.pk, "title": "Buyer"}
    assert alice.post("/contacts/new/", form).status_code == 302
    assert Contact.objects.get(name="Ines").positions.get().title == "Buyer"


def test_the_same_email_asks_first(alice: Client, cast: Cast) -> None:
    form = {"name": "C. R.", "owner": cast.alice.pk, "email": "CAROL@acme.example"}
    answer = alice.post("/contacts/new/", form)
    assert answer.status_code == 422
    assert answer.context["similar"] == [cast.carol]


def test_it_is_changed_by_who_may(client: Client, cast: Cast) -> None:
    form = {"name": "Carol R.", "owner": cast.alice.pk, "email": "carol@acme.example", "version": "1"}
    client.force_login(cast.bob)
    assert client.post(f"/contacts/{cast.carol.pk}/edit/", form).status_code == 404
    client.force_login(cast.alice)
    assert client.post(f"/contacts/{cast.carol.pk}/edit/", form).status_code == 302
    assert Contact.objects.get(pk=cast.carol.pk).name == "Carol R."


def test_a_contact_is_linked_found_by_name(alice: Client, cast: Cast) -> None:
    ines = create_contact(name="Ines Ferreira", owner=cast.alice, by=None)
    page = alice.get(f"/companies/{cast.acme.pk}/people/?q=ines")
    assert list(page.context["found"]) == [ines]
    alice.post(f"/companies/{cast.acme.pk}/people/", {"end": ines.pk, "title": "Buyer"})
    assert cast.acme.positions.get(contact=ines).title == "Buyer"


def test_a_company_is_linked_from_the_contact(alice: Client, cast: Cast) -> None:
    page = alice.get(f"/contacts/{cast.carol.pk}/companies/?q=glob")
    assert list(page.context["found"]) == [cast.globex]
    alice.post(f"/contacts/{cast.carol.pk}/companies/", {"end": cast.globex.pk, "title": "Adviser"})
    assert cast.carol.positions.get(company=cast.globex).title == "Adviser"


def test_a_job_title_is_changed_and_taken_away(client: Client, cast: Cast) -> None:
    position = cast.carol.positions.get()
    client.force_login(cast.charlie)
    assert client.post(f"/positions/{position.pk}/", {"title": "x"}).status_code == 404
    client.force_login(cast.alice)
    client.post(f"/positions/{position.pk}/", {"title": "Director"})
    position.refresh_from_db()
    assert position.title == "Director"
    answer = client.post(f"/positions/{position.pk}/", {"remove": "1", "at": "contact"})
    assert answer["Location"] == f"/contacts/{cast.carol.pk}/"
    assert cast.carol.positions.count() == 0


def test_linking_nobody_says_so_and_keeps_the_job_title(alice: Client, cast: Cast) -> None:
    create_contact(name="Ines Ferreira", owner=cast.alice, by=None)
    for chosen in ("", "0", "999999", "x"):
        answer = alice.post(f"/companies/{cast.acme.pk}/people/", {"end": chosen, "title": "Buyer"})
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["end"])
        assert 'value="Buyer"' in answer.content.decode()
