"""The sheet of a price book in a browser: from cell to cell by keys, a block of a spreadsheet at once, saved as one."""

from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.books import PriceRow, create_price_book, set_prices
from pipeline.models import PriceBook
from tests.browser.board import PHONE, box, open_page
from tests.cast import Cast

pytestmark = pytest.mark.browser

PASTE = """(input, text) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/plain", text);
  input.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def book(live_site: str, cast: Cast) -> PriceBook:
    """A pump costs 240 or, from ten on, 199.50; a sensor what it says itself: 99.90."""
    made = create_price_book(name="List", currency=cast.pump.currency, by=cast.dana)
    set_prices(made, [PriceRow(cast.pump, Decimal(240)), PriceRow(cast.pump, Decimal("199.5"), Decimal(10))], by=None)
    return made


def cell(page: Page, row: int, column: int) -> Locator:
    return page.locator(".price-grid tbody tr").nth(row).locator(".price-input").nth(column)


def prices(book: PriceBook) -> list[tuple[str, Decimal, Decimal]]:
    found = book.prices.order_by("product__name", "min_quantity")
    return list(found.values_list("product__name", "min_quantity", "unit_price"))


def test_keys_go_from_cell_to_cell(
    live_site: str, new_context: CreateContextCallback, cast: Cast, book: PriceBook
) -> None:
    page = open_page(new_context, live_site, cast.dana, f"/price-books/{book.pk}/")
    expect(cell(page, 0, 1)).to_have_value("199.50")
    expect(cell(page, 1, 0)).to_have_attribute("placeholder", "99.90")
    cell(page, 0, 0).focus()
    for key, row, column in [("Enter", 1, 0), ("ArrowRight", 1, 1), ("ArrowUp", 0, 1), ("ArrowLeft", 0, 0)]:
        page.keyboard.press(key)
        expect(cell(page, row, column)).to_be_focused()
    page.keyboard.press("ArrowUp")  # there is none above
    page.keyboard.type("7")
    expect(cell(page, 0, 0)).to_have_value("7")
    page.keyboard.press("Escape")
    expect(cell(page, 0, 0)).to_have_value("240.00")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("95")
    page.keyboard.press("ArrowLeft")  # within what is typed
    expect(cell(page, 1, 0)).to_be_focused()
    page.keyboard.type("0")
    expect(cell(page, 1, 0)).to_have_value("905")


def test_a_block_is_pasted_and_saved_at_once(
    live_site: str, new_context: CreateContextCallback, cast: Cast, book: PriceBook
) -> None:
    page = open_page(new_context, live_site, cast.dana, f"/price-books/{book.pk}/")
    cell(page, 0, 0).evaluate(PASTE, "1,250.50\t199.125\tbeyond\r\n88\t\r\nbelow\r\n")
    expect(cell(page, 0, 0)).to_have_value("1,250.50")
    expect(cell(page, 1, 0)).to_have_value("88")
    page.get_by_role("button", name="Save prices").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    expect(cell(page, 0, 1)).to_have_value("199.125")
    expect(cell(page, 1, 0)).to_have_value("88.00")
    assert prices(book) == [("Pump", 0, Decimal("1250.5")), ("Pump", 10, Decimal("199.125")), ("Sensor", 0, 88)]


def test_a_price_that_somebody_changed_meanwhile_is_not_lost(
    live_site: str, new_context: CreateContextCallback, cast: Cast, book: PriceBook
) -> None:
    page = open_page(new_context, live_site, cast.dana, f"/price-books/{book.pk}/")
    set_prices(book, [PriceRow(cast.pump, Decimal(230))], by=None)
    cell(page, 0, 0).fill("220")
    page.get_by_role("button", name="Save prices").click()
    expect(page.get_by_text("Somebody changed the price of Pump in the meantime.")).to_be_visible()
    expect(page.get_by_text("It is 230.00 now.")).to_be_visible()
    expect(cell(page, 0, 0)).to_have_value("220")
    assert prices(book)[0] == ("Pump", 0, 230)
    page.get_by_role("button", name="Save prices").click()
    expect(page.locator(".toast")).to_contain_text("Saved.")
    assert prices(book)[0] == ("Pump", 0, 220)


def test_on_a_phone_names_are_whole_and_the_button_is_in_reach(
    live_site: str, new_context: CreateContextCallback, cast: Cast, book: PriceBook
) -> None:
    type(cast.pump).objects.filter(pk=cast.pump.pk).update(name="Commissioning of a pump station, per day")
    page = open_page(new_context, live_site, cast.dana, f"/price-books/{book.pk}/", viewport=PHONE, has_touch=True)
    name = page.locator(".price-grid tbody th").first
    assert name.evaluate("(head) => head.scrollWidth - head.clientWidth") == 0
    assert name.evaluate("(head) => head.scrollHeight - head.clientHeight") <= 1
    assert box(page.get_by_role("button", name="Save prices"))["y"] + 44 <= box(page.locator(".tabbar"))["y"]
