"""A manager adjusts a figure from the table, explains it, and takes it back; whoever it is about sees why."""

from decimal import Decimal

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from crm.periods import quarter_of
from forecasting import workers
from forecasting.actions import set_quota
from tests.browser.board import open_page
from tests.cast import Cast


def test_a_figure_is_adjusted_in_its_dialog_read_by_its_owner_and_reset(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    cast.deal("Big one", amount=Decimal(40_000), stage="Solution")
    set_quota(owner=cast.alice, period=quarter_of(cast.today), amount=Decimal(30_000), by=cast.mia)
    workers.refresh_all()
    mia = open_page(new_context, live_site, cast.mia, "/forecast/")
    cell = mia.locator("tr:has(th:has-text('Alice')) .f-forecast")
    expect(cell).to_have_text("26,000")
    cell.get_by_label("Adjust the forecast: Alice").click()
    dialog = mia.get_by_role("dialog")
    dialog.get_by_label("It will come to, EUR").fill("31,500")
    dialog.get_by_label("Note").fill("They told me")
    dialog.get_by_role("button", name="Adjust").click()
    expect(dialog).to_be_hidden()
    expect(cell).to_contain_text("raw 26,000")
    expect(cell.locator(".figure")).to_have_text("31,500")
    expect(mia.locator("tr:has(th:has-text('North')) .adjusted-below")).to_have_text("+5,500")

    alice = open_page(new_context, live_site, cast.alice, "/forecast/mine/")
    expect(alice.get_by_text("Raw 26,000, adjusted by Mia")).to_be_visible()
    expect(alice.get_by_text("“They told me”")).to_be_visible()
    expect(alice.get_by_text("The likeliest one would close it")).to_be_visible()

    cell.get_by_label("Adjust the forecast: Alice").click()
    dialog.get_by_role("button", name="Reset").click()
    expect(cell).to_have_text("26,000")
