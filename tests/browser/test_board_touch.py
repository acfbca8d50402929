"""The board under a finger: press and hold drags, a swipe scrolls."""

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.models import Deal
from tests.browser.board import PHONE, Finger, box, card, column, fresh, open_page
from tests.cast import Cast


def test_press_and_hold_drags_by_touch(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, has_touch=True)
    finger, at, to = Finger(page), box(card(page, deal)), box(column(page, cast.stages["Solution"]))
    finger.press(at["x"] + 60, at["y"] + 50)
    page.wait_for_selector(".board.is-dragging")
    finger.to(to["x"] + 60, to["y"] + 40)
    finger.to(to["x"] + 62, to["y"] + 42, steps=2)
    finger.up()
    expect(column(page, cast.stages["Solution"])).to_contain_text("Pump station")
    expect(page.locator("#toasts")).to_contain_text("Moved to Solution")
    assert fresh(deal).stage == cast.stages["Solution"]


def test_a_swipe_scrolls_and_never_drags(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    for number in range(12):
        cast.deal(f"Deal {number}")
    page = open_page(new_context, live_site, cast.alice, viewport=PHONE, has_touch=True, is_mobile=True)
    finger, at = Finger(page), box(page.locator(".cards .card").nth(3))
    finger.press(at["x"] + 100, at["y"] + 50)
    finger.to(at["x"] + 100, at["y"] - 300, steps=10)
    page.wait_for_function(f"() => document.querySelector('#cards-{cast.stages['Qualify'].pk}').scrollTop > 100")
    expect(page.locator(".board.is-dragging")).to_have_count(0)
    finger.up()
    assert Deal.objects.filter(version__gt=1).count() == 0


def test_on_a_phone_the_menu_moves(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, viewport=PHONE, has_touch=True, is_mobile=True)
    card(page, deal).locator(".card-menu").tap()
    page.locator("#card-menu").get_by_role("button", name="Demo").tap()
    expect(column(page, cast.stages["Demo"])).to_contain_text("Pump station")
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    assert fresh(deal).stage == cast.stages["Demo"]
