"""The roll-up of adjustments: Salesforce's worked cells, and any tree against a slow oracle."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from forecasting.adjusting import Cell, Views, roll_up
from forecasting.weighting import Figures

COMPANY, NORTH, MIA, ALICE, BOB = "company", "team-1", "person-3-1", "person-1-1", "person-2-1"
UP = ("company", "team-1")


def north(**laid: dict[str, int]) -> dict[str, Views]:
    """Mia's own 100, Alice's 200 and Bob's 300 below her."""

    def cell(key: str, name: str, raw: int, seats: tuple[str, ...], parent: str, *, is_own: bool = False) -> Cell:
        values = {seat: Decimal(amount) for seat, amount in laid.get(name, {}).items()}
        return Cell(key, parent, seats, Decimal(raw), values, is_own)

    return roll_up(
        [
            cell(NORTH, "north", 600, UP, ""),
            cell(MIA, "mia", 100, (*UP, MIA), NORTH, is_own=True),
            cell(ALICE, "alice", 200, (*UP, ALICE), NORTH),
            cell(BOB, "bob", 300, (*UP, BOB), NORTH),
        ]
    )


def told(views: Views) -> dict[str, int]:
    """By Salesforce's names."""
    return {
        "OwnerOnlyAmount": int(views.owner_only),
        "AmountWithoutAdjustments": int(views.without_adjustments),
        "AmountWithoutManagerAdjustment": int(views.without_manager),
        "AmountWithoutOwnerAdjustment": int(views.without_owner),
        "ForecastAmount": int(views.amount),
    }


# ── Worked examples ────────────────────────────────────────────────────────────────────────────────


def test_without_adjustments_all_views_are_raw() -> None:
    views = north()
    assert told(views[ALICE]) == dict.fromkeys(told(views[ALICE]), 200)
    assert told(views[NORTH]) == {
        "OwnerOnlyAmount": 100,
        "AmountWithoutAdjustments": 600,
        "AmountWithoutManagerAdjustment": 600,
        "AmountWithoutOwnerAdjustment": 600,
        "ForecastAmount": 600,
    }


def test_the_managers_adjustment_of_a_subordinate() -> None:
    """Mia thinks Alice will bring 250: Alice's own view stays, everybody above reads 250."""
    views = north(alice={NORTH: 250})
    assert told(views[ALICE]) == {
        "OwnerOnlyAmount": 200,
        "AmountWithoutAdjustments": 200,
        "AmountWithoutManagerAdjustment": 200,
        "AmountWithoutOwnerAdjustment": 200,
        "ForecastAmount": 250,
    }
    assert told(views[NORTH]) == {
        "OwnerOnlyAmount": 100,
        "AmountWithoutAdjustments": 600,
        "AmountWithoutManagerAdjustment": 650,
        "AmountWithoutOwnerAdjustment": 650,
        "ForecastAmount": 650,
    }
    assert (views[NORTH].standing, views[NORTH].difference) == (None, 50)


def test_the_owners_own_adjustment_and_the_managers_on_top() -> None:
    views = north(alice={ALICE: 220, NORTH: 250})
    assert told(views[ALICE]) == {
        "OwnerOnlyAmount": 200,
        "AmountWithoutAdjustments": 200,
        "AmountWithoutManagerAdjustment": 220,
        "AmountWithoutOwnerAdjustment": 200,
        "ForecastAmount": 250,
    }
    assert views[ALICE].standing == NORTH


def test_an_owner_who_is_a_manager_adjusts_the_whole() -> None:
    """Mia says her own deals bring 150 and, over all, 700; the company says 640."""
    views = north(mia={MIA: 150}, alice={NORTH: 250}, north={NORTH: 700, COMPANY: 640})
    assert told(views[NORTH]) == {
        "OwnerOnlyAmount": 100,
        "AmountWithoutAdjustments": 600,
        "AmountWithoutManagerAdjustment": 700,
        "AmountWithoutOwnerAdjustment": 650,  # Alice as adjusted, Mia's own deals raw
        "ForecastAmount": 640,
    }


def test_a_superiors_adjustment_counts_before_the_managers_and_is_not_in_what_the_manager_sees() -> None:
    views = north(alice={NORTH: 250, COMPANY: 230})
    assert (views[ALICE].standing, views[ALICE].amount) == (COMPANY, 230)
    assert (views[NORTH].amount, views[NORTH].without_manager) == (630, 650)


