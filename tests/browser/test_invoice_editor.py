"""A draft invoice in a browser: typed into as a quote is, and issued as it was typed."""

from decimal import Decimal

import pytest
from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from quotes.actions import draft_invoice, save_invoice
from quotes.models import Invoice
from tests.browser.board import open_page
from tests.cast import Cast
from tests.quotes.billing import accepted

pytestmark = pytest.mark.browser


@pytest.fixture
def invoice(live_site: str, cast: Cast) -> Invoice:
    """Four pumps, 1,000.00 net."""
    return draft_invoice(accepted(cast), by=cast.alice)


def field(page: Page, row: int, column: str) -> Locator:
    return page.locator("[data-lines] tr[data-id]").nth(row).locator(f"[data-col={column}]")


def test_it_is_typed_by_keyboard_and_issued_as_it_stands(
    live_site: str, new_context: CreateContextCallback, cast: Cast, invoice: Invoice
) -> None:
    page = open_page(new_context, live_site, cast.alice, f"/invoices/{invoice.pk}/")
    field(page, 0, "quantity").fill("3")
    field(page, 0, "quantity").press("Enter")
    find = page.get_by_role("combobox", name="Line from catalogue")
    expect(find).to_be_focused()
    expect(page.locator("#total-net")).to_have_text("750.00")
    find.press_sequentially("sen")
    expect(page.locator("#found [aria-selected=true]")).to_contain_text("Sensor")
    find.press("Enter")
    expect(field(page, 1, "quantity")).to_be_focused()
    page.keyboard.type("2")
    page.keyboard.press("Tab")
    expect(page.locator("#total-net")).to_have_text("949.80")
    field(page, 1, "name").press("Alt+ArrowUp")
    expect(page.locator("#live-assertive")).to_have_text("Sensor, 1 / 2")
    page.get_by_label("Reference").fill("PO 4711")
    page.get_by_role("button", name="Issue").click()  # waits until what was typed is saved
    expect(page.locator("h1")).to_contain_text("-0001")
    invoice.refresh_from_db()
    assert (invoice.net, invoice.buyer_reference) == (Decimal("949.80"), "PO 4711")
    assert [line.name for line in invoice.lines.all()] == ["Sensor", "Pump"]


def test_what_is_wrong_stands_beside_it_and_who_comes_second_chooses(
    live_site: str, new_context: CreateContextCallback, cast: Cast, invoice: Invoice
) -> None:
    page = open_page(new_context, live_site, cast.alice, f"/invoices/{invoice.pk}/")
    field(page, 0, "quantity").fill("0")
    field(page, 0, "quantity").press("Tab")
    expect(page.locator("[data-lines] .error")).to_contain_text("A quantity is not 0.")
    field(page, 0, "quantity").fill("2")
    field(page, 0, "quantity").press("Tab")
    expect(page.locator("#total-net")).to_have_text("500.00")
    expect(page.locator("[data-lines] .error")).to_have_count(0)
    save_invoice(invoice, title="Theirs", by=cast.bob)
    field(page, 0, "quantity").fill("1")
    field(page, 0, "quantity").press("Tab")
    expect(page.locator("#news [role=alert]")).to_contain_text("Bob changed this invoice in the meantime.")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#total-net")).to_have_text("250.00")
