"""Two browsers move one card."""

from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.models import Deal
from tests.browser.board import card, carry, column, drag, fresh, lift, open_page, rail, titles
from tests.cast import Cast


def both_move(
    live_site: str, new_context: CreateContextCallback, cast: Cast, deal: Deal, first_to: str
) -> tuple[Page, Page]:
    """Alice holds the card over Demo while Mia drops it elsewhere; then Alice lets go."""
    alice, mia = open_page(new_context, live_site, cast.alice), open_page(new_context, live_site, cast.mia)
    lift(alice, card(alice, deal))
    carry(alice, column(alice, cast.stages["Demo"]))
    if first_to == "Won":
        drag(mia, card(mia, deal), rail(mia, cast.stages["Won"]), down=60)
        expect(mia.locator("#dialog h2")).to_have_text("Why was it won?")
        mia.keyboard.press("1")
        mia.get_by_role("button", name="Mark as won").click()
    else:
        drag(mia, card(mia, deal), column(mia, cast.stages[first_to]))
    expect(mia.locator("#toasts .toast")).to_have_count(1)
    alice.mouse.up()
    expect(alice.locator("#dialog")).to_contain_text(f"Mia moved this to {first_to}")
    return alice, mia


def test_the_second_is_told_and_keeps_what_the_first_did(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    alice, mia = both_move(live_site, new_context, cast, deal, "Won")
    expect(card(alice, deal)).to_have_count(0)  # it is where it truly is, before one answers
    expect(rail(alice, cast.stages["Won"])).to_contain_text("Pump station")
    alice.get_by_role("link", name="Keep").click()
    expect(alice.locator("#dialog")).to_be_hidden()
    expect(card(mia, deal)).to_have_count(0)
    assert (fresh(deal).is_won, fresh(deal).version) == (True, 2)


def test_the_second_may_insist(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    alice, mia = both_move(live_site, new_context, cast, deal, "Quote and contract")
    expect(column(alice, cast.stages["Quote and contract"])).to_contain_text("Pump station")
    alice.get_by_role("button", name="Move anyway").click()
    expect(alice.locator("#toasts")).to_contain_text("Moved to Demo")
    for page in (alice, mia):
        expect(column(page, cast.stages["Demo"])).to_contain_text("Pump station")
    assert (fresh(deal).stage, fresh(deal).version) == (cast.stages["Demo"], 3)


def test_another_place_in_the_same_column_is_no_conflict(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    lower, deal, upper = cast.deal("Lower"), cast.deal("Wanderer"), cast.deal("Upper")
    alice, mia = open_page(new_context, live_site, cast.alice), open_page(new_context, live_site, cast.mia)
    lift(alice, card(alice, deal))
    carry(alice, column(alice, cast.stages["Demo"]))
    drag(mia, card(mia, deal), card(mia, upper), down=10)
    expect(mia.locator("#toasts .toast")).to_have_count(1)
    assert titles(mia, cast.stages["Qualify"]) == ["Wanderer", "Upper", "Lower"]
    alice.mouse.up()
    for page in (alice, mia):
        expect(column(page, cast.stages["Demo"]).locator(".card-title")).to_have_text(["Wanderer"])
    expect(alice.locator("#dialog")).to_be_hidden()
    assert fresh(deal).version == 3
    assert fresh(upper).rank < fresh(lower).rank
