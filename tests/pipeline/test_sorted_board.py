"""Columns in another order than the one made by hand: right on every page, and where a card belongs is known."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from pipeline.activities import plan_activity
from pipeline.models import Deal
from tests.cast import Cast
from tests.pipeline.test_board import age, board, signed_in, titles

pytestmark = pytest.mark.django_db

SORTS = ["amount", "close", "step", "days", "newest", "title"]


@pytest.fixture
def three(cast: Cast) -> Cast:
    """B is small, late and old; A is large; C has neither amount nor day nor step."""
    small = age(cast.deal("B", amount=Decimal(10), expected_close_on=cast.today), 9)
    large = age(cast.deal("a", amount=Decimal(20), currency_id="USD", expected_close_on=cast.today + timedelta(1)), 5)
    cast.deal("C", amount=None, expected_close_on=None)
    for deal, days in ((small, 5), (large, 2)):
        plan_activity(deal, subject="Call", due_on=cast.today + timedelta(days=days), by=cast.alice)
    return cast


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("-amount", "aBC"),
        ("amount", "CBa"),
        ("close", "BaC"),
        ("step", "aBC"),
        ("days", "BaC"),
        ("newest", "CaB"),
        ("-newest", "BaC"),
        ("title", "aBC"),
        ("-title", "CBa"),
        ("", "CaB"),
        ("nonsense", "CaB"),
    ],
)
def test_it_sorts(three: Cast, sort: str, names: str) -> None:
    assert titles(board(three.alice, f"sort={sort}"))[0] == list(names)


@pytest.mark.parametrize("sort", [sort for name in SORTS for sort in (name, f"-{name}")])
def test_further_cards_go_on_where_the_first_ended(cast: Cast, sort: str) -> None:
    """Many are equal in what they are sorted by: each comes once, none is left out."""
    for number in range(40):
        expected = None if number % 4 == 3 else cast.today + timedelta(days=number % 4)
        deal = cast.deal(f"Same & {number % 3}", amount=Decimal(number % 3), expected_close_on=expected)
        age(deal, number % 2)
    column = board(cast.alice, f"sort={sort}").columns[0]
    page = signed_in(cast.alice).get(column.more_url).content.decode()
    ids = [card.pk for card in column.cards] + [int(pk) for pk in re.findall(r'id="deal-(\d+)"', page)]
    assert len(ids) == 40
    assert set(ids) == set(Deal.objects.values_list("pk", flat=True))
    places = [card.rank for card in column.cards]
    assert places == sorted(places, reverse=sort in {"newest", *(f"-{name}" for name in SORTS if name != "newest")})


def test_a_place_that_is_none_is_not_found(cast: Cast) -> None:
    cast.deal()
    client = signed_in(cast.alice)
    url = f"/board/{cast.pipeline.pk}/columns/{cast.stages['Qualify'].pk}/"
    for sort, after in (("close", "x"), ("-amount", "x 1"), ("days", "2026 x"), ("newest", "1")):
        assert client.get(f"{url}?sort={sort}&after={after}").status_code == 404


def test_a_patch_carries_the_place(three: Cast) -> None:
    deal = Deal.objects.get(title="B")
    page = signed_in(three.alice).get(f"/board/{three.pipeline.pk}/news/?sort=title&deal={deal.pk}").content.decode()
    assert f'data-rank="b {deal.pk:020d}"' in page
