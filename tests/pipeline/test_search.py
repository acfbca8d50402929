"""Search finds what one may read, also when it is misspelt."""

import pytest
from django.test import Client
from django.urls import reverse

from crm.access import reach_of
from pipeline.search import search
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def titles(cast: Cast, who: str, text: str) -> list[str]:
    return [hit.title for group in search(reach_of(getattr(cast, who)), text) for hit in group.hits]


def test_it_finds_deals_companies_and_contacts(cast: Cast) -> None:
    cast.deal("Acme renewal")
    assert titles(cast, "alice", "acme") == ["Acme renewal", "Acme"]
    assert titles(cast, "alice", "REYES") == ["Carol Reyes"]


def test_it_forgives_a_typo(cast: Cast) -> None:
    cast.deal("Telemetry for 12 pump stations")
    assert titles(cast, "alice", "telemtry") == ["Telemetry for 12 pump stations"]


def test_it_hides_other_teams_deals_but_not_shared_companies(cast: Cast) -> None:
    cast.deal("Globex telemetry", owner=cast.charlie)
    assert titles(cast, "alice", "globex") == ["Globex"]
    assert titles(cast, "charlie", "globex") == ["Globex telemetry", "Globex"]


def test_it_hides_what_is_archived(cast: Cast) -> None:
    from pipeline.actions import archive_deal

    archive_deal(cast.deal("Acme renewal"), by=cast.alice)
    assert titles(cast, "alice", "renewal") == []


def test_one_letter_is_not_a_question(cast: Cast) -> None:
    assert titles(cast, "alice", "a") == []


def test_the_page_works_without_javascript(cast: Cast, client: Client) -> None:
    cast.deal("Acme renewal")
    client.force_login(cast.alice, "crm.backends.PasswordBackend")
    page = client.get(reverse("pipeline:search"), {"q": "renewl"})
    assert "Acme renewal" in page.content.decode()
    typing = client.get(reverse("pipeline:search"), {"q": "renewl"}, headers={"HX-Request": "true"}).content.decode()
    assert "Acme renewal" in typing
    assert "<form" not in typing
