"""A manager's tour: quotas set and revised, a figure adjusted and opened, what changed, an export, a plan back."""

import csv
from datetime import datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from crm.periods import month_of, quarter_of
from forecasting import workers
from forecasting.models import Quota
from pipeline.actions import lose_deal, revise_deal, win_deal
from tests.browser.board import open_page
from tests.cast import Cast


def test_a_manager_sets_revises_adjusts_opens_compares_exports_and_plans(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    quarter = quarter_of(cast.today)
    ago = datetime.combine(month_of(cast.today).start - timedelta(days=40), time(9), cast.workspace.zone)
    due = quarter.last_day
    win_deal(cast.deal(at=ago, amount=Decimal(2000)), reason=cast.fit, closed_on=ago.date(), by=cast.dana)
    lose_deal(cast.deal(at=ago), reason=cast.price, closed_on=ago.date(), by=cast.dana)
    grown = cast.deal("Pump station", at=ago, amount=Decimal(4000), expected_close_on=due)
    revise_deal(grown, amount=Decimal(6500), by=cast.alice)
    workers.refresh_all()
    mia = open_page(new_context, live_site, cast.mia, f"/forecast/quotas/?period={quarter.key}")

    # Sets a quota, and revises it.
    quota = mia.locator(f"#q-person-{cast.alice.pk}-{cast.north.pk}-{quarter.key}-amount")
    quota.fill("30,000")
    with mia.expect_response(lambda answer: answer.request.method == "POST"):
        quota.press("Enter")
    mia.locator("#how [name=note]").fill("A new product")
    quota.fill("36,000")
    with mia.expect_response(lambda answer: answer.request.method == "POST"):
        quota.press("Enter")
    mia.get_by_role("link", name="Alice", exact=True).click()
    expect(mia.get_by_role("row", name="A new product")).to_contain_text("€30,000")
    expect(mia.get_by_role("row", name="A new product")).to_contain_text("€36,000")

    # Adjusts a figure of the table.
    mia.goto(f"/forecast/?period={quarter.key}")
    alice = mia.locator("tr:has(th:has-text('Alice'))")
    expect(alice.locator("td").first).to_have_text("36,000")
    alice.get_by_label("Adjust the forecast: Alice").click()
    dialog = mia.get_by_role("dialog")
    dialog.get_by_label("It will come to, EUR").fill("9,500")
    dialog.get_by_label("Note").fill("They told me")
    dialog.get_by_role("button", name="Adjust").click()
    expect(alice.locator(".f-forecast .figure")).to_have_text("9,500")

    # Opens a number down to its deals.
    alice.locator("td.f-pipeline").get_by_role("link").click()
    expect(mia.locator(".panel-cell")).to_contain_text("Pump station")
    expect(mia.locator(".panel-cell")).to_contain_text("Adds up, to the cent")
    mia.locator(".panel-cell").get_by_role("link", name="Close").click()
    expect(mia.locator(".panel-cell")).to_have_count(0)

    # Takes the table along as it is.
    mia.get_by_role("button", name="Export").click()
    with mia.expect_download() as saving:
        mia.locator("#export").get_by_role("link", name="CSV").click()
    text = Path(saving.value.path()).read_text("utf-8-sig")
    [exported] = [row for row in csv.reader(text.splitlines()) if any("Alice" in each for each in row)]
    assert "36000.00" in exported
    assert "9500.00" in exported

    # Compares with how the quarter stood a month ago.
    mia.keyboard.press("Escape")
    mia.get_by_role("link", name="Changes", exact=True).click()
    mia.goto(f"/forecast/changes/?period={quarter.key}&since={ago.date() + timedelta(days=1)}")
    mia.get_by_role("link", name="All changes, deal by deal").click()
    expect(mia.locator("#deals").get_by_role("row", name="Pump station")).to_contain_text("2,500.00")

    # Plans back from a target, and makes quotas of the plan.
    later = f"{cast.today.year + 1}-Q4"
    mia.goto(f"/forecast/plan/?period={later}")
    mia.get_by_label("Target").fill("9000")
    expect(mia.locator(".plan-table tr:has(th:has-text('New deals')) td").nth(1)).to_have_text("14")
    with mia.expect_response(lambda answer: "/live/" in answer.url):  # its scripts run by then
        mia.get_by_role("link", name="Save as quotas").click()
    mia.get_by_label("Share it out").select_option("even")
    mia.wait_for_url("**how=even**")
    expect(mia.get_by_label("Alice")).to_have_value("4,500")
    mia.get_by_role("button", name="Set these quotas").click()
    mia.wait_for_url("**/forecast/quotas/**")
    assert {quota.owner: quota.amount for quota in Quota.objects.filter(starts_on__year=cast.today.year + 1)} == {
        cast.alice: 4500,
        cast.bob: 4500,
    }
