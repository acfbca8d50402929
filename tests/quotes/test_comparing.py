"""compare: what became of a quote from one version to another."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from quotes.actions import Item, mark_sent, revise_quote, save_quote
from quotes.comparing import Comparison, compare
from quotes.models import LineItem, Quote
from tests.cast import Cast
from tests.quotes.offers import again, drafted, items

pytestmark = pytest.mark.django_db


@pytest.fixture
def old(cast: Cast) -> Quote:
    return mark_sent(drafted(cast), by=cast.alice)


@pytest.fixture
def new(cast: Cast, old: Quote) -> Quote:
    return revise_quote(old, by=cast.alice)


def lines_of(comparison: Comparison) -> list[tuple[str | None, str | None, list[str]]]:
    def name(line: LineItem | None) -> str | None:
        return line.name if line else None

    return [
        (name(pair.before), name(pair.after), pair.changed if pair.before and pair.after else [])
        for pair in comparison.lines
    ]


def test_copies_are_the_same(old: Quote, new: Quote) -> None:
    assert compare(old, new).differences == []


def test_fields_and_lines_that_changed_are_told(cast: Cast, old: Quote, new: Quote) -> None:
    pumps, _sensor = items(new)
    freight = Item(name="Freight", unit_price=Decimal(50))
    lines = [replace(pumps, quantity=Decimal(3)), freight]
    new = save_quote(new, title="Phase 1", lines=lines, by=cast.alice)
    comparison = compare(old, new)
    assert [(each.what, each.before, each.after) for each in comparison.fields] == [
        ("title", "Pump station", "Phase 1"), ("net", Decimal("599.90"), 800), ("total", Decimal("599.90"), 800),
    ]  # fmt: skip
    assert lines_of(comparison) == [("Pump", "Pump", ["quantity", "net"]), ("Sensor", None, []), (None, "Freight", [])]
    assert [(each.line, each.what) for each in comparison.differences[3:]] == [
        ("Pump", "quantity"), ("Pump", "net"), ("Sensor", "line"), ("Freight", "line"),
    ]  # fmt: skip


def test_a_line_that_was_moved_is_the_same_line(cast: Cast, old: Quote, new: Quote) -> None:
    pumps, sensor = items(new)
    new = save_quote(new, lines=[replace(sensor, discount=Decimal(5)), pumps], by=cast.alice)
    assert lines_of(compare(old, new)) == [("Sensor", "Sensor", ["discount", "net"]), ("Pump", "Pump", [])]


def test_its_queries_do_not_grow(cast: Cast, old: Quote, new: Quote) -> None:
    counts = []
    for count in (1, 20):
        new = save_quote(new, lines=[Item(product=cast.pump)] * count, by=cast.alice)
        with CaptureQueriesContext(connection) as queries:
            assert compare(again(old), again(new)).differences
        counts.append(len(queries))
    assert counts[0] == counts[1]
