"""The forecast in a real browser: it follows the deals by itself, folds, and quotas are typed into a grid."""

import time
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from crm.models import Membership, User
from crm.periods import month_of, quarter_of, year_of
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.models import Quota, QuotaChange
from tests.browser.board import hold, open_page, release
from tests.cast import Cast


def won(page: Page, who: str) -> Any:
    return page.locator(f".forecast-table tr:has(th:has-text('{who}')) td").nth(1)


def test_the_managers_page_follows_a_rep_who_wins(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal("Big one", amount=Decimal(4000))
    set_quota(owner=cast.alice, period=quarter_of(cast.today), amount=Decimal(10_000), by=cast.mia)
    cast.deal("Elsewhere", owner=cast.charlie, amount=Decimal(700))
    workers.refresh_all()
    mia = open_page(new_context, live_site, cast.mia, "/forecast/")
    max_ = open_page(new_context, live_site, cast.max, "/forecast/")
    alice = open_page(new_context, live_site, cast.alice, f"/deals/{deal.pk}/win/")
    expect(won(mia, "Alice")).to_have_text("0")
    focused = mia.locator(".forecast-table tr:has(th:has-text('Bob')) td a").first
    focused.focus()

    alice.get_by_label(cast.fit.name).check()
    alice.get_by_role("button", name="Mark as won").click()
    clicked = time.monotonic()
    expect(won(mia, "Alice")).to_have_text("4,000", timeout=2000)
    assert time.monotonic() - clicked < 2
    expect(mia.locator(".tile:has(dt:text-is('Gap')) dd").first).to_have_text("€6,000")
    expect(mia.locator("#fresh")).to_contain_text("Recomputed")
    assert focused.evaluate("link => link === document.activeElement")
    expect(mia.locator("#forecast")).not_to_have_attribute("aria-busy", "true")

    expect(won(max_, "Charlie")).to_have_text("0")
    assert "Alice" not in max_.locator(".forecast-table").inner_text()
    assert "4,000" not in max_.locator("main").inner_text()


def crowd(cast: Cast) -> None:
    for number in range(30):
        user = User.objects.create(email=f"p{number}@example.com", name=f"Person {number:02}", password="!")
        team = [cast.north, cast.south][number % 2]
        Membership.objects.create(user=user, team=team, starts_on=quarter_of(cast.today).start)


def test_teams_fold_and_stay_folded_when_the_numbers_change(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    crowd(cast)
    page = open_page(new_context, live_site, cast.dana, "/forecast/")
    north, south = (
        page.get_by_role("link", name="Lines below North"),
        page.get_by_role("link", name="Lines below South"),
    )
    alice, charlie = page.locator("tr:has(th:has-text('Alice'))"), page.locator("tr:has(th:has-text('Charlie'))")
    expect(alice).to_be_visible()
    expect(charlie).to_be_hidden()
    expect(south).to_have_attribute("aria-expanded", "false")
    north.click()
    south.press("Enter")
    expect(alice).to_be_hidden()
    expect(charlie).to_be_visible()

    cast.deal("New", owner=cast.charlie, amount=Decimal(700))
    expect(charlie.locator("td").nth(4)).to_have_text("700")
    expect(alice).to_be_hidden()
    expect(charlie).to_be_visible()
    assert south.evaluate("link => link === document.activeElement")


def test_a_number_is_explained_beside_the_table(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal("Pump station Ω", amount=Decimal(4000))
    workers.refresh_all()
    page = open_page(new_context, live_site, cast.mia, "/forecast/")
    cell = page.locator("tr:has(th:has-text('Alice')) td.f-pipeline")
    cell.get_by_role("link").click()
    panel = page.locator(".panel-cell")
    expect(panel).to_contain_text("Pump station Ω")
    expect(panel).to_contain_text("Adds up, to the cent")
    expect(cell).to_have_attribute("aria-current", "true")
    expect(cell).to_be_in_viewport()
    expect(page.locator("th.f-quota")).to_be_hidden()
    assert f"cell=person-{cast.alice.pk}-{cast.north.pk}.open" in page.url

    cast.deal("Another one", amount=Decimal(50))
    expect(panel).to_contain_text("Another one")
    panel.get_by_role("link", name="Close").click()
    expect(panel).to_have_count(0)
    expect(page.locator("th.f-quota")).to_be_visible()
    page.go_forward()
    expect(page.locator(".panel-cell")).to_contain_text("Another one")
    page.reload()
    expect(page.locator(".panel-cell")).to_contain_text("Another one")


def test_a_panel_closed_before_its_answer_stays_closed(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    cast.deal(amount=Decimal(4000))
    workers.refresh_all()
    page = open_page(new_context, live_site, cast.mia, "/forecast/")
    page.locator("tr:has(th:has-text('Alice')) td.f-pipeline").get_by_role("link").click()
    expect(page.locator(".panel-cell")).to_contain_text("Pump station")
    held = hold(page, "**/forecast/cell/**")
    with page.expect_request("**/forecast/cell/**"):
        cast.deal("Another one", amount=Decimal(50))  # the panel is asked for again
    page.locator(".panel-cell").get_by_role("link", name="Close").click()
    expect(page.locator(".panel-cell")).to_have_count(0)
    release(page, held)
    expect(page.locator(".panel-cell")).to_have_count(0)


def test_on_a_phone_a_number_is_explained_on_a_page_of_its_own(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    cast.deal("Pump station Ω", amount=Decimal(4000))
    workers.refresh_all()
    page = open_page(
        new_context, live_site, cast.mia, "/forecast/", viewport={"width": 390, "height": 844}, has_touch=True
    )
    page.locator(".quota-cards li:has-text('Alice')").get_by_role("link", name="400", exact=True).click()
    page.wait_for_url("**/forecast/cell/person-*/forecast/**")
    expect(page.locator(".cell-body")).to_contain_text("Pump station Ω")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_without_scripts_every_line_is_there(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    crowd(cast)
    page = open_page(new_context, live_site, cast.dana, "/forecast/", java_script_enabled=False)
    page.get_by_role("link", name="Lines below South").click()
    expect(page.locator("tr:has(th:has-text('Charlie'))")).to_be_visible()
    expect(page.locator(".f-twist:visible")).to_have_count(0)
    page.goto(f"/forecast/quotas/?period={quarter_of(cast.today).key}")
    cell = page.locator(f"#q-person-{cast.alice.pk}-{cast.north.pk}-{month_of(cast.today).key}-amount")
    cell.fill("1,200")
    cell.press("Enter")
    page.wait_for_url("**/forecast/quotas/?period=**")
    assert Quota.objects.get().amount == 1200


def test_a_quota_typed_into_the_grid_is_saved_with_its_sums(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    month, quarter = month_of(cast.today), quarter_of(cast.today)
    page = open_page(new_context, live_site, cast.dana, f"/forecast/quotas/?period={quarter.key}")
    mine = f"#q-person-{cast.alice.pk}-{cast.north.pk}"
    cell = page.locator(f"{mine}-{month.key}-amount")
    page.locator("#how [name=note]").fill("Plan of the year")
    cell.fill("1,200")
    cell.press("Tab")
    expect(page.locator(f"{mine}-{quarter.key}-amount")).to_have_attribute("placeholder", "1,200")
    expect(page.locator(f"#q-team-{cast.north.pk}-{quarter.key}-amount")).to_have_attribute("placeholder", "1,200")
    assert QuotaChange.objects.get().note == "Plan of the year"

    cell.fill("much")
    cell.press("Enter")
    expect(page.locator(f"{mine}-{month.key}")).to_contain_text("Enter an amount.")
    expect(cell).to_have_value("much")
    expect(cell).to_be_focused()
    cell.fill("1,500")
    cell.press("Enter")
    expect(page.locator(f"{mine}-{quarter.key}-amount")).to_have_attribute("placeholder", "1,500")
    assert Quota.objects.get().amount == 1500

    set_quota(owner=cast.alice, period=month, amount=Decimal(9), by=cast.dana)
    cell.fill("2,000")
    cell.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("Someone changed this in the meantime")
    assert Quota.objects.get().amount == 9


def test_a_block_is_pasted_into_the_grid_and_taken_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    months = [month_of(start) for start in year_of(cast.today).months]
    page = open_page(new_context, live_site, cast.mia, f"/forecast/quotas/?period={year_of(cast.today).key}")
    cell = page.locator(f"#q-person-{cast.alice.pk}-{cast.north.pk}-{months[0].key}-amount")
    cell.focus()
    cell.press("ArrowRight")
    expect(page.locator(f"#q-person-{cast.alice.pk}-{cast.north.pk}-{months[1].key}-amount")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowDown")
    expect(page.locator(f"#q-person-{cast.bob.pk}-{cast.north.pk}-{months[0].key}-amount")).to_be_focused()
    cell.evaluate(
        """(input) => { const data = new DataTransfer(); data.setData("text/plain", "100\\t200\\n300\\tmuch\\n");
        input.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); }"""
    )
    expect(page.get_by_role("heading", name="3 quotas would change")).to_be_visible()
    expect(page.get_by_text("“much” is not an amount.")).to_be_visible()
    assert not Quota.objects.exists()
    page.get_by_role("button", name="Set 3 quotas").click()
    expect(cell).to_have_value("100")
    assert Quota.objects.count() == 3
    page.get_by_role("button", name="Undo").first.click()
    expect(cell).to_have_value("")
    assert not Quota.objects.exists()


def test_setting_a_missing_quota_from_the_table(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal()
    page = open_page(new_context, live_site, cast.mia, "/forecast/")
    page.locator("tr:has(th:has-text('Alice'))").get_by_role("link", name="Set quota").click()
    dialog = page.locator("#dialog")
    dialog.get_by_label("Quota").fill("5,000")
    dialog.get_by_role("button", name="Set quota").click()
    expect(dialog).to_be_hidden()
    expect(page.locator("tr:has(th:has-text('Alice')) td").first).to_have_text("5,000")


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("where", ["/forecast/", "/forecast/quotas/", "/reports/win-loss/"])
def test_nothing_leaves_the_window_on_a_phone(
    live_site: str, new_context: CreateContextCallback, cast: Cast, where: str, theme: str
) -> None:
    crowd(cast)
    set_quota(team=cast.north, period=quarter_of(cast.today), amount=Decimal(1_234_567), by=cast.dana)
    page = open_page(
        new_context,
        live_site,
        cast.dana,
        where,
        viewport={"width": 390, "height": 844},
        color_scheme=theme,
        has_touch=True,
    )
    assert page.evaluate("document.documentElement.scrollWidth") == 390
