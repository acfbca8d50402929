"""understand: one line in, what it says out."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.quickadd import Understood, understand

TODAY = date(2026, 11, 19)  # a Thursday
FRIDAY = date(2026, 11, 20)
CODES = frozenset({"EUR", "USD", "BGN"})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("Acme renewal 12k €, Friday", Understood("Acme renewal", "", Decimal(12000), "EUR", "", FRIDAY)),
        ("Acme, sensors 14k €, Friday", Understood("Sensors", "Acme", Decimal(14000), "EUR", "", FRIDAY)),
        ("Acme, pumps €1,250.50", Understood("Pumps", "Acme", Decimal("1250.5"), "EUR")),
        ("Acme, pumps 1.250.000 USD", Understood("Pumps", "Acme", Decimal(1250000), "USD")),
        ("Acme, pumps 12.500 €", Understood("Pumps", "Acme", Decimal(12500), "EUR")),
        ("Acme, pumps 2.5m", Understood("Pumps", "Acme", Decimal(2500000))),
        ("Acme, pumps 5 GBP", Understood("Pumps 5 GBP", "Acme")),  # not in use here
        ("Acme, pumps, closes 31 Dec", Understood("Pumps", "Acme", closes_on=date(2026, 12, 31))),
        ("Acme, pumps by 2027-01-15", Understood("Pumps", "Acme", closes_on=date(2027, 1, 15))),
        ("Acme, pumps, 24.12.", Understood("Pumps", "Acme", next_on=date(2026, 12, 24))),
        ("Acme, pumps, 5 Jan", Understood("Pumps", "Acme", next_on=date(2027, 1, 5))),
        ("Acme, pumps, call Ines tomorrow", Understood("Pumps", "Acme", next_step="call Ines", next_on=FRIDAY)),
        ("Acme, pumps, Thursday", Understood("Pumps", "Acme", next_on=date(2026, 11, 26))),  # a week from now
        ("Pump 3", Understood("Pump 3")),
        ("31.02.2027", Understood("31.02.2027")),  # there is no such day
        ("", Understood()),
    ],
)
def test_english(line: str, said: Understood) -> None:
    assert understand(line, today=TODAY, codes=CODES) == said


@pytest.mark.parametrize(
    ("line", "language"),
    [
        ("Водоканал, датчици 14 хил. лв, петък", "bg"),
        ("Водоканал, датчики 14 тыс BGN, пятница", "ru"),
        ("供水公司，传感器 1.4万 BGN，星期五", "zh-hans"),
        ("Cấp nước, cảm biến 14k BGN, Thứ Sáu", "vi"),
    ],
)
def test_other_languages(line: str, language: str) -> None:
    said = understand(line, today=TODAY, codes=CODES, language=language)
    assert (said.amount, said.currency, said.next_on) == (14000, "BGN", FRIDAY)
    assert said.company
    assert said.title


@given(st.text(max_size=200))
def test_any_text_is_survived(line: str) -> None:
    said = understand(line, today=TODAY, codes=CODES)
    assert said.amount is None or said.amount >= 0


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "Acme, pumps 5k € @bob #referral",
            Understood("Pumps", "Acme", Decimal(5000), "EUR", owner="bob", source="referral"),
        ),
        ("@Ana Acme, pump #3", Understood("Pump #3", "Acme", owner="Ana")),
        ("#trade-show Acme, pumps", Understood("Pumps", "Acme", source="trade-show")),
        ("Mail carol@acme.example", Understood("Mail carol@acme.example")),
        ("Pumps @ noon", Understood("Pumps @ noon")),
        ("Pumps @bob, Friday", Understood("Pumps", next_on=FRIDAY, owner="bob")),
    ],
)
def test_owner_and_source_by_their_signs(line: str, said: Understood) -> None:
    assert understand(line, today=TODAY, codes=CODES) == said


LETTERS = st.text("abcdefgхцшщäöü", min_size=1, max_size=8)
MONEY = st.sampled_from(["12k €", "€1,250.50", "1.250.000 USD", "2.5m", "900 BGN"])
WHEN = st.sampled_from(["Friday", "tomorrow", "2027-01-15", "closes 31 Dec", "by 24.12."])
SIGNS = st.sampled_from(["@bob", "#referral"])


@given(
    st.lists(st.one_of(LETTERS, MONEY, WHEN, SIGNS), max_size=8),
    st.lists(st.sampled_from([" ", ", ", "; "]), min_size=8),
)
def test_no_word_is_ever_lost(parts: list[str], joints: list[str]) -> None:
    """Whatever a line says stands somewhere in what was understood of it."""
    line = "".join(part + joint for part, joint in zip(parts, joints, strict=False))
    said = understand(line, today=TODAY, codes=CODES)
    kept = f"{said.company} {said.title} {said.next_step} {said.owner} {said.source}".lower().split()
    words = [part for part in parts if part.isalpha() and part not in {"Friday", "tomorrow"}]
    assert sorted(word for word in words) == sorted(word.strip(",;") for word in kept if word.strip(",;") in words)


@given(st.text(max_size=120))
def test_what_is_not_understood_stays(line: str) -> None:
    said = understand(line, today=TODAY, codes=CODES)
    if said._replace(title="", company="") == Understood():
        kept = f"{said.company}{said.title}"
        assert sorted(filter(str.isalnum, kept.casefold())) == sorted(filter(str.isalnum, line.casefold()))
