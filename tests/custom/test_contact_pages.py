"""Custom fields of companies and contacts: page, form, list, history."""

from typing import Any

import pytest
from django.test import Client

from contacts.actions import create_company, create_contact, revise_company
from contacts.models import Company, Contact
from crm.errors import Refused
from tests.cast import Cast
from tests.custom.fields import custom, custom_field, one_of_each

pytestmark = pytest.mark.django_db
SENT: dict[str, Any] = {
    "custom.text": "Blue",
    "custom.number": "0",
    "custom.money_0": "1200.50",
    "custom.money_1": "USD",
    "custom.date": "2026-12-31",
    "custom.choice": "huge",
    "custom.choices": ["huge", "small"],
    "custom.link": "example.com/a",
    "custom.yes_no": "no",
}
KEPT: dict[str, Any] = {
    "text": "Blue",
    "number": "0",
    "money": {"amount": "1200.5", "currency": "USD"},
    "date": "2026-12-31",
    "choice": "huge",
    "choices": ["small", "huge"],
    "link": "https://example.com/a",
    "yes_no": False,
}
NOUNS = [("company", "companies"), ("contact", "contacts")]


@pytest.fixture
def alice(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.alice)
    return client


def record(noun: str, cast: Cast) -> Any:
    return Company.objects.get(pk=cast.acme.pk) if noun == "company" else Contact.objects.get(pk=cast.carol.pk)


@pytest.mark.parametrize(("noun", "plural"), NOUNS)
def test_they_are_typed_shown_and_in_history(alice: Client, cast: Cast, noun: str, plural: str) -> None:
    one_of_each(noun)
    found = record(noun, cast)
    address = f"/{plural}/{found.pk}/"
    sent = {"name": found.name, "owner": cast.alice.pk, "version": 1, "custom.person": cast.bob.pk, **SENT}
    assert alice.post(f"{address}edit/", sent)["Location"] == address
    assert record(noun, cast).custom == KEPT | {"person": cast.bob.pk}
    page = alice.get(address).content.decode()
    for text in (
        "Blue",
        "$1,200.50",
        "31 Dec 2026",
        "Small, Huge",
        'href="https://example.com/a"',
        "The yes_no: – → No",
    ):
        assert text in page, text
    alice.post(f"{address}edit/", sent | {"version": 2})
    assert record(noun, cast).version == 2  # nothing was typed anew


@pytest.mark.parametrize(("noun", "plural"), NOUNS)
def test_a_new_one_is_asked_for_what_is_required(alice: Client, cast: Cast, noun: str, plural: str) -> None:
    custom_field("number", noun, label="Seats", is_required=True)
    sent: dict[str, Any] = {"name": "Newly added", "owner": cast.alice.pk}
    answer = alice.post(f"/{plural}/new/", sent)
    assert answer.status_code == 422
    assert alice.post(f"/{plural}/new/", sent | {"custom.number": "0"}).status_code == 302
    make: Any = create_company if noun == "company" else create_contact
    with pytest.raises(Refused, match="Seats is needed"):
        make(name="X", owner=cast.alice, by=cast.alice)


def test_a_company_named_in_passing_needs_no_more_than_its_name(alice: Client, cast: Cast) -> None:
    custom_field("number", "company", is_required=True)
    assert alice.post("/deals/new/", {"line": "Neptun, pumps"}).status_code == 302
    assert Company.objects.get(name="Neptun").custom == {}


def test_a_conflict_names_the_field_and_keeps_what_was_typed(alice: Client, cast: Cast) -> None:
    one_of_each("company")
    revise_company(cast.acme, by=cast.dana, **custom(choices=["large"], money=("5", "EUR"), number="12.345"))
    sent = {"name": "Acme", "owner": cast.alice.pk, "sector": "Water", "country": "DE", "version": 1}
    sent |= {"custom.choices": ["small"], "custom.text": "Mine"}
    answer = alice.post(f"/companies/{cast.acme.pk}/edit/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The choices: – → Large" in page
    assert 'value="small" class' in page or 'value="small" id' in page
    assert 'value="Mine"' in page
    assert 'value="12.345"' in page  # theirs, which was not touched
    revise_company(cast.acme, by=cast.dana, **custom(number="1"))
    sent = {"name": "Acme", "owner": cast.alice.pk, "sector": "Water", "country": "DE", "version": 2}
    sent |= {"custom.choices": ["large"], "custom.money_0": "5", "custom.money_1": "EUR", "custom.number": "12.345"}
    assert alice.post(f"/companies/{cast.acme.pk}/edit/", sent | {"custom.text": "Mine"}).status_code == 302
    kept = record("company", cast).custom
    assert kept == {"choices": ["large"], "money": {"amount": "5", "currency": "EUR"}, "number": "1", "text": "Mine"}


@pytest.mark.parametrize(("noun", "plural"), NOUNS)
def test_the_list_has_columns_filters_and_order(alice: Client, cast: Cast, noun: str, plural: str) -> None:
    one_of_each(noun)
    custom_field("text", noun, key="hidden", label="Hidden one", in_list=False)
    make: Any = create_company if noun == "company" else create_contact
    for name, number in (("Aa", "10"), ("Bb", "-1"), ("Cc", None)):
        make(name=name, owner=cast.alice, by=cast.alice, **custom(number=number, choice="small" if number else None))
    page = alice.get(f"/{plural}/").content.decode()
    assert "The number" in page
    assert "Hidden one</a>" not in page

    def names(query: str) -> list[str]:
        text = alice.get(f"/{plural}/?{query}").content.decode()
        return sorted(
            [name for name in ("Aa", "Bb", "Cc") if f">{name}</a>" in text], key=lambda n: text.index(f">{n}</a>")
        )

    assert names("sort=cf_number") == ["Cc", "Bb", "Aa"]
    assert names("sort=-cf_number") == ["Aa", "Bb", "Cc"]
    assert names("cf_number_from=0") == ["Aa"]
    assert names("cf_choice=small") == ["Aa", "Bb"]
    assert names("cf_nothing=1") == []
    assert "The choice <strong>Small</strong>" in alice.get(f"/{plural}/?cf_choice=small").content.decode()


def test_the_list_goes_on_where_the_page_before_ended(alice: Client, cast: Cast) -> None:
    custom_field("number", "company")
    for number in range(60):
        create_company(name=f"C{number:02}", owner=cast.alice, by=cast.alice, **custom(number=number % 7))
    seen: list[str] = []
    query = "?sort=-cf_number"
    while query:
        answer = alice.get(f"/companies/{query}")
        seen += [row.name for row in answer.context["listed"].rows]
        query = answer.context["listed"].next_url
    assert len(seen) == len(set(seen)) == 62
    assert seen[:2] == ["C55", "C48"]
