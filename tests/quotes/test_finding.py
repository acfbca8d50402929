"""Quotes in the palette and the search."""

import pytest
from django.test import Client

from crm.access import reach_of
from pipeline.search import search
from quotes.actions import draft_quote
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_a_quote_is_found_by_its_number(client: Client, cast: Cast) -> None:
    quote = draft_quote(cast.deal("Level sensors"), by=cast.alice)
    client.force_login(cast.alice)
    page = client.get("/search/", {"q": quote.number}).content.decode()
    assert f'href="/quotes/{quote.pk}/"' in page


def test_by_title_and_company_too(cast: Cast) -> None:
    quote = draft_quote(cast.deal("Level sensors"), by=cast.alice)
    found = {group.kind: [hit.pk for hit in group.hits] for group in search(reach_of(cast.alice), "acme sensors")}
    assert found["quote"] == [quote.pk]


def test_not_those_of_another_team(cast: Cast) -> None:
    quote = draft_quote(cast.deal(), by=cast.alice)
    assert [group.kind for group in search(reach_of(cast.charlie), quote.number)] == []
