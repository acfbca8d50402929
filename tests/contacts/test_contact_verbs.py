"""create_contact, create_contacts, revise_contact, link_contact, unlink_contact, sources."""

import pytest

from contacts.actions import (
    create_contact,
    create_contacts,
    create_source,
    link_contact,
    revise_contact,
    revise_source,
    unlink_contact,
)
from contacts.models import Contact
from crm.errors import Refused
from crm.models import Event
from tests.cast import Cast


def test_it_may_come_with_a_company(cast: Cast) -> None:
    contact = create_contact(
        name="Ines", email="ines@globex.example", owner=cast.bob, company=cast.globex, title="Buyer", by=cast.bob
    )
    assert [(position.company, position.title) for position in contact.positions.all()] == [(cast.globex, "Buyer")]
    assert list(Event.objects.order_by("id").values_list("kind", flat=True)[:9])[-2:] == [
        "contact.created", "contact.linked",
    ]  # fmt: skip


def test_a_bad_email_is_refused(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        create_contact(name="Ines", email="nonsense", owner=cast.bob, by=cast.bob)
    assert refused.value.errors == {"email": ["Enter a valid email address."]}


def test_many_at_once_keep_their_order(cast: Cast) -> None:
    rows = [{"name": name, "owner": cast.alice, "company": cast.acme, "title": "T"} for name in ("B", "", "A")]
    made = create_contacts(rows, by=None)
    assert [getattr(each, "name", None) for each in made] == ["B", None, "A"]
    assert cast.acme.positions.filter(title="T").count() == 2


def test_a_revision_counts(cast: Cast) -> None:
    contact = revise_contact(cast.carol, by=cast.alice, phone="5", owner=cast.bob)
    assert (contact.version, contact.team) == (2, cast.north)


def test_linking_again_changes_the_title(cast: Cast) -> None:
    position = link_contact(cast.carol, company=cast.acme, title="Director", by=cast.alice)
    assert position.title == "Director"
    assert cast.carol.positions.count() == 1
    link_contact(cast.carol, company=cast.acme, title="Director", by=cast.alice)
    assert Event.objects.filter(kind="contact.linked").count() == 1


def test_unlinking_leaves_the_contact(cast: Cast) -> None:
    unlink_contact(cast.carol, company=cast.acme, by=cast.alice)
    assert Contact.objects.filter(pk=cast.carol.pk).exists()
    assert cast.acme.positions.count() == 0
    assert Event.objects.get(kind="contact.unlinked").data["company_name"] == "Acme"


def test_sources_have_one_name_each(cast: Cast) -> None:
    fair = create_source(name="Trade fair", by=cast.dana)
    assert fair.position == 1
    with pytest.raises(Refused):
        create_source(name="REFERRAL", by=cast.dana)
    assert revise_source(fair, by=cast.dana, is_active=False).is_active is False
