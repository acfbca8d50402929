"""Stages that ask for a reason or a field before a deal goes in."""

from decimal import Decimal

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.structure import revise_stage
from tests.browser.board import card, column, drag, fresh, open_page, rail
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


def test_a_stage_that_needs_a_field_asks_for_it(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    revise_stage(cast.stages["Demo"], required_fields=["source"], by=cast.dana)
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    drag(page, card(page, deal), column(page, cast.stages["Demo"]))
    expect(page.locator("#dialog h2")).to_have_text("Before it goes to Demo")
    page.get_by_role("link", name="Cancel").click()
    expect(column(page, cast.stages["Qualify"])).to_contain_text("Pump station")
    drag(page, card(page, deal), column(page, cast.stages["Demo"]))
    page.get_by_label("Source").select_option(label="Referral")
    page.get_by_role("button", name="Save and move").click()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(column(page, cast.stages["Demo"])).to_contain_text("Pump station")
    assert fresh(deal).source == cast.referral
