"""The list of deals in a real browser: edited in place, selected, changed in bulk, with and without scripts."""

from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from playwright.sync_api import Locator, Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from crm.models import Job, User
from pipeline.actions import move_deal, revise_deal
from pipeline.models import Deal
from pipeline.structure import revise_stage
from tests.browser.board import PHONE, box, open_page
from tests.cast import Cast
from tests.quiet import until


def open_list(new_context: CreateContextCallback, site: str, user: User, path: str = "/deals/", **context: Any) -> Page:
    page = open_page(new_context, site, user, path, **context)
    if context.get("java_script_enabled", True):
        page.wait_for_selector(".deals[data-ready]")
    return page


def row(page: Page, deal: Deal) -> Locator:
    return page.locator(f"#row-{deal.pk}")


def cell(page: Page, deal: Deal, name: str) -> Locator:
    return row(page, deal).locator(f'[data-col="{name}"]')


def editor(page: Page) -> Locator:
    return page.locator(".cell-editor")


def begin(page: Page, deal: Deal, name: str) -> None:
    """Open the cell's editor; what is typed next goes into it."""
    cell(page, deal, name).click()
    expect(cell(page, deal, name).locator(".cell-editor :focus")).to_have_count(1)


def fresh(deal: Deal) -> Deal:
    return Deal.objects.get(pk=deal.pk)


# ── Edited in place ────────────────────────────────────────────────────────────────────────────


