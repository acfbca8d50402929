"""What a value of each kind is."""

import json
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.custom.kinds import KINDS, BadValue

KNOWN = ["small", "large", "huge"]
GOOD: list[tuple[str, Any, Any]] = [
    ("text", "  two words ", "two words"),
    ("text", "a\r\nb", "a\nb"),
    ("number", "0", "0"),
    ("number", "-0.00", "0"),
    ("number", 12, "12"),
    ("number", Decimal("1E+3"), "1000"),
    ("number", "12.50", "12.5"),
    ("money", {"amount": "0", "currency": "EUR"}, {"amount": "0", "currency": "EUR"}),
    ("money", (Decimal("12.50"), "USD"), {"amount": "12.5", "currency": "USD"}),
    ("date", date(2026, 2, 28), "2026-02-28"),
    ("date", "2024-02-29", "2024-02-29"),
    ("choice", "large", "large"),
    ("choices", ["huge", "small", "huge"], ["small", "huge"]),
    ("choices", [], None),
    ("person", 7, 7),
    ("link", "http://example.com/a?b#c", "http://example.com/a?b#c"),
    ("link", "example.com/a", "https://example.com/a"),
    ("yes_no", False, False),
    ("yes_no", True, True),
]
BAD: list[tuple[str, Any]] = [
    ("text", 5),
    ("text", "a\x00b"),
    ("text", "\ud800"),
    ("text", "x" * 2001),
    ("number", True),
    ("number", "12,5"),
    ("number", "1e5"),
    ("number", "NaN"),
    ("number", Decimal("Infinity")),
    ("number", "٣"),
    ("number", "1" * 19),
    ("money", "12"),
    ("money", {"amount": "12"}),
    ("money", {"amount": "12", "currency": "eur"}),
    ("money", {"amount": "12.1234", "currency": "EUR"}),
    ("money", {"amount": "1000000000000000", "currency": "EUR"}),
    ("date", datetime(2026, 1, 1)),  # noqa: DTZ001
    ("date", "2026-02-30"),
    ("date", "20260228"),
    ("choice", "tiny"),
    ("choice", ["small"]),
    ("choices", "small"),
    ("choices", ["small", "tiny"]),
    ("person", "7"),
    ("person", True),
    ("person", 0),
    ("link", "javascript:alert(1)"),
    ("link", "ftp://example.com"),
    ("link", "https://"),
    ("link", "https://exa mple.com"),
    ("link", 'https://example.com/"onclick'),
    ("yes_no", "yes"),
    ("yes_no", 1),
]


@pytest.mark.parametrize(("kind", "value", "kept"), GOOD)
def test_it_keeps_one_spelling(kind: str, value: Any, kept: Any) -> None:
    assert KINDS[kind].clean(value, KNOWN) == kept
    assert type(KINDS[kind].clean(value, KNOWN)) is type(kept)


@pytest.mark.parametrize(("kind", "value"), BAD)
def test_it_refuses(kind: str, value: Any) -> None:
    with pytest.raises(BadValue):
        KINDS[kind].clean(value, KNOWN)


@pytest.mark.parametrize(("kind", "value", "kept"), GOOD)
def test_what_json_gives_back_is_the_same_value(kind: str, value: Any, kept: Any) -> None:
    if kept is not None:
        assert KINDS[kind].clean(json.loads(json.dumps(kept)), KNOWN) == kept


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**17), max_value=10**17, places=10))
def test_a_number_loses_nothing(value: Decimal) -> None:
    kept = KINDS["number"].clean(value, ())
    assert Decimal(kept) == value
    assert KINDS["number"].clean(kept, ()) == kept


@given(st.one_of(st.text(), st.integers(), st.floats(), st.booleans(), st.none(), st.lists(st.text()), st.binary()))
def test_anything_else_is_a_sentence_never_a_crash(value: Any) -> None:
    for kind in KINDS.values():
        try:
            kept = kind.clean(value, KNOWN)
        except BadValue as bad:
            assert str(bad)  # noqa: PT017
        else:
            json.dumps(kept)


@given(st.text())
def test_text_of_an_address_is_read_or_refused(text: str) -> None:
    for kind in KINDS.values():
        try:
            kind.read(text, KNOWN)
        except BadValue as bad:
            assert str(bad)  # noqa: PT017