def test_a_reset_leaves_what_was_beneath() -> None:
    assert north(alice={ALICE: 220})[ALICE].amount == 220
    assert north()[NORTH] == north(alice={})[NORTH]


def test_zero_is_a_judgement_too() -> None:
    assert north(bob={NORTH: 0})[NORTH].amount == 300


def test_a_seat_that_is_no_longer_above_counts_as_the_direct_superiors() -> None:
    views = north(alice={"team-99": 240})
    assert (views[ALICE].amount, views[ALICE].without_manager, views[NORTH].without_manager) == (240, 200, 640)


def test_cumulative_and_single_categories_as_salesforce_has_them() -> None:
    figures = Figures()
    for category, amount in (("pipeline", 200), ("best_case", 150), ("commit", 100), ("won", 50)):
        figures.add(category, 1, Decimal(amount), Decimal(0), 0)
    cumulative = [figures.open, figures.cumulative_best_case, figures.cumulative_commit, figures.won]
    assert cumulative == [450, 300, 150, 50]
    assert [figures.pipeline, figures.best_case, figures.commit, figures.won] == [200, 150, 100, 50]


# ── Any tree ───────────────────────────────────────────────────────────────────────────────────────


@dataclass
class Node:
    key: str
    own: Decimal
    laid: dict[str, Decimal] = field(default_factory=dict)
    below: list["Node"] = field(default_factory=list)
    is_own: bool = False


def grown(random: Random, key: str, above: tuple[str, ...], depth: int) -> Node:
    node = Node(key, Decimal(random.randrange(0, 10**6)) / 100, is_own=random.random() < 0.3)
    for seat in (*above, key):
        if random.random() < 0.25:
            node.laid[seat] = Decimal(random.randrange(0, 10**6)) / 100
    if depth:
        for number in range(random.randint(0, 3)):
            node.below.append(grown(random, f"{key}.{number}", (*above, key), depth - 1))
    return node


def flat(node: Node, above: tuple[str, ...], parent: str = "") -> Iterator[Cell]:
    yield Cell(node.key, parent, (*above, node.key), raw_of(node), node.laid, node.is_own)
    for child in node.below:
        yield from flat(child, (*above, node.key), node.key)


def raw_of(node: Node) -> Decimal:
    return node.own + sum(map(raw_of, node.below), Decimal(0))


def seen_by(viewers: list[str], node: Node) -> Decimal:
    """`viewers`: the seats from the viewer's down to this node, the highest first."""
    for seat in viewers:
        if seat in node.laid:
            return node.laid[seat]
    return node.own + sum((seen_by([*viewers, child.key], child) for child in node.below), Decimal(0))


def nodes(node: Node) -> Iterator[Node]:
    yield node
    for child in node.below:
        yield from nodes(child)


@settings(max_examples=150)
@given(st.integers(0, 10**9))
def test_any_tree_comes_out_as_reading_it_seat_by_seat_says(seed: int) -> None:
    root = grown(Random(seed), "r", (COMPANY,), 3)
    views = roll_up(list(flat(root, (COMPANY,))))
    for node in nodes(root):
        path = [COMPANY, *(node.key[: end + 1] for end in range(0, len(node.key), 2))]
        here = views[node.key]
        own = node.own + sum((raw_of(child) for child in node.below if child.is_own), Decimal(0))
        others = (seen_by([node.key, child.key], child) for child in node.below if not child.is_own)
        assert here == Views(
            owner_only=own,
            without_adjustments=raw_of(node),
            without_manager=seen_by([node.key], node),
            without_owner=own + sum(others, Decimal(0)),
            amount=seen_by(path, node),
            standing=next((seat for seat in path if seat in node.laid), None),
        )


@settings(max_examples=100)
@given(st.integers(0, 10**9))
def test_expanding_a_line_gives_its_children_and_its_own(seed: int) -> None:
    """Where nothing was laid over a line itself, its amount is that of those below and its own; raw always is."""
    root = grown(Random(seed), "r", (COMPANY,), 3)
    views = roll_up(list(flat(root, (COMPANY,))))
    for node in nodes(root):
        below = [views[child.key] for child in node.below]
        assert views[node.key].raw == node.own + sum((child.raw for child in below), Decimal(0))
        if not node.laid:
            assert views[node.key].amount == node.own + sum((child.amount for child in below), Decimal(0))
