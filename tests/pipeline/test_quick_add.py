"""Quick-add: one line becomes a deal; what it cannot mean is said, and the line stays."""

import pytest
from django.test import Client

from contacts.models import Company, Source
from crm.access import reach_of
from pipeline.entering import companies_meant
from pipeline.models import Deal
from tests.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(client: Client, cast: Cast) -> Client:
    client.force_login(cast.mia, "crm.backends.PasswordBackend")
    return client


def test_owner_and_source_are_found_by_their_beginnings(mia: Client, cast: Cast) -> None:
    mia.post("/deals/new/", {"line": "Acme, pumps 5k € @bo #ref"})
    deal = Deal.objects.get()
    assert (deal.owner, deal.team, deal.source, deal.company) == (cast.bob, cast.north, cast.referral, cast.acme)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Acme, pumps @nobody", "Nothing here is called “nobody”."),
        ("Acme, pumps @charlie", "Nothing here is called “charlie”."),  # of another team: Mia may not write for him
        ("Acme, pumps #ref", "“ref” could be Referral, Refund: write more of it."),
        ("@bob", "Say at least what it is about."),
    ],
)
def test_what_it_cannot_mean_is_said_and_the_line_stays(mia: Client, cast: Cast, line: str, words: str) -> None:
    Source.objects.create(name="Refund")
    answer = mia.post("/deals/new/", {"line": line})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"line": [words]}
    assert f'value="{line}"' in answer.content.decode()
    assert not Deal.objects.exists()


def test_a_company_is_offered_for_a_slip(mia: Client, cast: Cast) -> None:
    Company.objects.create(name="Halden Meters", owner=cast.bob)
    reach = reach_of(cast.mia)
    assert companies_meant("Haldn", reach) == ["Halden Meters"]
    assert companies_meant("Halden Mters", reach) == ["Halden Meters"]
    assert companies_meant("Globex Industries", reach) == []
    assert companies_meant("Ac", reach) == []
    asked = mia.get("/deals/new/understood/", {"line": "Haldn, pumps 5k €"}).content.decode()
    assert 'name="guess" value="Halden Meters"' in asked
    assert "Halden Meters?" in asked
    mia.post("/deals/new/", {"line": "Haldn, pumps 5k €", "guess": "Halden Meters"})
    assert Deal.objects.get().company == Company.objects.get(name="Halden Meters")
    mia.post("/deals/new/", {"line": "Haldn, pumps 5k €", "guess": ""})
    assert Company.objects.filter(name="Haldn").exists()


def test_a_company_that_is_not_seen_is_not_offered(cast: Cast) -> None:
    cast.workspace.shares_contacts = False
    cast.workspace.save()
    assert companies_meant("Globx", reach_of(cast.alice)) == []
    assert companies_meant("Globx", reach_of(cast.charlie)) == ["Globex"]


def test_accents_do_not_make_a_second_company(mia: Client, cast: Cast) -> None:
    Company.objects.create(name="Müller AG", owner=cast.bob)
    mia.post("/deals/new/", {"line": "muller ag, pumps"})
    assert Deal.objects.get().company == Company.objects.get(name="Müller AG")
