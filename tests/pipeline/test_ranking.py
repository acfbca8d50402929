"""Ranks: a move writes one row, and two people at once never get the same place."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.actions import move_deal
from pipeline.models import Deal
from pipeline.ranking import rank_between, suffix
from tests.cast import Cast

ids = st.integers(1, 10**12)


def insert(ranks: list[str], at: int, deal_id: int) -> str:
    low = ranks[at - 1] if at else None
    high = ranks[at] if at < len(ranks) else None
    rank = rank_between(low, high, deal_id)
    assert low is None or low < rank
    assert high is None or rank < high
    ranks.insert(at, rank)
    return rank


def test_the_first_card_stands_in_the_middle() -> None:
    rank = rank_between(None, None, 1)
    assert rank_between(None, rank, 2) < rank < rank_between(rank, None, 3)


@settings(max_examples=150, derandomize=True)
@given(st.lists(st.tuples(st.floats(0, 1), ids), max_size=60))
def test_any_sequence_of_drops_stays_in_order(drops: list[tuple[float, int]]) -> None:
    ranks: list[str] = []
    for share, deal_id in drops:
        insert(ranks, round(share * len(ranks)), deal_id)
    assert ranks == sorted(set(ranks))


@settings(max_examples=150, derandomize=True)
@given(st.lists(st.tuples(st.booleans(), ids), max_size=80), st.lists(ids, min_size=2, max_size=8, unique=True))
def test_drops_into_the_same_gap_at_once_differ(squeezes: list[tuple[bool, int]], at_once: list[int]) -> None:
    low, high = rank_between(None, None, 1), rank_between(rank_between(None, None, 1), None, 2)
    for from_below, deal_id in squeezes:  # make the gap as narrow as it gets
        middle = rank_between(low, high, deal_id)
        low, high = (middle, high) if from_below else (low, middle)
    ranks = [rank_between(low, high, deal_id) for deal_id in at_once]
    assert len(set(ranks)) == len(at_once)
    assert all(low < rank < high for rank in ranks)


@settings(derandomize=True)
@given(st.lists(ids, min_size=2, max_size=8, unique=True), st.booleans())
def test_drops_on_the_same_end_at_once_differ(at_once: list[int], on_top: bool) -> None:
    end = rank_between(None, None, 1)
    ranks = {rank_between(None, end, pk) if on_top else rank_between(end, None, pk) for pk in at_once}
    assert len(ranks) == len(at_once)
    assert all((rank < end) is on_top for rank in ranks)


@pytest.mark.parametrize("on_top", [True, False])
def test_a_thousand_cards_on_one_end_stay_short(on_top: bool) -> None:
    ranks: list[str] = []
    for deal_id in range(1, 1001):
        insert(ranks, 0 if on_top else len(ranks), deal_id)
    assert ranks == sorted(set(ranks))
    assert max(map(len, ranks)) <= 12


def test_many_cards_squeezed_into_one_gap_grow_by_a_bit_each() -> None:
    """The column is as long as it takes; the index on it holds 2,700 letters: some 15,000 drops into one gap."""
    ranks: list[str] = []
    for deal_id in range(10**6, 10**6 + 1500):
        insert(ranks, min(1, len(ranks)), deal_id)
    assert ranks == sorted(set(ranks))
    assert max(map(len, ranks)) <= 290


@pytest.mark.django_db
def test_a_rank_of_any_length_is_kept(cast: Cast) -> None:
    low, high = cast.deal(), cast.deal()
    Deal.objects.filter(pk=low.pk).update(rank="8" + "0" * 1500 + "1")
    Deal.objects.filter(pk=high.pk).update(rank="8" + "0" * 1500 + "2")
    between = move_deal(cast.deal(), to=cast.stages["Qualify"], after=low.pk, by=cast.alice)
    order = Deal.objects.filter(stage=cast.stages["Qualify"]).order_by("rank").values_list("pk", flat=True)
    assert list(order) == [low.pk, between.pk, high.pk]


@given(st.lists(ids, unique=True, max_size=50))
def test_a_suffix_is_a_deals_own(deal_ids: list[int]) -> None:
    suffixes = [suffix(deal_id) for deal_id in deal_ids]
    assert len(set(suffixes)) == len(deal_ids)
    assert not any(text.endswith("0") for text in suffixes)


@pytest.mark.parametrize(("low", "high"), [("B", "A"), ("A", "A")])
def test_there_is_nothing_between_what_is_out_of_order(low: str, high: str) -> None:
    with pytest.raises(ValueError, match="is not below"):
        rank_between(low, high, 1)
