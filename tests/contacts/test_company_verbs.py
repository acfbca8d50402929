"""create_company, create_companies, revise_company."""

from typing import Any

import pytest
from pytest_django import DjangoAssertNumQueries

from contacts.actions import create_companies, create_company, revise_company
from contacts.models import Company
from contacts.signals import companies_changed
from crm.errors import Conflict, Refused
from crm.models import Event
from tests.cast import Cast


def test_it_is_in_its_owners_team_and_leaves_an_event(cast: Cast) -> None:
    company = create_company(name=" Initech ", owner=cast.charlie, sector="Software", by=cast.dana)
    assert (company.name, company.team, company.version) == ("Initech", cast.south, 1)
    event = Event.objects.get(kind="company.created")
    assert (event.object_id, event.actor, event.owner_ids, event.team_ids) == (
        company.pk, cast.dana, [cast.charlie.pk], [cast.south.pk],
    )  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "errors"),
    [
        ({"name": "  "}, {"name": ["A name is needed."]}),
        ({"country": "XX"}, {"country": ["“XX” is not a country’s code."]}),
        ({"website": "not an address"}, {"website": ["Enter a valid URL."]}),
        ({"employees": -1}, {"employees": ["Ensure this value is greater than or equal to 0."]}),
        ({"employees": "many"}, {"employees": ["“many” value must be an integer."]}),
        ({"rank": 1}, {"rank": ["This cannot be changed here."]}),
    ],
)
def test_it_refuses(cast: Cast, fields: dict[str, Any], errors: dict[str, list[str]]) -> None:
    values: dict[str, Any] = {"name": "Initech", "owner": cast.alice, "by": cast.alice} | fields
    with pytest.raises(Refused) as refused:
        create_company(**values)
    assert refused.value.errors == errors
    assert not Company.objects.filter(name="Initech").exists()


def test_an_external_id_is_taken_once(cast: Cast) -> None:
    create_company(name="Initech", owner=cast.alice, external_id="7", by=None)
    with pytest.raises(Refused) as refused:
        create_company(name="Initrode", owner=cast.alice, external_id="7", by=None)
    assert refused.value.errors == {"external_id": ["Another record has this id."]}


def test_many_are_made_and_each_refusal_is_kept(cast: Cast) -> None:
    rows = [
        {"name": "One", "owner": cast.alice, "external_id": "1"},
        {"name": "", "owner": cast.alice},
        {"name": "Again", "owner": cast.alice, "external_id": "1"},
        {"name": "Two", "owner": cast.charlie},
    ]
    one, nameless, again, two = create_companies(rows, by=cast.dana)
    assert isinstance(one, Company)
    assert isinstance(two, Company)
    assert (one.team, two.team) == (cast.north, cast.south)
    assert isinstance(nameless, Refused)
    assert nameless.errors == {"name": ["A name is needed."]}
    assert isinstance(again, Refused)
    assert again.errors == {"external_id": ["Another record has this id."]}


def test_a_thousand_take_as_many_statements_as_one(
    cast: Cast, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(10):
        create_companies([{"name": f"N{n}", "owner": cast.alice, "external_id": str(n)} for n in range(1000)], by=None)


def test_a_revision_says_what_changed(cast: Cast) -> None:
    company = revise_company(cast.acme, by=cast.mia, phone="123", name="Acme")
    assert company.version == 2
    event = Event.objects.get(kind="company.revised")
    assert event.data == {"name": "Acme", "version": 2, "changed": {"phone": ["", "123"]}}


def test_no_change_leaves_no_trace(cast: Cast) -> None:
    assert revise_company(cast.acme, by=cast.mia, name="Acme", country="de").version == 1
    assert not Event.objects.filter(kind="company.revised").exists()


def test_another_owner_means_another_team(cast: Cast) -> None:
    company = revise_company(cast.acme, by=cast.dana, owner=cast.charlie)
    assert company.team == cast.south
    event = Event.objects.get(kind="company.revised")
    assert (event.owner_ids, event.team_ids) == (
        sorted([cast.alice.pk, cast.charlie.pk]), sorted([cast.north.pk, cast.south.pk]),
    )  # fmt: skip


def test_it_keeps_whose_company_may_not_be_given_to_who_left(cast: Cast) -> None:
    cast.bob.is_active = False
    cast.bob.save()
    with pytest.raises(Refused) as refused:
        revise_company(cast.acme, by=cast.dana, owner=cast.bob)
    assert refused.value.errors == {"owner": ["Bob no longer works here."]}


def test_reports_hear_of_another_sector_only(cast: Cast) -> None:
    heard: list[list[int]] = []

    def hear(company_ids: list[int], **kwargs: Any) -> None:
        heard.append(company_ids)

    companies_changed.connect(hear)
    revise_company(cast.acme, by=None, phone="1")
    revise_company(cast.acme, by=None, sector="Energy")
    companies_changed.disconnect(hear)
    assert heard == [[cast.acme.pk]]


def test_it_tells_of_a_conflict_in_the_same_field(cast: Cast) -> None:
    revise_company(cast.acme, by=cast.mia, phone="1")
    with pytest.raises(Conflict) as conflict:
        revise_company(cast.acme, version=1, by=cast.alice, phone="2")
    assert conflict.value.current.phone == "1"
    assert revise_company(cast.acme, version=1, by=cast.alice, website="acme.example").version == 3
