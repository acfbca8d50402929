"""Amounts never travel without their currency, and rounding loses nothing it should keep."""

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from crm.money import Money, NotConvertible, Rates, apportion, round_to

amounts = st.decimals(-(10**12), 10**12, places=2, allow_nan=False, allow_infinity=False)
rates = st.decimals("0.0001", "10000", places=10, allow_nan=False, allow_infinity=False).filter(lambda rate: rate > 0)
digits = st.sampled_from([0, 2, 3])
CENT = Decimal("0.01")


@given(amounts, rates, rates)
def test_there_and_back_is_the_same_amount(amount: Decimal, usd: Decimal, gbp: Decimal) -> None:
    worth = Rates("EUR", {"USD": usd, "GBP": gbp})
    money = Money(amount, "USD")
    for other in ("GBP", "EUR", "USD"):
        assert worth.convert(worth.convert(money, other), "USD").rounded(2) == money


@given(amounts, rates)
def test_converting_to_the_base_is_multiplying(amount: Decimal, usd: Decimal) -> None:
    assert Rates("EUR", {"USD": usd}).convert(Money(amount, "USD"), "EUR") == Money(amount * usd, "EUR")


@given(amounts)
def test_a_missing_rate_is_never_one(amount: Decimal) -> None:
    worth = Rates("EUR", {})
    assert worth.convert(Money(amount, "EUR"), "EUR") == Money(amount, "EUR")
    for money, to in ((Money(amount, "USD"), "EUR"), (Money(amount, "EUR"), "USD")):
        with pytest.raises(NotConvertible) as missing:
            worth.convert(money, to)
        assert missing.value.currency == "USD"


@given(amounts, amounts)
def test_currencies_are_never_mixed(one: Decimal, other: Decimal) -> None:
    assert Money(one, "EUR") + Money(other, "EUR") - Money(other, "EUR") == Money(one, "EUR")
    with pytest.raises(ValueError, match="cannot be added"):
        Money(one, "EUR") + Money(other, "USD")
    with pytest.raises(ValueError, match="cannot be added"):
        Money(one, "EUR") - Money(other, "USD")


@given(st.decimals(-(10**9), 10**9, places=6), digits)
def test_rounding_is_near_and_stays(amount: Decimal, places: int) -> None:
    rounded = round_to(amount, places)
    assert abs(rounded - amount) <= Decimal(5).scaleb(-places - 1)
    assert round_to(rounded, places) == rounded
    assert round_to(-amount, places) == -rounded


def test_halves_go_away_from_zero() -> None:
    assert [round_to(Decimal(text)) for text in ("0.005", "-0.005", "2.675", "0.0049")] == [
        CENT, -CENT, Decimal("2.68"), Decimal("0.00"),
    ]  # fmt: skip


@given(amounts, st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=12), digits)
def test_parts_add_up_to_the_whole(total: Decimal, weights: list[Decimal], places: int) -> None:
    whole = round_to(total, places)
    parts = apportion(whole, weights, places)
    assert len(parts) == len(weights)
    assert sum(parts) == whole


@given(st.decimals(0, 10**9, places=2), st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=12))
def test_a_part_is_within_a_cent_of_its_share(total: Decimal, weights: list[Decimal]) -> None:
    whole = sum(weights, Decimal(0))
    assume(whole > 0)
    for part, weight in zip(apportion(total, weights), weights, strict=True):
        assert abs(part - total * weight / whole) <= CENT
        assert part >= 0
