"""The editor of a quote in a browser: typed, moved, found in the catalogue, saved by itself, and shared with others."""

import re
from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import Line
from pipeline.models import BundleItem, Product, TaxClass
from quotes.actions import Item, draft_quote, save_quote
from quotes.models import Quote
from tests.browser.board import PHONE, box, open_page
from tests.cast import Cast

pytestmark = pytest.mark.browser


@pytest.fixture
def quote(live_site: str, cast: Cast) -> Quote:
    """Two pumps and a sensor."""
    return draft_quote(cast.deal(lines=[Line(cast.pump, Decimal(2)), Line(cast.sensor)]), by=cast.alice)


def open_quote(new_context: CreateContextCallback, site: str, cast: Cast, quote: Quote, **context: object) -> Page:
    return open_page(new_context, site, cast.alice, f"/quotes/{quote.pk}/", **context)


def field(page: Page, row: int, column: str) -> Locator:
    return page.locator("[data-lines] tr[data-id]").nth(row).locator(f"[data-col={column}]")


def names(page: Page) -> list[str]:
    return [each.input_value() for each in page.locator("[data-col=name]").all()]


def test_what_is_typed_is_saved_and_added_up_by_the_server(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    field(page, 0, "quantity").fill("10")
    field(page, 0, "quantity").press("Enter")
    expect(field(page, 1, "quantity")).to_be_focused()
    expect(page.locator("#total-net")).to_have_text("2,599.90")
    field(page, 0, "discount").fill("8")
    field(page, 0, "discount").press("Tab")
    expect(page.locator("#total-net")).to_have_text("2,399.90")
    expect(field(page, 0, "discount")).to_have_value("8%")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.reload()
    expect(field(page, 0, "quantity")).to_have_value("10")
    expect(page.locator("#total-net")).to_have_text("2,399.90")


def test_a_line_is_found_in_the_catalogue_by_keyboard(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    find = page.get_by_role("combobox", name="Line from catalogue")
    find.press_sequentially("pum")
    expect(page.locator("#found [aria-selected=true]")).to_contain_text("Pump")
    find.press("Enter")
    expect(field(page, 2, "quantity")).to_be_focused()
    expect(field(page, 2, "unit_price")).to_have_value("250.00")
    page.keyboard.type("3")
    page.keyboard.press("Enter")
    expect(find).to_be_focused()
    expect(page.locator("#total-net")).to_have_text("1,349.90")
    find.press_sequentially("Travel")
    expect(page.locator("#found [role=option]")).to_contain_text(["Free line “Travel”"])
    find.press("Enter")
    expect(field(page, 3, "name")).to_be_focused()
    assert names(page) == ["Pump", "Sensor", "Pump", "Travel"]


def test_ten_lines_are_entered_with_the_keyboard_alone(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    quote = draft_quote(cast.deal(), by=cast.alice)
    page = open_quote(new_context, live_site, cast, quote)
    find = page.get_by_role("combobox", name="Line from catalogue")
    find.focus()
    for count in range(1, 11):
        page.keyboard.type("sens" if count % 2 else "pump")
        expect(page.locator("#found [aria-selected=true]")).to_contain_text("Sensor" if count % 2 else "Pump")
        page.keyboard.press("Enter")
        expect(field(page, count - 1, "quantity")).to_be_focused()
        page.keyboard.type(str(count))
        page.keyboard.press("Enter")
        expect(find).to_be_focused()
    expect(page.locator("#total-net")).to_have_text("9,997.50")  # 25 sensors at 99.90 and 30 pumps at 250.00
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert [line.quantity for line in quote.lines.all()] == list(range(1, 11))


def test_how_long_ago_it_was_saved_counts_on(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    expect(page.locator("#saved")).to_have_text(re.compile(r"Saved \d s ago"))
    page.clock.install()
    page.reload()
    expect(page.locator("#saved")).to_have_text(re.compile(r"Saved [2-9] s ago"))  # it counts
    page.clock.run_for(125_000)
    expect(page.locator("#saved")).to_have_text("Saved 2 minutes ago")


def test_the_parts_of_a_bundle_are_drawn_when_they_follow_it(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    station = Product.objects.create(name="Station", unit_price=Decimal(300), currency_id="EUR", is_bundle=True)
    BundleItem.objects.create(bundle=station, product=cast.sensor, quantity=Decimal(2))
    quote = draft_quote(cast.deal(lines=[Line(station), Line(cast.pump)]), by=cast.alice)
    page = open_quote(new_context, live_site, cast, quote)
    field(page, 0, "quantity").fill("4")
    field(page, 0, "quantity").press("Tab")
    expect(field(page, 1, "quantity")).to_have_value("8")
    assert names(page) == ["Station", "Sensor", "Pump"]


def test_lines_are_moved_by_keys_and_by_hand(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    field(page, 0, "name").press("Alt+ArrowDown")
    expect(page.locator("#live-assertive")).to_have_text("Pump, 2 / 2")
    expect(page.locator("#saved")).to_contain_text("Saved")
    assert names(page) == ["Sensor", "Pump"]
    grips = page.locator("[data-grip]")
    start, end = box(grips.nth(1)), box(grips.nth(0))
    page.mouse.move(start["x"] + 8, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] - 6, steps=6)
    page.mouse.up()
    expect(page.locator("#live-assertive")).to_have_text("Pump, 1 / 2")
    expect(field(page, 0, "name")).to_have_value("Pump")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.reload()
    assert names(page) == ["Pump", "Sensor"]


def test_a_line_is_made_optional_and_removed(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    page.get_by_role("button", name="More about Pump").click()
    page.locator(":popover-open").get_by_label("Optional").check()
    expect(page.locator(".is-optional .line-net")).to_have_text("(500.00)")
    expect(page.locator("#total-net")).to_have_text("99.90")
    page.locator(":popover-open").get_by_role("button", name="Remove").click()
    expect(page.locator("[data-lines] tr[data-id]")).to_have_count(1)
    assert names(page) == ["Sensor"]


def test_the_menu_is_about_the_line_at_whose_button_it_is_opened(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    page.get_by_role("button", name="More about Sensor").press("Enter")
    expect(page.locator(":popover-open").get_by_label("Optional")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(field(page, 0, "name")).to_have_value("Sensor")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.get_by_label("Discount on the whole").fill("20%")
    page.keyboard.press("Enter")  # saves, and presses none of these buttons
    expect(page.locator("#total-net")).to_have_text("479.92")
    assert names(page) == ["Sensor", "Pump"]
    page.get_by_role("button", name="Heading").click()
    page.get_by_role("button", name="More about Heading").click()
    expect(page.locator(":popover-open").get_by_label("Optional")).to_be_hidden()
    page.locator(":popover-open").get_by_role("button", name="Remove").click()
    expect(page.locator("[data-lines] tr[data-id]")).to_have_count(2)


def test_a_tax_is_chosen_from_all_there_are(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    for name in ("Reduced", "Export"):
        TaxClass.objects.create(name=name)
    page = open_quote(new_context, live_site, cast, quote)
    tax = page.locator("[data-lines] tr[data-id]").nth(1).get_by_label("Tax")
    tax.focus()
    for _ in range(2):
        tax.press("ArrowDown")
    chosen = tax.evaluate("select => select.selectedOptions[0].text")
    tax.press("Tab")
    expect(page.locator("#saved")).to_contain_text("Saved")
    expect(tax.locator("option:checked")).to_have_text(chosen)
    page.reload()
    expect(tax.locator("option:checked")).to_have_text(chosen)
    last = quote.lines.last()
    assert last is not None
    assert (last.tax_class and last.tax_class.name) == chosen


def test_who_comes_second_chooses(live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    save_quote(quote, title="Mia's title", by=cast.mia)
    field(page, 0, "quantity").fill("7")
    field(page, 0, "quantity").press("Tab")
    expect(page.get_by_role("alert").filter(has_text="Mia")).to_be_visible()
    expect(field(page, 0, "quantity")).to_have_value("7")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#total-net")).to_have_text("1,849.90")
    expect(page.get_by_role("button", name="Keep mine")).to_have_count(0)


def test_a_wrong_number_is_named_and_kept(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    field(page, 0, "unit_price").fill("cheap")
    field(page, 0, "unit_price").press("Tab")
    expect(page.locator(".quote-lines .error")).to_contain_text("Enter a number")
    expect(field(page, 0, "unit_price")).to_have_value("cheap")
    field(page, 0, "unit_price").fill("100")
    field(page, 0, "unit_price").press("Tab")
    expect(page.locator(".quote-lines .error")).to_have_count(0)
    expect(page.locator("#total-net")).to_have_text("299.90")


def test_a_quote_is_drafted_beside_the_deal(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal(lines=[Line(cast.pump)])
    page = open_page(new_context, live_site, cast.alice, f"/deals/{deal.pk}/")
    page.get_by_role("button", name="New quote").click()
    link = page.get_by_role("link", name="Q-")
    expect(link).to_be_visible()
    assert page.url.endswith(f"/deals/{deal.pk}/")
    expect(link).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Quote Q-")).to_be_visible()


def test_enter_sends_the_mail(live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote) -> None:
    """And does not only mark the quote as sent, whose button comes first. From the menu it goes once more."""
    page = open_quote(new_context, live_site, cast, quote)
    page.get_by_role("link", name="Send", exact=True).click()
    page.get_by_role("dialog").get_by_label("To", exact=True).fill("carol@acme.example")
    page.keyboard.press("Enter")
    expect(page.get_by_role("rowheader", name="carol@acme.example")).to_have_count(1)
    page.locator("#quote-actions").get_by_role("button", name="More").click()
    page.get_by_role("link", name="Send again").click()
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_role("rowheader", name="carol@acme.example")).to_have_count(2)


def test_without_scripts_it_is_a_form(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote, java_script_enabled=False)
    field(page, 0, "quantity").fill("4")
    page.get_by_label("Line from catalogue").fill("sensor")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator("[data-lines] tr[data-id]")).to_have_count(3)
    expect(field(page, 0, "quantity")).to_have_value("4")
    expect(page.locator("#total-net")).to_have_text("1,199.80")
    page.get_by_role("radio", name="More about Pump").check()
    page.get_by_role("button", name="Down").click()
    assert names(page) == ["Sensor", "Pump", "Sensor"]
    page.locator("[data-lines] tr[data-id]").nth(1).get_by_label("Optional").check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.locator("#total-net")).to_have_text("199.80")
    page.get_by_role("radio", name="More about Sensor").last.check()
    page.get_by_role("button", name="Remove").click()
    assert names(page) == ["Sensor", "Pump"]


def test_a_button_waits_until_what_was_typed_is_saved(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page = open_quote(new_context, live_site, cast, quote)
    field(page, 0, "discount").fill("60%")
    field(page, 0, "discount").press("Tab")
    expect(page.get_by_role("button", name="Ask for approval")).to_be_visible()
    page.get_by_label("Discount on the whole").fill("20%")
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.get_by_role("button", name="Withdraw")).to_be_visible()
    expect(page.locator("#total-net")).to_have_text("239.92")


def test_a_button_pressed_before_the_editor_is_awake_is_not_lost(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    page, held = open_page(new_context, live_site, cast.alice), list[Route]()
    page.route("**/behaviours/quote.*js", lambda route: held.append(route))
    page.goto(f"/quotes/{quote.pk}/")
    page.get_by_role("link", name="Send", exact=True).click()
    held[0].continue_()
    expect(page.get_by_role("dialog").get_by_label("To", exact=True)).to_be_visible()


def test_the_preview_shows_every_page_and_follows_what_is_saved(
    live_site: str, new_context: CreateContextCallback, cast: Cast, quote: Quote
) -> None:
    lines = [Item(name=f"Pump {at}", unit_price=Decimal(10)) for at in range(60)]
    save_quote(quote, lines=lines, by=cast.alice)
    page = open_quote(new_context, live_site, cast, quote)
    second = page.get_by_alt_text("Page 2 of the document")
    second.scroll_into_view_if_needed()
    expect(second).to_have_js_property("complete", value=True)
    before = second.get_attribute("src")
    assert second.evaluate("page => page.decode().then(() => page.naturalWidth)") > 500
    field(page, 0, "quantity").fill("7")
    field(page, 0, "quantity").press("Enter")
    expect(second).not_to_have_attribute("src", str(before))
    expect(page.locator(".quote-preview img")).to_have_count(2)


def test_on_a_phone_the_open_page_s_tab_is_in_sight(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    page = open_page(new_context, live_site, cast.mia, "/quotes/report/", viewport=PHONE, has_touch=True)
    expect(page.locator(".page-tabs [aria-current]")).to_be_in_viewport(ratio=1)
