"""Custom fields as a person meets them: added in the settings, asked for, edited in place, found again."""

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.board import DESKTOP, card, column, fresh, open_page
from tests.cast import Cast
from tests.custom.fields import custom, custom_field


def test_a_field_is_added_filled_in_and_filtered_by(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, other = cast.deal("Pump station"), cast.deal("Other")
    dana = open_page(new_context, live_site, cast.dana, "/settings/fields/")
    dana.get_by_role("link", name="Add a field: Deals").click()
    dana.get_by_label("Name").fill("Region")
    expect(dana.get_by_label("Choices")).to_be_hidden()
    dana.get_by_label("Kind").select_option("Choice")
    dana.get_by_label("Choices").fill("North\nSouth")
    dana.get_by_label("On the board’s cards").check()
    dana.get_by_role("button", name="Add field").click()
    expect(dana.locator(".settings-main")).to_contain_text("Region")

    alice = open_page(new_context, live_site, cast.alice, f"/board/?panel={deal.pk}")
    fact = alice.locator("#fact-cf_region")
    fact.get_by_role("link").click()
    fact.get_by_role("combobox").select_option("South")
    expect(fact).to_have_text("South")
    expect(card(alice, deal)).to_contain_text("South")
    expect(alice.locator(".timeline")).to_contain_text("Alice set Region to South")
    assert fresh(deal).custom == {"region": "south"}

    alice.goto("/board/?cf_region=south")
    expect(column(alice, cast.stages["Qualify"]).locator(".card")).to_have_count(1)
    expect(card(alice, other)).to_have_count(0)
    expect(alice.locator(".chip", has_text="Region")).to_contain_text("South")


def test_somebody_else_was_faster_with_the_same_field(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    custom_field("text", label="Colour")
    deal = cast.deal(**custom(text="Blue"))
    alice = open_page(new_context, live_site, cast.alice, f"/deals/{deal.pk}/")
    mia = open_page(new_context, live_site, cast.mia, f"/deals/{deal.pk}/")
    for page, text in ((alice, "Red"), (mia, "Green")):
        page.locator("#fact-cf_text a").click()
        page.locator("#fact-cf_text input:not([type=hidden])").first.fill(text)
    mia.keyboard.press("Enter")
    expect(mia.locator("#fact-cf_text")).to_have_text("Green")
    expect(alice.locator(".fact-news")).to_contain_text("Mia changed this to Green")
    alice.locator(".fact-news [data-use=theirs]").click()
    expect(alice.locator("#fact-cf_text")).to_have_text("Green")
    assert fresh(deal).custom == {"text": "Green"}


def test_without_scripts_it_is_a_form(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    custom_field("money", label="Budget")
    deal = cast.deal()
    page = open_page(
        new_context, live_site, cast.alice, f"/deals/{deal.pk}/", java_script_enabled=False, viewport=DESKTOP
    )
    page.locator("#fact-cf_money a").click()
    page.get_by_label("Budget").fill("1200.50")
    page.get_by_label("Currency").select_option("USD")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#fact-cf_money")).to_contain_text("$1,200.50")
    assert fresh(deal).custom == {"money": {"amount": "1200.5", "currency": "USD"}}
