"""Two people at one deal: only the same fact, made another one, is a conflict; it is told where one is typing."""

import threading
from decimal import Decimal
from typing import Any

import pytest

from crm.errors import Conflict
from pipeline.actions import revise_deal
from pipeline.models import Deal
from tests.cast import Cast, make_cast
from tests.crowd import Elsewhere
from tests.pipeline.pages import HTMX, fresh, post, signed_in, text


def inline(fact: str) -> dict[str, Any]:
    return {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": f"fact-{fact}"}


@pytest.mark.django_db
class TestTheRule:
    def test_what_was_changed_back_is_no_conflict(self, cast: Cast) -> None:
        deal = cast.deal()
        revise_deal(deal, amount=Decimal(5), by=cast.mia)
        revise_deal(deal, amount=Decimal(1000), by=cast.mia)
        assert revise_deal(deal, version=1, amount=Decimal(7), by=cast.alice).amount == 7

    def test_the_same_value_twice_is_no_conflict(self, cast: Cast) -> None:
        deal = cast.deal()
        revise_deal(deal, amount=Decimal(5), by=cast.mia)
        assert revise_deal(deal, version=1, amount=Decimal("5.00"), by=cast.alice).version == 2

    def test_another_field_is_no_conflict(self, cast: Cast) -> None:
        deal = cast.deal()
        revise_deal(deal, title="Two stations", by=cast.mia)
        assert revise_deal(deal, version=1, amount=Decimal(7), by=cast.alice).title == "Two stations"


@pytest.mark.django_db
class TestTheForm:
    def test_it_stands_in_the_facts_own_place(self, cast: Cast) -> None:
        deal = cast.deal()
        form = text(signed_in(cast.alice).get(f"/deals/{deal.pk}/facts/amount/", **inline("amount")))
        assert 'class="fact-form"' in form
        assert "<html" not in form
        assert 'name="version" value="1"' in form

    def test_saved_it_says_so_and_leaves_the_drawing_to_the_page(self, cast: Cast) -> None:
        deal = cast.deal()
        sent = {"amount": "7", "currency": "EUR", "version": 1}
        answer = post(cast.alice, f"/deals/{deal.pk}/facts/amount/", sent, **inline("form"))
        assert (answer.status_code, answer["HX-Reswap"], fresh(deal).amount) == (200, "none", 7)
        assert f"/deals/{deal.pk}/undo/?version=2" in answer["HX-Trigger"]

    def test_a_wrong_value_keeps_its_text(self, cast: Cast) -> None:
        sent = {"amount": "a lot", "version": 1}
        answer = post(cast.alice, f"/deals/{cast.deal().pk}/facts/amount/", sent, **inline("form"))
        assert (answer.status_code, 'value="a lot"' in text(answer), "Enter a number." in text(answer)) == (
            422, True, True,
        )  # fmt: skip

    def test_who_comes_second_is_told_what_it_is_now(self, cast: Cast) -> None:
        deal = cast.deal()
        revise_deal(deal, amount=Decimal(12000), by=cast.mia)
        sent = {"amount": "7", "currency": "EUR", "version": 1}
        answer = post(cast.alice, f"/deals/{deal.pk}/facts/amount/", sent, **inline("form"))
        assert answer.status_code == 409
        assert "<b>Mia</b> changed this to <b>€12,000</b> 1 s ago." in text(answer)
        assert ('data-version="2"' in text(answer), "Use theirs" in text(answer)) == (True, True)
        assert post(cast.alice, f"/deals/{deal.pk}/facts/amount/", sent | {"version": 2}).status_code == 302
        assert fresh(deal).amount == 7

    def test_without_scripts_it_is_a_page_with_the_same_choice(self, cast: Cast) -> None:
        deal = cast.deal()
        revise_deal(deal, title="Two stations", by=cast.mia)
        answer = post(cast.alice, f"/deals/{deal.pk}/facts/title/", {"title": "Mine", "version": 1}, **HTMX)
        assert answer.status_code == 409
        assert "<strong>Mia</strong> changed this to <strong>Two stations</strong>" in text(answer)
        assert 'name="title" value="Mine"' in text(answer)
        assert 'name="version" value="2"' in text(answer)

    def test_while_one_types_it_is_asked_what_others_did(self, cast: Cast) -> None:
        deal, alice = cast.deal(), signed_in(cast.alice)
        address = f"/deals/{deal.pk}/facts/amount/?since=1"
        assert alice.get(address).status_code == 204
        revise_deal(deal, title="Two stations", by=cast.mia)
        assert alice.get(address).status_code == 204
        revise_deal(deal, amount=Decimal(12000), by=cast.mia)
        assert "<b>Mia</b> changed this to <b>€12,000</b>" in text(alice.get(address))
        assert alice.get(f"/deals/{deal.pk}/facts/amount/?since=3").status_code == 204


@pytest.mark.django_db(transaction=True)
def test_ten_at_the_same_fact_at_once_and_one_is_heard() -> None:
    cast = make_cast()
    deal = cast.deal()
    start = threading.Barrier(10)

    def save(value: int) -> Deal:
        start.wait()
        return revise_deal(deal, version=1, amount=Decimal(value), by=cast.mia)

    results = [each.done() for each in [Elsewhere(lambda value=value: save(value)) for value in range(10)]]  # type: ignore[misc]
    saved = [result for result in results if isinstance(result, Deal)]
    assert (len(saved), sum(isinstance(result, Conflict) for result in results)) == (1, 9)
    assert (fresh(deal).amount, fresh(deal).version) == (saved[0].amount, 2)


@pytest.mark.django_db(transaction=True)
def test_two_at_different_facts_at_once_are_both_heard() -> None:
    cast = make_cast()
    deal = cast.deal()
    start = threading.Barrier(2)

    def save(**facts: object) -> Deal:
        start.wait()
        return revise_deal(deal, version=1, by=cast.mia, **facts)  # type: ignore[arg-type]

    both = [Elsewhere(lambda: save(amount=Decimal(7))), Elsewhere(lambda: save(title="Two stations"))]
    assert [type(each.done()) for each in both] == [Deal, Deal]
    assert (fresh(deal).amount, fresh(deal).title, fresh(deal).version) == (7, "Two stations", 3)
