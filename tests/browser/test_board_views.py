"""Other ways to look at the board, in a real browser: views, months, orders, folded columns, pipelines."""

from decimal import Decimal

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from crm.periods import add_months, month_of
from pipeline.actions import move_deal, revise_deal
from pipeline.models import Pipeline, SavedView, ScreenChoice
from pipeline.processes import NEW_BUSINESS
from pipeline.structure import create_pipeline
from tests.browser.board import box, card, carry, column, drag, fresh, hold, lift, open_page, titles
from tests.cast import Cast
from tests.quiet import until


def test_a_view_saved_by_one_is_opened_by_another(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    cast.deal("Large", amount=Decimal(9000))
    cast.deal("Small", amount=Decimal(10))
    alice = open_page(new_context, live_site, cast.alice)
    alice.get_by_role("link", name="Filter", exact=True).click()
    alice.get_by_label("Amount from").fill("5000")
    alice.get_by_role("button", name="Apply").click()
    expect(alice.get_by_role("link", name="Remove filter Amount from")).to_be_visible()
    assert titles(alice, cast.stages["Qualify"]) == ["Large"]
    alice.get_by_role("link", name="Save as a view", exact=True).first.click()
    alice.get_by_label("Name").fill("Big fish")
    alice.get_by_label("One team").check()
    alice.get_by_label("Team", exact=True).select_option(label="North")
    alice.get_by_role("button", name="Save").click()
    expect(alice.get_by_role("link", name="Big fish").first).to_have_attribute("aria-current", "page")

    bob = open_page(new_context, live_site, cast.bob)
    bob.get_by_role("link", name="Big fish").first.click()
    expect(bob.locator(".card")).to_have_count(1)
    bob.get_by_role("button", name="All views").click()
    expect(bob.get_by_role("button", name="Delete the view")).to_have_count(0)
    bob.get_by_role("button", name="Always open with this view").click()
    bob.get_by_role("link", name="All open").first.click()
    expect(bob.locator(".card")).to_have_count(2)
    bob.get_by_role("link", name="Board", exact=True).first.click()
    expect(bob).to_have_url(f"{live_site}/board/{cast.pipeline.pk}/?amount_from=5000&view={SavedView.objects.get().pk}")


def test_a_card_dragged_to_another_month_closes_on_its_last_day(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, there = cast.deal("Wanderer"), month_of(add_months(cast.today, 1))
    alice = open_page(new_context, live_site, cast.alice, "/board/?by=month")
    bob = open_page(new_context, live_site, cast.bob, "/board/?by=month")
    target = alice.locator(f"#cards-{there.key}")
    lift(alice, card(alice, deal))
    carry(alice, target)
    expect(alice.locator(".drop-line")).to_have_count(0)
    expect(alice.locator(f"#column-{there.key}")).to_have_class("column is-target")
    alice.mouse.up()
    expect(alice.locator("#toasts")).to_contain_text("Closes")
    expect(alice.locator(f"#head-{there.key}")).to_contain_text("1 · €1k")
    assert (fresh(deal).expected_close_on, fresh(deal).pushes) == (there.last_day, 1)
    expect(bob.locator(f"#cards-{there.key}")).to_contain_text("Wanderer")
    alice.keyboard.press("z")
    expect(alice.locator(f"#cards-{cast.today:%Y-%m}")).to_contain_text("Wanderer")
    expect(bob.locator(f"#cards-{cast.today:%Y-%m}")).to_contain_text("Wanderer")
    assert fresh(deal).expected_close_on == cast.today


def test_dropped_on_what_is_past_it_asks_for_a_month(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    revise_deal(cast.deal("Late"), expected_close_on=add_months(cast.today, -1), by=cast.alice)
    page = open_page(new_context, live_site, cast.alice, "/board/?by=month")
    drag(page, card(page, deal), page.locator("#cards-past"))
    expect(page.locator("#dialog")).to_contain_text("Choose a month.")
    page.keyboard.press("Escape")
    expect(page.locator(f"#cards-{cast.today:%Y-%m}")).to_contain_text("Pump station")
    assert fresh(deal).version == 1


def test_in_another_order_a_drop_changes_the_stage_only(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    for amount in (300, 100):
        cast.deal(f"{amount}", amount=Decimal(amount), stage="Demo")
    deal = cast.deal("200", amount=Decimal(200))
    page = open_page(new_context, live_site, cast.alice, "/board/?sort=-amount")
    shown = column(page, cast.stages["Demo"]).locator(".card-title")
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    expect(page.locator(".drop-line")).to_have_count(0)
    page.mouse.up()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(shown).to_have_text(["300", "200", "100"])
    move_deal(cast.deal("250", amount=Decimal(250), owner=cast.bob), to=cast.stages["Demo"], by=cast.bob)
    expect(shown).to_have_text(["300", "250", "200", "100"])


def test_a_folded_column_stays_folded_and_takes_cards(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    demo = cast.stages["Demo"]
    deal, there = cast.deal(), cast.deal("There", stage="Demo")
    page = open_page(new_context, live_site, cast.alice)
    page.get_by_role("button", name="More about Demo").click()
    with page.expect_response("**/folding/"):  # drawn at once, and then it is remembered
        page.get_by_role("button", name="Fold the column").click()
    expect(page.locator(f"#column-{demo.pk}")).to_have_class("column is-folded")
    expect(page.get_by_role("button", name="Unfold Demo")).to_be_focused()
    expect(card(page, there)).to_be_hidden()
    page.reload()
    page.wait_for_selector(".board[data-ready]")
    lift(page, card(page, deal))
    strip = box(page.locator(f"#column-{demo.pk}"))
    page.mouse.move(strip["x"] + 20, strip["y"] + 300, steps=8)
    expect(page.locator(f"#column-{demo.pk}")).to_have_class("column is-folded is-target")
    page.mouse.up()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(page.locator(f"#head-{demo.pk} [data-number]")).to_have_text("2")
    page.get_by_role("button", name="Unfold Demo").click()
    expect(card(page, there)).to_be_visible()
    expect(card(page, deal)).to_be_visible()
    assert fresh(deal).stage == demo


def test_a_fold_is_remembered_though_one_leaves_before_it_is_answered(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    page = open_page(new_context, live_site, cast.alice)
    held = hold(page, "**/folding/")
    page.get_by_role("button", name="More about Demo").click()
    with page.expect_request("**/folding/"):
        page.get_by_role("button", name="Fold the column").click()
    page.goto("/deals/")
    held[0].continue_()
    until(lambda: ScreenChoice.objects.filter(folded=[str(cast.stages["Demo"].pk)]).exists())


def test_the_pipeline_is_switched_by_keyboard(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_page(new_context, live_site, cast.alice)
    expect(page.get_by_role("button", name="New business")).to_have_count(0)  # there is but one
    other = create_pipeline(template=NEW_BUSINESS, name="Renewals", by=cast.dana)
    retired = create_pipeline(template=NEW_BUSINESS, name="Retired", by=cast.dana)
    Pipeline.objects.filter(pk=retired.pk).update(is_active=False)
    page.reload()
    page.wait_for_selector(".board[data-ready]")
    switch = page.locator(".bar-switch")
    switch.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#pipelines")).not_to_contain_text("Retired")
    expect(page.locator("#pipelines .menu-item").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{live_site}/board/{other.pk}/")
