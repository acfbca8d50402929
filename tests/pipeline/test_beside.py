"""The panel knows where its deal stands on the board it was opened from, by the board's own order and filter."""

from decimal import Decimal
from typing import Any

import pytest

from pipeline.actions import win_deal
from pipeline.models import Deal
from tests.cast import Cast
from tests.pipeline.pages import signed_in, text

pytestmark = pytest.mark.django_db
PANEL: dict[str, Any] = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "panel-host"}


def panel(cast: Cast, deal: Deal, query: str = "") -> str:
    address = f"/deals/{deal.pk}/?beside={cast.pipeline.pk}&{query}"
    return text(signed_in(cast.alice).get(address, **PANEL))


def leads_to(cast: Cast, page: str, query: str = "") -> list[int]:
    return [int(part.partition('"')[0]) for part in page.split(f'href="/board/{cast.pipeline.pk}/?{query}panel=')[1:]]


def test_its_neighbours_are_those_above_and_below(cast: Cast) -> None:
    deals = [cast.deal(f"Deal {number}") for number in range(30)][::-1]  # a new one goes on top
    cast.deal("Elsewhere", stage="Demo")
    page = panel(cast, deals[27])
    assert "28 of 30 in Qualify" in page
    assert leads_to(cast, page) == [deals[26].pk, deals[28].pk]
    assert leads_to(cast, panel(cast, deals[0])) == [deals[1].pk]
    assert leads_to(cast, panel(cast, deals[29])) == [deals[28].pk]


def test_the_boards_filter_and_order_hold(cast: Cast) -> None:
    small, large, other = (cast.deal(amount=Decimal(amount)) for amount in (1, 3, 2))
    theirs = cast.deal(owner=cast.bob, amount=Decimal(2))
    page = panel(cast, other, "mine=1&sort=-amount")
    assert "2 of 3 in Qualify" in page
    found = {int(part.partition('"')[0]) for part in page.replace("&amp;", "&").split("panel=")[1:]}
    assert ({small.pk, large.pk} <= found, theirs.pk in found) == (True, False)


def test_by_month_it_is_among_those_of_its_month(cast: Cast) -> None:
    deal, dated = cast.deal(expected_close_on=None), cast.deal()
    cast.deal(expected_close_on=None, stage="Demo")
    assert "of 2 in No date" in panel(cast, deal, "by=month")
    assert "1 of 1 in" in panel(cast, dated, "by=month")


def test_off_the_board_it_has_none(cast: Cast) -> None:
    won = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    assert "data-neighbour" not in panel(cast, won)
    assert "data-neighbour" not in text(signed_in(cast.alice).get(f"/deals/{cast.deal().pk}/", **PANEL))


def test_a_link_to_the_board_with_the_panel_knows_them_too(cast: Cast) -> None:
    deal, other = cast.deal(), cast.deal()
    page = text(signed_in(cast.alice).get(f"/board/{cast.pipeline.pk}/?panel={deal.pk}"))
    assert "2 of 2 in Qualify" in page
    assert leads_to(cast, page) == [other.pk]
