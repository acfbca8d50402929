"""From sign-in to a won deal by keyboard alone, seeing at each step where one is; and nothing moves if so wished."""

from typing import Any

from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.models import Deal
from tests.browser import PATIENCE
from tests.browser.board import card, column, fresh, open_page
from tests.cast import Cast

# Where the focus is: its words, and whether anything but colour of text shows it.
FOCUS = r"""() => {
    const at = document.activeElement;
    const shown = (element) => {
        const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(element);
        return (outlineStyle !== "none" && parseFloat(outlineWidth) >= 2) || boxShadow.includes("px");
    };
    const around = [at, at.parentElement, at.closest("label, .card") ?? at];
    const box = at.getBoundingClientRect();
    return { words: (at.getAttribute("aria-label") ?? at.labels?.[0]?.innerText ?? at.innerText ?? "")
                 .replace(/\s+/g, " ").trim(),
             name: at.name ?? "", tag: at.tagName, href: at.getAttribute("href") ?? "",
             isSeen: at.matches(":focus-visible, input:focus-within") && around.some(shown)
                && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth };
}"""


def focus(page: Page) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate(FOCUS)
    return found


def tab_to(page: Page, words: str, *, back: bool = False, most: int = 60) -> None:
    """Tab until the focus is on what says `words`; wherever it is on the way, it must be seen."""
    for _ in range(most):
        page.keyboard.press("Shift+Tab" if back else "Tab")
        at = focus(page)
        if at["tag"] == "BODY":
            continue
        assert at["isSeen"], f"The focus cannot be seen on {at}"
        if words in (at["words"], at["name"]) or at["words"].startswith(f"{words} "):
            return
    raise AssertionError(f"{words} was not reached; the focus is on {at}")


def test_from_sign_in_to_a_won_deal(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal("Another", stage="Solution")
    cast.alice.set_password("a long enough one")
    cast.alice.save()
    page = new_context(base_url=live_site).new_page()
    page.set_default_timeout(PATIENCE)
    page.goto("/board/")
    expect(page.get_by_label("E-mail")).to_be_focused()
    page.keyboard.type("alice@example.com")
    tab_to(page, "Password")
    page.keyboard.type("a long enough one")
    page.keyboard.press("Enter")
    page.wait_for_selector(".board[data-ready]")

    page.keyboard.press("Tab")
    assert focus(page)["words"] == "Skip to content"
    tab_to(page, "Deal")
    page.keyboard.press("Enter")
    expect(page.get_by_label("The deal in one line")).to_be_focused()
    page.keyboard.type("Acme, level sensors 14k €, tomorrow")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(column(page, cast.stages["Qualify"])).to_contain_text("Level sensors")
    deal = Deal.objects.get(title="Level sensors")

    tab_to(page, "Level sensors")
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(card(page, deal).locator(".card-title a")).to_be_focused()
    assert focus(page)["isSeen"]

    tab_to(page, "More: Level sensors")
    page.keyboard.press("Enter")
    expect(page.locator("#card-menu")).to_be_visible()
    for _ in range(12):
        if focus(page)["words"].startswith("Won"):
            break
        page.keyboard.press("ArrowDown")
        assert focus(page)["isSeen"], focus(page)
    page.keyboard.press("Enter")
    expect(page.locator("#dialog h2")).to_have_text("Why was it won?")
    page.keyboard.press("Enter")  # nothing is chosen yet: it says so
    expect(page.locator("#dialog #reason-error")).to_be_visible()
    expect(page.locator("#dialog [name=reason]").first).to_be_focused()
    page.keyboard.press(" ")
    tab_to(page, "Mark as won")
    page.keyboard.press("Enter")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(card(page, deal)).to_have_count(0)
    assert fresh(deal).is_won


def test_a_dialog_keeps_the_focus_and_gives_it_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    title = card(page, deal).locator(".card-title a")
    title.focus()
    page.keyboard.press("v")
    expect(page.locator("#dialog [name=amount]")).to_be_focused()
    for _ in range(8):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('#dialog')")
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).to_be_hidden()
    expect(title).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".panel")).to_be_visible()
    expect(page.locator(".panel-title")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)
    expect(title).to_be_focused()


def test_nothing_moves_for_those_who_ask_for_less_motion(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, reduced_motion="reduce")
    running = "document.getAnimations().filter((one) => one.effect.getComputedTiming().duration > 1).length"
    card(page, deal).locator(".card-title a").click()
    expect(page.locator(".panel")).to_be_visible()
    assert page.evaluate(running) == 0
    page.keyboard.press("c")
    expect(page.locator("#dialog")).to_be_visible()
    assert page.evaluate(running) == 0
    assert page.evaluate("getComputedStyle(document.documentElement).scrollBehavior") == "auto"
