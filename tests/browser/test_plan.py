"""Planning backwards and the dashboard in a real browser."""

from datetime import datetime, time, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from crm.periods import month_of
from forecasting import workers
from forecasting.models import Quota
from pipeline.actions import lose_deal, win_deal
from tests.browser.board import open_page
from tests.browser.world import fill
from tests.cast import Cast


@pytest.fixture
def history(cast: Cast) -> str:
    """Half of the deals are won, for 2,000 each; the period is far ahead."""
    at = datetime.combine(cast.today - timedelta(days=60), time(9), cast.workspace.zone)
    day = cast.today - timedelta(days=50)
    win_deal(cast.deal(at=at, amount=Decimal(2000)), reason=cast.fit, closed_on=day, by=cast.dana)
    lose_deal(cast.deal(at=at), reason=cast.price, closed_on=day, by=cast.dana)
    workers.refresh_all()
    return f"{cast.today.year + 1}-Q4"


def test_a_slider_is_answered_and_the_plan_becomes_quotas(
    live_site: str, new_context: CreateContextCallback, cast: Cast, history: str
) -> None:
    page = open_page(new_context, live_site, cast.mia, f"/forecast/plan/?period={history}")
    page.get_by_label("Target").fill("9000")
    created = page.locator(".plan-table tr:has(th:has-text('New deals')) td").nth(1)
    expect(created).to_have_text("9")
    page.locator("#id_win").focus()
    page.keyboard.press("Home")
    expect(page.get_by_role("heading", name="No longer possible")).to_be_visible()
    with page.expect_response(lambda answer: "/live/" in answer.url):  # its scripts run by then
        page.get_by_role("link", name="Back to what was measured").click()
    page.get_by_label("Target").fill("9000")
    expect(created).to_have_text("9")

    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.get_by_role("link", name="Save as quotas").click()
    page.get_by_label("Share it out").select_option("even")
    page.wait_for_url("**how=even**")
    expect(page.get_by_label("Alice")).to_have_value("4,500")
    page.get_by_label("Bob").fill("5,000")
    page.get_by_role("button", name="Set these quotas").click()
    page.wait_for_url("**/forecast/quotas/**")
    assert {quota.owner: quota.amount for quota in Quota.objects.all()} == {cast.alice: 4500, cast.bob: 5000}


def test_a_mark_opens_its_deals_and_every_figure_has_a_table(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    fill(cast)
    page = open_page(new_context, live_site, cast.mia, f"/forecast/dashboard/?period={month_of(cast.today).key}")
    figure = page.locator("figure", has_text="Won by day of the real close")
    figure.locator("summary").click()
    expect(figure.locator("svg.chart")).to_be_hidden()
    expect(figure.locator("tbody td").nth(2)).to_have_text("5,000")
    figure.locator("summary").click()
    figure.locator("svg a").first.click()
    page.wait_for_url("**/deals/?outcome=won**")
    expect(page.get_by_role("link", name="Won", exact=True).first).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("where", ["/forecast/plan/?target=90000", "/forecast/dashboard/"])
def test_nothing_leaves_the_window_on_a_phone(
    live_site: str, new_context: CreateContextCallback, cast: Cast, where: str, theme: str
) -> None:
    fill(cast)
    page = open_page(
        new_context, live_site, cast.mia, where,
        viewport={"width": 390, "height": 844}, color_scheme=theme, has_touch=True,
    )  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") == 390
