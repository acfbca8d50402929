"""Folding and matching: what is shown as found, and how many slips a word may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.folding import words_of
from crm.matching import BEGINS, ELSEWHERE, EXACT, INSIDE, WORDS, level, slips, spans


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Müller", ["muller"]),
        ("  ВОДОКАНАЛ  Ёлка", ["водоканал", "елка"]),
        ("https://www.Acme.example/", ["acme.example"]),
        ("Nguyễn, Đà Nẵng", ["nguyen", "da", "nang"]),
        ("a b c d e f g h", ["a", "b", "c", "d", "e", "f"]),
        ("\x00", []),
    ],
)
def test_a_question_is_folded_into_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("Acme", "acme", EXACT),
        ("Acme Ltd", "acme", BEGINS),
        ("The Acme of Böblingen", "acme bob", WORDS),
        ("Macmed", "acme", INSIDE),
        ("Globex", "acme", ELSEWHERE),
    ],
)
def test_how_well_a_text_answers(text: str, asked: str, expected: int) -> None:
    assert level(text, asked.split()) == expected


@pytest.mark.parametrize(
    ("asked", "text", "expected"),
    [
        ("halden metrs", "Halden Meters", 1),
        ("telemtry", "Telemetry for 12 pumps", 1),
        ("srevice", "Turbine service", 1),  # swapped
        ("telemt", "Telemetry", 1),  # still typing
        ("acne", "Acme", 1),
        ("водоканла", "Водоканал", 1),
        ("muler", "Müller", 1),
        ("cat", "Car", None),  # short words are meant
        ("4711", "4712", None),  # and numbers
        ("globex", "Acme", None),
    ],
)
def test_slips_of_the_finger(asked: str, text: str, expected: int | None) -> None:
    assert slips(asked.split(), text) == expected


@pytest.mark.parametrize(
    ("text", "asked", "found"),
    [
        ("Straße der Müller", "mull", ["Müll"]),
        ("Straße der Müller", "strasse", ["Straße"]),
        ("Halden Meters", "halden metrs", ["Halden", "Meters"]),
        ("Áá", "a", ["Áá"]),
        ("Acme", "x", []),
    ],
)
def test_what_was_found_is_marked(text: str, asked: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in spans(text, asked.split())] == found


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=10), max_size=3))
def test_marks_never_overlap(text: str, words: list[str]) -> None:
    ends = [at for span in spans(text, words) for at in span]
    assert ends == sorted(set(ends))
    assert all(0 <= at <= len(text) for at in ends)
