"""What others do while one works."""

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import move_deal
from tests.browser.board import card, carry, column, fresh, lift, open_page, titles
from tests.cast import Cast


def test_an_update_that_arrives_while_one_drags_waits_for_the_drop(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, other = cast.deal("Mine"), cast.deal("Bobs", owner=cast.bob)
    page = open_page(new_context, live_site, cast.mia)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    with page.expect_event("console", lambda message: message.text == "heard"):
        page.evaluate("document.body.addEventListener('penstock:deal', () => console.log('heard'), { once: true })")
        move_deal(other, to=cast.stages["Solution"], by=cast.bob)
    assert titles(page, cast.stages["Qualify"])[0] == "Bobs"  # the board has not moved under the hand
    page.mouse.up()
    expect(column(page, cast.stages["Demo"])).to_contain_text("Mine")
    expect(column(page, cast.stages["Solution"])).to_contain_text("Bobs")
    assert (fresh(deal).stage, fresh(other).stage) == (cast.stages["Demo"], cast.stages["Solution"])
