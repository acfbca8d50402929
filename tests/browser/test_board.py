"""The rest of the board's page: panel, quick-add, further cards, and all of it without scripts."""

from decimal import Decimal

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import revise_deal
from tests.browser.board import card, column, hold, open_page, release, titles
from tests.cast import Cast


def test_the_deal_opens_beside_the_board_and_back_closes_it(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    first, second = cast.deal("First"), cast.deal("Second")
    page = open_page(new_context, live_site, cast.alice)
    card(page, second).locator("a").first.click()
    expect(page.locator(".panel")).to_contain_text("Second")
    expect(page.locator("[data-position]")).to_have_text("1 of 2 in Qualify")
    assert f"panel={second.pk}" in page.url
    page.keyboard.press("j")
    expect(page.locator(".panel-title")).to_have_text("First")
    expect(card(page, first)).to_have_class("card is-selected")
    revise_deal(first, amount=Decimal(4321), by=cast.mia)
    expect(page.locator(".panel")).to_contain_text("€4,321")  # by itself
    page.locator(".composer-text").fill("Spoke with Carol")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("Spoke with Carol")
    page.go_back()
    expect(page.locator(".panel")).to_have_count(0)


def test_of_two_deals_opened_in_haste_the_last_is_shown(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    first, second = cast.deal("First"), cast.deal("Second")
    page = open_page(new_context, live_site, cast.alice)
    held = hold(page, "**/deals/*/?beside=**")
    with page.expect_request("**/deals/*/?beside=**"):
        card(page, second).locator("a").first.click()
    card(page, first).locator("a").first.click()
    with page.expect_request("**/deals/*/?beside=**"):
        release(page, held)
    expect(page.locator(".panel")).to_have_count(0)
    held[1].continue_()
    expect(page.locator(".panel-title")).to_have_text("First")


def test_c_adds_a_deal_in_one_line(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal()
    alice, bob = open_page(new_context, live_site, cast.alice), open_page(new_context, live_site, cast.bob)
    alice.keyboard.press("c")
    alice.locator("#id_line").fill("Acme, level sensors 14k €, tomorrow")
    expect(alice.locator("#understood-new")).to_contain_text("€14,000")
    alice.keyboard.press("Enter")
    for page in (alice, bob):
        expect(column(page, cast.stages["Qualify"]).locator(".card-title").first).to_have_text("Level sensors")


def test_more_cards_come_near_the_end_and_none_twice(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    for number in range(40):
        cast.deal(f"Deal {number}")
    page = open_page(new_context, live_site, cast.alice)
    cards = column(page, cast.stages["Qualify"]).locator(".card")
    expect(cards).to_have_count(25)
    cards.last.scroll_into_view_if_needed()
    expect(cards).to_have_count(40)
    assert len(set(titles(page, cast.stages["Qualify"]))) == 40