def test_a_cell_is_edited_where_it_stands(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_list(new_context, live_site, cast.alice)
    begin(page, deal, "amount")
    page.keyboard.type("2500")
    page.keyboard.press("Tab")
    expect(cell(page, deal, "chance").locator("[name=probability_override]")).to_be_focused()
    expect(cell(page, deal, "amount")).to_have_text("€2,500")  # while the next cell is open
    page.keyboard.type("80")
    page.keyboard.press("Enter")
    expect(cell(page, deal, "chance")).to_have_text("80 %")
    expect(editor(page)).to_have_count(0)
    expect(cell(page, deal, "chance").locator("a")).to_be_focused()
    assert (fresh(deal).amount, fresh(deal).probability_override) == (2500, 80)
    expect(page.locator("#sums")).to_contain_text("€2,500.00")
    page.keyboard.press("z")
    expect(cell(page, deal, "chance")).to_have_text("10 %")


def test_keys_go_from_cell_to_cell(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    below, above = cast.deal("Below"), cast.deal("Above")
    page = open_list(new_context, live_site, cast.alice)
    row(page, above).locator(".deals-title").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(editor(page).locator("[name=company]")).to_be_focused()
    page.keyboard.type("Globex")
    page.keyboard.press("Escape")
    expect(cell(page, below, "company").locator("a")).to_be_focused()
    expect(cell(page, below, "company")).to_have_text("Acme")
    assert fresh(below).version == 1


def test_what_is_wrong_is_said_by_the_cell(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_list(new_context, live_site, cast.alice)
    begin(page, deal, "amount")
    page.keyboard.type("a lot")
    page.keyboard.press("Enter")
    expect(cell(page, deal, "amount").locator(".error")).to_have_text("Enter a number.")
    expect(editor(page).locator("[name=amount]")).to_have_value("a lot")
    editor(page).locator("[name=amount]").fill("7")
    page.keyboard.press("Enter")
    expect(cell(page, deal, "amount")).to_have_text("€7")


def test_who_was_first_is_said_by_the_cell(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_list(new_context, live_site, cast.alice)
    begin(page, deal, "amount")
    revise_deal(deal, amount=Decimal(3000), by=cast.mia)
    page.keyboard.type("2000")
    page.keyboard.press("Enter")
    expect(cell(page, deal, "amount").locator(".is-conflict")).to_contain_text("Mia changed this")
    assert fresh(deal).amount == 3000
    editor(page).get_by_role("button", name="Keep mine").click()
    expect(cell(page, deal, "amount")).to_have_text("€2,000")
    begin(page, deal, "amount")
    revise_deal(fresh(deal), amount=Decimal(4000), by=cast.mia)
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    editor(page).get_by_text("Use theirs").click()
    expect(cell(page, deal, "amount")).to_have_text("€4,000")


def test_a_stage_that_asks_for_something_asks(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    revise_stage(cast.stages["Solution"], required_fields=["source"], by=cast.dana)
    deal = cast.deal()
    page = open_list(new_context, live_site, cast.alice)
    cell(page, deal, "stage").click()
    editor(page).get_by_text("Demo").click(delay=120)  # as long as a person presses
    expect(cell(page, deal, "stage")).to_have_text("Demo")
    cell(page, deal, "stage").click()
    editor(page).get_by_text("Solution").click()
    page.locator("#dialog select").select_option(label="Referral")
    page.locator("#dialog .button-primary").click()
    expect(cell(page, deal, "stage")).to_have_text("Solution")
    cell(page, deal, "stage").click()
    editor(page).get_by_text("Lost").click()
    page.locator("#dialog").get_by_text("Price").click()
    page.locator("#dialog .button-danger").click()
    expect(cell(page, deal, "stage")).to_have_text("Lost")


def test_others_changes_wait_for_the_editor(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    one, other = cast.deal("One"), cast.deal("Other")
    page = open_list(new_context, live_site, cast.alice)
    move_deal(one, to=cast.stages["Demo"], by=cast.mia)
    expect(cell(page, one, "stage")).to_have_text("Demo")
    begin(page, one, "amount")
    with page.expect_event("console", lambda message: message.text == "heard"):
        page.evaluate("document.body.addEventListener('penstock:deal', () => console.log('heard'), { once: true })")
        move_deal(other, to=cast.stages["Demo"], by=cast.mia)
    expect(editor(page).locator("[name=amount]")).to_be_focused()
    expect(cell(page, other, "stage")).to_have_text("Qualify")
    page.keyboard.press("Escape")
    expect(cell(page, other, "stage")).to_have_text("Demo")


# ── In bulk ────────────────────────────────────────────────────────────────────────────────────


def test_rows_are_selected_one_by_one_and_by_range(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deals = [cast.deal(f"Deal {number}") for number in range(6)]
    page = open_list(new_context, live_site, cast.alice)
    bar = page.locator("#bulk")
    expect(bar).to_be_hidden()
    row(page, deals[4]).locator("[name=deal]").click()
    row(page, deals[1]).locator("[name=deal]").click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    row(page, deals[0]).locator(".deals-title").focus()
    page.keyboard.press("x")
    expect(bar).to_contain_text("5 selected")
    expect(bar).to_contain_text("All 6")
    page.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    page.locator("[data-all]").check()
    bar.get_by_text("Assign").click()
    expect(page.locator("#dialog")).to_contain_text("6 deals")
    page.keyboard.press("Escape")
    bar.get_by_text("Move").click()
    page.locator("#dialog").get_by_text("Demo").click()
    page.locator("#dialog .button-primary").click()
    expect(page.locator("#toasts")).to_contain_text("6 deals moved to Demo")
    expect(page.locator('td[data-col="stage"]', has_text="Demo")).to_have_count(6)
    expect(bar).to_be_hidden()
    page.locator("#toasts").get_by_text("Undo").click()
    expect(page.locator('td[data-col="stage"]', has_text="Qualify")).to_have_count(6)


def test_500_deals_change_in_the_background_and_are_taken_back_as_one(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    for number in range(500):
        cast.deal(f"Deal {number}")
    page = open_list(new_context, live_site, cast.alice)
    page.locator("[data-all]").check()
    page.locator("#bulk [name=all]").check()
    expect(page.locator("#bulk [data-number]")).to_have_text("500 selected")
    page.locator("#bulk [popovertarget]").click()
    page.locator("#bulk-facts").get_by_text("Source").click()
    page.locator("#dialog select").select_option(label="Referral")
    page.locator("#dialog .button-primary").click()
    strip = page.locator(".job")
    expect(strip).to_contain_text("Change of 500 deals: Source")
    expect(strip.locator("progress")).to_be_visible()
    page.goto("/board/")  # it goes on wherever one is
    expect(strip).to_contain_text("500 of 500 changed", timeout=30_000)
    assert Deal.objects.filter(source=cast.referral).count() == 500
    strip.get_by_role("button", name="Undo").click()
    expect(strip).to_contain_text("Take back")
    expect(strip).to_contain_text("500 of 500 changed", timeout=30_000)
    assert Deal.objects.filter(source=None).count() == 500
    strip.get_by_role("button", name="Dismiss").click()
    expect(strip).to_have_count(0)


def waiting() -> int:
    """How many connections wait for another: the worker for us, whoever calls it off for the worker."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
        return int(cursor.fetchone()[0])


def test_a_job_is_called_off(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deals = [cast.deal(f"Deal {number}").pk for number in range(1000)]
    page = open_list(new_context, live_site, cast.alice)
    page.locator("[data-all]").check()
    page.locator("#bulk [name=all]").check()
    page.locator("#bulk [value=archive]").click()
    with transaction.atomic():  # it comes as far as a deal that we hold, or is called off before
        Deal.objects.select_for_update().get(pk=deals[500])
        page.locator("#dialog .button-danger").click()
        page.locator(".job").get_by_role("button", name="Cancel").click()
        until(lambda: Job.objects.get().state == "cancelled" or waiting() == 2)
    expect(page.locator(".job")).to_contain_text("Cancelled")
    job = Job.objects.get()
    assert 0 < Deal.objects.live().count() == 1000 - job.changed


# ── Columns ────────────────────────────────────────────────────────────────────────────────────


def test_columns_are_chosen(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal(source=cast.referral)
    page = open_list(new_context, live_site, cast.alice)
    page.get_by_role("link", name="Columns").click()
    page.locator("#dialog").get_by_label("Source", exact=True).check()
    page.locator("#dialog").get_by_label("Company", exact=True).uncheck()
    page.get_by_role("button", name="Stage further right", exact=True).click()
    expect(page.locator("#dialog li").nth(1)).to_contain_text("Amount")
    page.locator("#dialog").get_by_role("button", name="Show").click()
    heads = page.locator("thead [data-col]")
    expect(heads).to_have_text(
        ["Deal", "Amount", "Stage", "Chance", "Close", "Next step", "In stage", "Owner", "Source"]
    )
    page.reload()
    expect(heads.nth(8)).to_have_text("Source")


# ── Without scripts, and on the phone ──────────────────────────────────────────────────────────


def test_a_bulk_change_needs_no_scripts(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deals = [cast.deal("One"), cast.deal("Two"), cast.deal("Three")]
    page = open_list(new_context, live_site, cast.alice, java_script_enabled=False)
    for deal in deals[:2]:
        row(page, deal).locator("[name=deal]").check()
    page.locator("#bulk [value=move]").click()
    page.get_by_label("Demo").check()
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("2 deals moved to Demo")
    expect(page.locator('td[data-col="stage"]')).to_have_text(["Qualify", "Demo", "Demo"])
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator('td[data-col="stage"]')).to_have_text(["Qualify", "Qualify", "Qualify"])
    page.locator("#bulk [name=all]").check()
    page.locator("#bulk [value=archive]").click()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("main")).to_contain_text("No deals yet")


def test_cells_and_columns_are_forms_without_scripts(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_list(new_context, live_site, cast.alice, java_script_enabled=False)
    cell(page, deal, "amount").locator("a").click()
    page.get_by_label("Amount").fill("12")
    page.get_by_role("button", name="Save").click()
    assert fresh(deal).amount == 12
    page.goto("/deals/columns/")
    page.get_by_label("Team", exact=True).check()
    page.get_by_role("button", name="Show").click()
    expect(page.locator('thead [data-col="team"]')).to_have_text("Team")


def test_on_the_phone_a_row_leads_to_its_deal(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_list(new_context, live_site, cast.alice, viewport=PHONE, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    at = box(cell(page, deal, "company"))
    page.touchscreen.tap(at["x"] + 5, at["y"] + 5)
    page.wait_for_url(f"**/deals/{deal.pk}/")
