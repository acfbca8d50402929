"""Dragging by mouse, as one does it."""

from decimal import Decimal

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import move_deal
from tests.browser.board import box, card, carry, column, drag, fresh, lift, open_page, titles
from tests.cast import Cast


def test_a_card_dragged_two_columns_over_is_seen_by_others_and_not_by_strangers(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    upper, lower = cast.deal("Upper", stage="Solution"), cast.deal("Lower", stage="Solution")
    move_deal(lower, to=cast.stages["Solution"], after=upper.pk, by=cast.alice)
    deal = cast.deal("Wanderer", amount=Decimal(700))
    alice = open_page(new_context, live_site, cast.alice)
    bob = open_page(new_context, live_site, cast.bob)
    charlie = open_page(new_context, live_site, cast.charlie)
    asked: list[str] = []
    charlie.on("request", lambda request: asked.append(request.url))

    drag(alice, card(alice, deal), card(alice, lower), down=10)
    expect(card(bob, deal).locator(".card-live")).to_contain_text("Alice just moved this")  # for eight seconds
    expect(alice.locator("#toasts")).to_contain_text("Moved to Solution")
    assert titles(alice, cast.stages["Solution"]) == ["Upper", "Wanderer", "Lower"]
    expect(alice.locator(f"#head-{cast.stages['Solution'].pk}")).to_contain_text("€3k")  # 1,000 + 1,000 + 700
    expect(alice.locator("#board-totals")).to_contain_text("€2k weighted")  # 1,755
    assert fresh(upper).rank < fresh(deal).rank < fresh(lower).rank
    assert titles(bob, cast.stages["Solution"]) == ["Upper", "Wanderer", "Lower"]
    expect(bob.locator(f"#head-{cast.stages['Qualify'].pk}")).to_contain_text("0")
    expect(bob.locator("#live-polite")).to_contain_text("Alice just moved this: Wanderer, Solution")
    assert charlie.locator(".card").count() == 0
    assert asked == []


def test_a_card_is_dropped_where_it_was_let_go_before_that_was_drawn(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    page.evaluate(
        """([card, list]) => {
            const send = (kind, { x, y }, aside) => document.elementFromPoint(x + 60, y + 50).dispatchEvent(
                new PointerEvent(kind, { clientX: x + 60 + aside, clientY: y + 50, isPrimary: true, bubbles: true }));
            const [from, to] = [card, list].map((id) => document.getElementById(id).getBoundingClientRect());
            send("pointerdown", from, 0), send("pointermove", from, 8);
            send("pointermove", to, 0), send("pointerup", to, 0);
        }""",
        [f"deal-{deal.pk}", f"cards-{cast.stages['Demo'].pk}"],
    )
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    assert fresh(deal).stage == cast.stages["Demo"]


def test_a_card_goes_back_where_it_was_with_escape(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    page.keyboard.press("Escape")
    expect(page.locator(".board.is-dragging")).to_have_count(0)
    page.mouse.up()
    assert titles(page, cast.stages["Qualify"]) == ["Pump station"]
    assert fresh(deal).version == 1


def test_somebody_elses_cards_cannot_be_dragged(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.ravi)
    at = box(card(page, deal))
    page.mouse.move(at["x"] + 60, at["y"] + 50)
    page.mouse.down()
    carry(page, column(page, cast.stages["Demo"]))
    expect(page.locator(".board.is-dragging")).to_have_count(0)
    page.mouse.up()
    assert titles(page, cast.stages["Qualify"]) == ["Pump station"]
    expect(page.locator(".card-menu")).to_have_count(0)
