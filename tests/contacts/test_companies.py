"""The list and the page of companies."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from contacts.actions import create_companies
from contacts.models import Company
from crm.models import Workspace
from tests.cast import Cast


def names(client: Client, query: str = "") -> list[str]:
    return [company.name for company in client.get(f"/companies/{query}").context["listed"].rows]


@pytest.fixture
def alice(client: Client, cast: Cast) -> Client:
    client.force_login(cast.alice)
    return client


def test_it_wants_a_sign_in(client: Client, db: None) -> None:
    assert client.get("/companies/")["Location"] == "/sign-in/?next=/companies/"


def test_everyone_sees_every_company(alice: Client) -> None:
    assert names(alice) == ["Acme", "Globex"]


def test_a_workspace_may_keep_them_apart(alice: Client, cast: Cast) -> None:
    Workspace.objects.update(shares_contacts=False)
    assert names(alice) == ["Acme"]
    assert alice.get(f"/companies/{cast.globex.pk}/").status_code == 404


def test_it_finds_in_spite_of_a_typo(alice: Client, cast: Cast) -> None:
    assert names(alice, "?q=globx") == ["Globex"]
    assert names(alice, "?q=ACM") == ["Acme"]
    assert names(alice, "?q=zzz") == []


def test_it_narrows_by_sector_country_and_owner(alice: Client, cast: Cast) -> None:
    assert names(alice, "?sector=Water") == ["Acme"]
    assert names(alice, "?country=FR") == ["Globex"]
    assert names(alice, f"?owner={cast.charlie.pk}&sector=Water") == []


def test_it_pages_by_name(alice: Client, cast: Cast) -> None:
    create_companies([{"name": f"Dup {n // 3:03}", "owner": cast.bob} for n in range(120)], by=None)
    seen, address = [], "/companies/?owner=" + str(cast.bob.pk)
    while address:
        listed = alice.get(address).context["listed"]
        seen += [company.pk for company in listed.rows]
        address = f"/companies/{listed.next_url}" if listed.next_url else ""
    assert len(seen) == len(set(seen)) == 120
    assert seen == list(Company.objects.filter(owner=cast.bob).order_by("name", "pk").values_list("pk", flat=True))


def test_more_rows_come_as_rows(alice: Client, cast: Cast) -> None:
    create_companies([{"name": f"Row {n:03}", "owner": cast.bob} for n in range(60)], by=None)
    url = alice.get("/companies/").context["listed"].next_url
    answer = alice.get(f"/companies/{url}", headers={"HX-Request": "true"}).content.decode()
    assert answer.lstrip().startswith("<tr>")
    assert "Row 059" in answer


def test_its_queries_do_not_grow(
    alice: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    create_companies([{"name": f"Row {n:03}", "owner": cast.bob} for n in range(49)], by=None)
    with django_assert_max_num_queries(8):
        alice.get("/companies/")


def test_the_page_shows_facts_people_and_history(alice: Client, cast: Cast) -> None:
    text = alice.get(f"/companies/{cast.acme.pk}/").content.decode()
    for expected in ("Acme", "Water", "Germany", "Carol Reyes", "Head of operations", "carol@acme.example"):
        assert expected in text


def test_the_pages_queries_do_not_grow(
    alice: Client, cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(8):
        alice.get(f"/companies/{cast.acme.pk}/")


def test_only_who_may_change_it_is_offered_to(client: Client, cast: Cast) -> None:
    client.force_login(cast.charlie)
    assert "/edit/" not in client.get(f"/companies/{cast.acme.pk}/").content.decode()
    assert client.get(f"/companies/{cast.acme.pk}/edit/").status_code == 404
    client.force_login(cast.mia)
    assert client.get(f"/companies/{cast.acme.pk}/edit/").status_code == 200


def test_its_deals_are_those_the_reader_may_see(client: Client, cast: Cast) -> None:
    cast.deal("Weir", owner=cast.alice)
    cast.deal("Sluice", owner=cast.charlie, currency_id="USD")
    cast.deal("Lock", owner=cast.alice, currency_id="JPY")

    def section(user: object) -> str:
        client.force_login(user)  # type: ignore[arg-type]
        return client.get(f"/companies/{cast.acme.pk}/deals/", headers={"HX-Request": "true"}).content.decode()

    assert "Weir" in section(cast.alice)
    assert "Sluice" not in section(cast.alice)
    assert "<strong>2</strong> open · <strong>€1,000</strong> + ¥1,000" in section(cast.alice)
    assert "<strong>3</strong> open · <strong>€1,900</strong>" in section(cast.dana)


def test_it_finds_by_website(alice: Client, cast: Cast) -> None:
    Company.objects.filter(pk=cast.globex.pk).update(website="https://www.gx-energie.example/start")
    assert names(alice, "?q=gx-energie.ex") == ["Globex"]
