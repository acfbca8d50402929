"""Two browsers move one card."""

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import move_deal, win_deal
from tests.browser.board import card, carry, column, fresh, lift, open_page, rail
from tests.cast import Cast


def test_two_people_move_the_same_card_and_the_second_is_told(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    win_deal(deal, reason=cast.fit, by=cast.mia)
    page.mouse.up()
    expect(page.locator("#dialog")).to_contain_text("Mia moved this to Won")
    page.get_by_role("link", name="Keep").click()
    expect(card(page, deal)).to_have_count(0)
    expect(rail(page, cast.stages["Won"])).to_contain_text("Pump station")
    assert fresh(deal).is_won


def test_the_second_may_insist(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    move_deal(deal, to=cast.stages["Quote and contract"], by=cast.mia)
    page.mouse.up()
    page.get_by_role("button", name="Move anyway").click()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(column(page, cast.stages["Demo"])).to_contain_text("Pump station")
    assert fresh(deal).stage == cast.stages["Demo"]
