"""Taking back: by the toast, and by Z one after the other."""

from typing import Any

from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import revise_deal
from tests.browser.board import card, column, fresh, open_page
from tests.cast import Cast


def kept(page: Page) -> Any:
    """What can still be taken back, as the tab keeps it: numbers only."""
    return page.evaluate("JSON.parse(sessionStorage[`penstock-undo-${document.body.dataset.me}`])")


def test_z_takes_back_three_moves_of_a_card_one_after_the_other_also_after_a_reload(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    card(page, deal).locator(".card-title a").focus()
    for stage in ("Demo", "Solution", "Quote and contract"):
        page.keyboard.press("Shift+ArrowRight")
        expect(page.locator("#toasts")).to_contain_text(f"Moved to {stage}")
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.reload()
    page.wait_for_selector(".board[data-ready]")
    for _ in range(3):
        page.keyboard.press("z")
    expect(column(page, cast.stages["Qualify"])).to_contain_text("Pump station")
    expect(page.locator("#toasts .toast")).to_have_count(3)
    assert (fresh(deal).stage, fresh(deal).version) == (cast.stages["Qualify"], 7)
    assert kept(page) == []
    page.keyboard.press("z")  # nothing is left
    assert fresh(deal).version == 7


def test_the_toast_takes_back_its_own_change(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    first, second = cast.deal("First"), cast.deal("Second", stage="Demo")
    page = open_page(new_context, live_site, cast.alice)
    card(page, first).locator(".card-title a").focus()
    page.keyboard.press("Shift+ArrowRight")
    toast = page.locator("#toasts .toast", has_text="Moved to Demo")
    toast.hover()  # it stays as long as one points at it
    card(page, second).locator(".card-title a").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#toasts")).to_contain_text("Moved to Solution")
    toast.get_by_role("button", name="Undo").click()
    expect(column(page, cast.stages["Qualify"])).to_contain_text("First")
    expect(column(page, cast.stages["Solution"])).to_contain_text("Second")
    assert kept(page) == [[second.pk, 2]]


def test_what_another_changed_since_stays_and_says_so(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    card(page, deal).locator(".card-title a").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    revise_deal(deal, title="Other", by=cast.mia)
    expect(card(page, deal)).to_contain_text("Other")
    page.keyboard.press("z")
    expect(page.locator("#dialog")).to_contain_text("Mia changed this")
    expect(page.get_by_role("button", name="Move anyway")).to_have_count(0)
    page.get_by_role("link", name="Keep").click()
    assert (fresh(deal).stage, fresh(deal).title) == (cast.stages["Demo"], "Other")
