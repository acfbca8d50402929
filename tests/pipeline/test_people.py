"""set_people: who at the customer plays which part."""

import pytest

from contacts.models import Contact
from crm.errors import Refused
from pipeline.actions import set_people
from pipeline.models import Deal
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def ben(cast: Cast) -> Contact:
    return Contact.objects.create(name="Ben", owner=cast.alice, team=cast.north)


def people(deal: Deal) -> list[tuple[str, str]]:
    return [(link.contact.name, link.role) for link in deal.people.select_related("contact")]


def test_it_sets_people_and_roles(cast: Cast, ben: Contact) -> None:
    deal = set_people(cast.deal(), [(cast.carol, "decides"), (ben, "")], by=cast.alice)
    assert people(deal) == [("Carol Reyes", "decides"), ("Ben", "")]


def test_it_replaces_them(cast: Cast, ben: Contact) -> None:
    deal = cast.deal(people=[(cast.carol, "decides")])
    set_people(deal, [(ben, "blocks")], by=cast.alice)
    assert people(deal) == [("Ben", "blocks")]


def test_it_leaves_the_former_ones_in_history(cast: Cast, ben: Contact) -> None:
    deal = cast.deal(people=[(cast.carol, "decides")])
    deal = set_people(deal, [(ben, "")], by=cast.mia)
    change = deal.changes.get(version=2)
    assert (change.verb, change.by, change.was) == ("revised", cast.mia, {"people": [[cast.carol.pk, "decides"]]})


def test_the_same_people_are_no_change(cast: Cast) -> None:
    deal = cast.deal(people=[(cast.carol, "decides")])
    assert set_people(deal, [(cast.carol, "decides")], by=cast.alice).version == 1


def test_a_contact_stands_there_once(cast: Cast) -> None:
    deal = cast.deal()
    with pytest.raises(Refused) as refused:
        set_people(deal, [(cast.carol, "decides"), (cast.carol, "uses")], by=cast.alice)
    assert refused.value.errors.keys() == {"people"}
    assert people(deal) == []


def test_a_role_is_one_of_the_roles(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        set_people(cast.deal(), [(cast.carol, "wizard")], by=cast.alice)
    assert refused.value.errors.keys() == {"people"}
