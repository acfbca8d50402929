"""The board by keyboard alone."""

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.board import card, column, fresh, open_page, press_cyrillic, titles
from tests.cast import Cast


def test_a_card_is_lifted_carried_and_dropped_by_keyboard(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, below = cast.deal("Wanderer"), cast.deal("Lower", stage="Solution")
    page = open_page(new_context, live_site, cast.alice)
    card(page, deal).locator(".card-title a").focus()
    page.keyboard.press(" ")
    expect(page.locator("#live-assertive")).to_contain_text("Wanderer lifted")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#live-assertive")).to_have_text("Solution, 2 of 2")
    page.keyboard.press(" ")
    expect(page.locator("#toasts")).to_contain_text("Moved to Solution")
    expect(page.locator("#live-assertive")).to_have_text("Solution, 2 of 2")
    assert titles(page, cast.stages["Solution"]) == ["Lower", "Wanderer"]
    expect(card(page, deal).locator(".card-title a")).to_be_focused()
    assert fresh(deal).rank > fresh(below).rank
    page.keyboard.press("Shift+ArrowLeft")
    expect(column(page, cast.stages["Demo"])).to_contain_text("Wanderer")


def test_escape_puts_a_lifted_card_back(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    card(page, deal).locator(".card-title a").focus()
    for key in (" ", "ArrowRight", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    assert titles(page, cast.stages["Qualify"]) == ["Pump station"]
    expect(page.locator("#live-assertive")).to_contain_text("is back where it was")
    assert fresh(deal).version == 1


def test_arrows_rove_and_letters_open_forms(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal("Lower")
    upper, right = cast.deal("Upper"), cast.deal("Right", stage="Solution")
    page = open_page(new_context, live_site, cast.alice)
    page.keyboard.press("ArrowDown")
    expect(card(page, upper).locator("a").first).to_be_focused()
    page.keyboard.press("ArrowRight")  # over the empty column
    expect(card(page, right).locator("a").first).to_be_focused()
    page.keyboard.press("v")
    expect(page.locator("#dialog h2")).to_have_text("Amount")
    page.get_by_role("textbox", name="Amount").fill("777")
    page.keyboard.press("Enter")
    expect(card(page, right)).to_contain_text("€777")
    assert fresh(right).amount == 777


def test_letters_are_found_by_their_place_on_a_cyrillic_keyboard(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, right = cast.deal(), cast.deal("Right", stage="Demo")
    page = open_page(new_context, live_site, cast.alice)
    card(page, deal).locator(".card-title a").focus()
    press_cyrillic(page, "л", "KeyL")
    expect(card(page, right).locator(".card-title a")).to_be_focused()
    press_cyrillic(page, "ч", "KeyX")
    expect(page.locator("#bulk")).to_contain_text("1 selected")
    press_cyrillic(page, "м", "KeyV")
    expect(page.locator("#dialog h2")).to_have_text("Amount")


def test_an_input_method_that_composes_is_left_alone(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    title = card(page, deal).locator(".card-title a")
    title.focus()
    title.dispatch_event("keydown", {"key": "x", "code": "KeyX", "isComposing": True})
    title.dispatch_event("keydown", {"key": "x", "code": "KeyX", "keyCode": 229})
    expect(page.locator("#bulk")).to_be_hidden()
    title.dispatch_event("keydown", {"key": "x", "code": "KeyX"})
    expect(page.locator("#bulk")).to_be_visible()


def test_the_keys_are_listed_and_can_be_switched_off(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    page.keyboard.press("?")
    expect(page.locator("#dialog h2")).to_have_text("Keyboard shortcuts")
    page.get_by_role("button", name="Switch off").click()
    expect(page.locator("html[data-keys=off] .board[data-ready]")).to_have_count(1)
    card(page, deal).locator(".card-title a").focus()
    page.keyboard.press("x")
    page.keyboard.press("?")
    page.keyboard.press("Enter")  # what every browser does with a link goes on
    expect(page.locator(".panel")).to_contain_text("Pump station")
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.locator("#dialog")).to_be_hidden()
