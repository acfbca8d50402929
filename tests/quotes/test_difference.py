"""The page that says what changed from one version to another."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.test import Client

from pipeline.actions import Line
from quotes.actions import Item, draft_quote, items_of, mark_sent, revise_quote, save_quote
from quotes.comparing import compare
from quotes.differing import facts_of, lines_of
from quotes.lines import rows_of
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def test_it_tells_what_became_of_lines_and_facts(client: Client, cast: Cast) -> None:
    deal = cast.deal(lines=[Line(cast.pump, Decimal(2)), Line(cast.sensor)])
    first = mark_sent(draft_quote(deal, by=cast.alice), by=cast.alice)
    second = revise_quote(first, by=cast.alice)
    pump, _sensor = items_of(rows_of(second))
    lines = [
        replace(pump, quantity=Decimal(3), discount=Decimal(5)),
        Item(name="Travel", unit_price=Decimal(80)),
    ]
    second = save_quote(second, lines=lines, title="Pumps only", terms="Prepaid", by=cast.alice)
    found = compare(first, second)
    told = {fact.label: (fact.before, fact.after) for fact in facts_of(found)}
    assert told["Title"] == ("Pump station", "Pumps only")
    assert told["Terms"] == ("–", "Prepaid")
    assert told["Net"] == ("599.90", "792.50")
    assert [(line.name, line.state, [tuple(fact) for fact in line.facts]) for line in lines_of(found)] == [
        ("Pump", "changed", [("Quantity", "2", "3"), ("Discount", "–", "5%"), ("Net", "500.00", "712.50")]),
        ("Sensor", "gone", [("Net", "99.90", "–")]),
        ("Travel", "new", [("Net", "–", "80.00")]),
    ]
    client.force_login(cast.bob)
    page = client.get(f"/quotes/{second.pk}/difference/").content.decode()
    assert "Pumps only" in page
    assert "removed" in page


def test_a_first_version_has_nothing_before_it(client: Client, cast: Cast) -> None:
    quote = draft_quote(cast.deal(), by=cast.alice)
    client.force_login(cast.alice)
    assert "no earlier version" in client.get(f"/quotes/{quote.pk}/difference/").content.decode()
