"""Stages that ask for a reason or a field before a deal goes in."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.structure import revise_stage
from tests.browser.board import Finger, box, card, column, drag, fresh, open_page, rail
from tests.cast import Cast


def test_dropped_on_won_it_asks_why_and_z_takes_it_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal("Big one", amount=Decimal(4000))
    alice, bob = open_page(new_context, live_site, cast.alice), open_page(new_context, live_site, cast.bob)
    drag(alice, card(alice, deal), rail(alice, cast.stages["Won"]), down=60)
    expect(alice.locator("#dialog h2")).to_have_text("Why was it won?")
    expect(rail(alice, cast.stages["Won"])).to_contain_text("Nothing yet")
    alice.keyboard.press("1")
    alice.get_by_role("button", name="Mark as won").click()
    expect(card(alice, deal)).to_have_count(0)
    expect(rail(alice, cast.stages["Won"])).to_contain_text("Big one")
    expect(rail(bob, cast.stages["Won"])).to_contain_text("€4k")
    expect(card(bob, deal)).to_have_count(0)
    assert fresh(deal).win_reason == cast.fit
    alice.keyboard.press("z")
    expect(column(alice, cast.stages["Qualify"])).to_contain_text("Big one")
    expect(column(bob, cast.stages["Qualify"])).to_contain_text("Big one")
    assert fresh(deal).is_open


def test_cancelling_the_reason_puts_the_card_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    drag(page, card(page, deal), rail(page, cast.stages["Lost"]), down=60)
    expect(page.locator("#dialog h2")).to_have_text("Why was it lost?")
    page.keyboard.press("Escape")
    expect(card(page, deal)).not_to_have_class("card is-hole")
    expect(page.locator(f"#head-{cast.stages['Qualify'].pk} [data-number]")).to_have_text("1")
    assert fresh(deal).version == 1


# ── Whichever way it goes there ────────────────────────────────────────────────────────────────────


def by_mouse(page: Page, dragged: Locator, target: Locator) -> None:
    drag(page, dragged, target, down=60)


def by_touch(page: Page, dragged: Locator, target: Locator) -> None:
    finger, at, to = Finger(page), box(dragged), box(target)
    finger.press(at["x"] + 60, at["y"] + 50)
    page.wait_for_selector(".board.is-dragging")
    finger.to(to["x"] + 60, to["y"] + 60)
    finger.to(to["x"] + 62, to["y"] + 62, steps=2)
    finger.up()


def by_keyboard(page: Page, dragged: Locator, target: Locator) -> None:
    dragged.locator(".card-title a").focus()
    page.keyboard.press(" ")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")


def by_menu(page: Page, dragged: Locator, target: Locator) -> None:
    dragged.locator(".card-menu").focus()
    page.keyboard.press("Enter")
    page.locator("#card-menu").get_by_role("button", name="Demo").press("Enter")


def by_bulk(page: Page, dragged: Locator, target: Locator) -> None:
    dragged.locator(".card-title a").focus()
    page.keyboard.press("x")
    page.locator("#bulk").get_by_role("button", name="Move…").click()
    page.locator("#dialog").get_by_label("Demo").check()
    page.locator("#dialog").get_by_role("button", name="Move").click()


WAYS: dict[str, Callable[[Page, Locator, Locator], None]] = {
    "mouse": by_mouse,
    "touch": by_touch,
    "keyboard": by_keyboard,
    "menu": by_menu,
    "bulk": by_bulk,
}


@pytest.mark.parametrize("way", WAYS)
def test_a_required_field_is_asked_for(
    live_site: str, new_context: CreateContextCallback, cast: Cast, way: str
) -> None:
    revise_stage(cast.stages["Demo"], required_fields=["source"], by=cast.dana)
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, has_touch=way == "touch")
    WAYS[way](page, card(page, deal), column(page, cast.stages["Demo"]))
    expect(page.locator("#dialog h2")).to_have_text("Before it goes to Demo")
    page.keyboard.press("Escape")
    expect(column(page, cast.stages["Qualify"])).to_contain_text("Pump station")
    expect(page.locator(f"#head-{cast.stages['Demo'].pk} [data-number]")).to_have_text("0")
    page.keyboard.press("Escape")  # nothing is picked any more
    WAYS[way](page, card(page, deal), column(page, cast.stages["Demo"]))
    page.get_by_label("Source").select_option(label="Referral")
    page.get_by_role("button", name="Save and move").click()
    expect(page.locator("#toasts .toast")).to_have_count(1)
    expect(column(page, cast.stages["Demo"])).to_contain_text("Pump station")
    assert (fresh(deal).stage, fresh(deal).source) == (cast.stages["Demo"], cast.referral)


def lost_by_mouse(page: Page, deal: Locator, rail: Locator) -> None:
    drag(page, deal, rail, down=60)


def lost_by_keyboard(page: Page, deal: Locator, rail: Locator) -> None:
    deal.locator(".card-title a").focus()
    page.keyboard.press("Shift+L")


def lost_by_menu(page: Page, deal: Locator, rail: Locator) -> None:
    deal.locator(".card-menu").focus()
    page.keyboard.press("Enter")
    page.locator("#card-menu").get_by_role("link", name="Lost").press("Enter")


def lost_by_bulk(page: Page, deal: Locator, rail: Locator) -> None:
    deal.locator(".card-title a").focus()
    page.keyboard.press("x")
    page.locator("#bulk").get_by_role("button", name="Lost").click()


LOST: dict[str, Callable[[Page, Locator, Locator], None]] = {
    "mouse": lost_by_mouse,
    "touch": by_touch,
    "keyboard": lost_by_keyboard,
    "menu": lost_by_menu,
    "bulk": lost_by_bulk,
}


@pytest.mark.parametrize("way", LOST)
def test_a_reason_is_asked_for(live_site: str, new_context: CreateContextCallback, cast: Cast, way: str) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, has_touch=way == "touch")
    LOST[way](page, card(page, deal), rail(page, cast.stages["Lost"]))
    expect(page.locator("#dialog h2")).to_have_text("Why was it lost?")
    page.get_by_role("button", name="Mark as lost").click()
    expect(page.locator("#dialog")).to_contain_text("Choose the reason that weighed most.")
    page.get_by_label("Chose a competitor").check()
    page.get_by_label("Which competitor?").fill("Hydrolog")
    page.get_by_role("button", name="Mark as lost").click()
    expect(card(page, deal)).to_have_count(0)
    expect(rail(page, cast.stages["Lost"])).to_contain_text("Pump station")
    assert (fresh(deal).loss_reason, fresh(deal).competitor) == (cast.competitor, "Hydrolog")
