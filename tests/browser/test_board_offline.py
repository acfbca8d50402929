"""Without a connection, and back."""

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import move_deal
from tests.browser.board import box, card, carry, column, drag, fresh, lift, open_page, titles
from tests.cast import Cast

REASON = "There is no connection: nothing can be moved until it is back."


def test_offline_nothing_moves_and_says_why_and_back_it_catches_up_without_a_reload(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, other = cast.deal("Mine"), cast.deal("Bobs", owner=cast.bob)
    page = open_page(new_context, live_site, cast.mia)
    page.evaluate("window.isStillThisPage = true")
    page.context.set_offline(True)
    expect(page.locator("#offline")).to_contain_text("Reconnecting…")
    at = box(card(page, deal))
    page.mouse.move(at["x"] + 60, at["y"] + 50)
    page.mouse.down()
    carry(page, column(page, cast.stages["Demo"]))
    page.mouse.up()
    expect(card(page, deal).locator(".card-refused")).to_have_text(REASON)
    card(page, other).locator(".card-title a").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(card(page, other).locator(".card-refused")).to_have_text(REASON)
    page.keyboard.press(" ")
    expect(page.locator(".is-lifted")).to_have_count(0)
    assert titles(page, cast.stages["Qualify"]) == ["Bobs", "Mine"]

    move_deal(other, to=cast.stages["Solution"], by=cast.bob)
    page.context.set_offline(False)
    expect(page.locator("#offline")).to_be_hidden()
    expect(column(page, cast.stages["Solution"])).to_contain_text("Bobs")
    drag(page, card(page, deal), column(page, cast.stages["Demo"]))
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    assert page.evaluate("window.isStillThisPage")
    assert fresh(deal).stage == cast.stages["Demo"]


def test_a_connection_lost_while_one_drags_puts_the_card_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    page.context.set_offline(True)
    page.mouse.up()
    expect(card(page, deal).locator(".card-refused")).to_have_text(REASON)
    assert titles(page, cast.stages["Qualify"]) == ["Pump station"]
    assert fresh(deal).version == 1


def test_a_server_that_does_not_answer_leaves_the_card_where_it_was_with_the_reason(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    page.route("**/stage/**", lambda route: route.abort())
    drag(page, card(page, deal), column(page, cast.stages["Demo"]))
    expect(card(page, deal).locator(".card-refused")).to_have_text(
        "The server could not be reached. Nothing was changed."
    )
    assert titles(page, cast.stages["Qualify"]) == ["Pump station"]
    expect(page.locator(f"#head-{cast.stages['Qualify'].pk} [data-number]")).to_have_text("1")
    page.unroute("**/stage/**")
    drag(page, card(page, deal), column(page, cast.stages["Demo"]))
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")


def test_what_was_typed_is_kept_until_it_can_be_sent(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    page.keyboard.press("c")
    page.locator("#id_line").fill("Acme, level sensors 14k €, tomorrow")
    page.context.set_offline(True)
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("The server could not be reached")
    expect(page.locator("#id_line")).to_have_value("Acme, level sensors 14k €, tomorrow")
    page.context.set_offline(False)
    page.locator("#id_line").press("Enter")
    expect(column(page, cast.stages["Qualify"]).locator(".card-title").first).to_have_text("Level sensors")
