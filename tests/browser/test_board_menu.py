"""The menu of a card, and the tray that opens while one drags."""

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import revise_deal
from pipeline.models import Deal
from pipeline.processes import NEW_BUSINESS
from pipeline.structure import create_pipeline
from tests.browser.board import PHONE, box, card, carry, column, drag, fresh, hold, lift, open_page
from tests.cast import Cast


def test_it_has_all_one_can_do_and_gives_the_focus_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    button = card(page, deal).locator(".card-menu")
    button.focus()
    page.keyboard.press("Enter")
    menu = page.locator("#card-menu")
    expect(menu.get_by_role("button", name="Demo")).to_be_focused()
    entries = ["Qualify", "Demo", "Solution", "Quote and contract", "Another stage…", "Won", "Lost", "Assign…"]
    entries += ["Next step…", "Amount…", "Close date…", "Select", "Clone…", "Delete"]
    shown = [text.split("\n")[0].strip() for text in menu.locator(".menu-item").all_inner_texts()]
    assert [entry for entry in entries if entry not in shown] == []
    page.keyboard.press("ArrowDown")
    expect(menu.get_by_role("button", name="Solution")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()


def test_it_is_that_of_the_card_pressed_last_however_slow_the_answers(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    first, last = cast.deal("First"), cast.deal("Last")
    page = open_page(new_context, live_site, cast.alice)
    held = hold(page, "**/menu/")
    with page.expect_request("**/menu/"):
        card(page, first).locator(".card-menu").press("Enter")
    card(page, last).locator(".card-menu").press("Enter")
    with page.expect_request("**/menu/"):
        held[0].continue_()
    expect(page.locator("#card-menu")).to_be_hidden()
    revise_deal(last, title="Renamed", by=cast.mia)
    expect(card(page, last)).to_contain_text("Renamed")  # another card now than the one that was pressed
    held[1].continue_()
    page.locator("#card-menu").get_by_role("button", name="Demo").click()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    assert [fresh(deal).stage.name for deal in (first, last)] == ["Qualify", "Demo"]


def test_next_step_amount_and_delete(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    menu, dialog = page.locator("#card-menu"), page.locator("#dialog")

    def choose(entry: str) -> None:
        card(page, deal).locator(".card-menu").focus()
        page.keyboard.press("Enter")
        menu.locator(".menu-item", has_text=entry).click()

    choose("Next step…")
    dialog.locator("[name=text]").fill("Call Carol")
    dialog.locator("[name=due_on]").fill(cast.today.isoformat())
    dialog.get_by_role("button", name="Save").click()
    expect(card(page, deal).locator(".card-step")).to_have_text("Today Call Carol")
    expect(dialog).to_be_hidden()
    choose("Amount…")
    dialog.get_by_role("textbox", name="Amount").fill("4321")
    page.keyboard.press("Enter")
    expect(card(page, deal)).to_contain_text("€4,321")
    choose("Delete")
    expect(card(page, deal)).to_have_count(0)
    page.locator("#toasts .toast", has_text="Deleted").get_by_role("button", name="Undo").click()
    expect(card(page, deal)).to_have_count(1)
    assert fresh(deal).archived_at is None


def test_on_a_phone_it_is_a_sheet_for_a_thumb(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, viewport=PHONE, has_touch=True, is_mobile=True)
    button = card(page, deal).locator(".card-menu")
    assert (box(button)["width"], box(button)["height"]) == (44, 44)
    button.tap()
    menu = page.locator("#card-menu")
    expect(menu).to_be_visible()
    assert box(menu)["x"] == 8
    assert box(menu)["y"] + box(menu)["height"] == PHONE["height"] - 8
    assert min(box(item)["height"] for item in menu.locator(".menu-item").all()) >= 44


def test_by_month_too_the_menu_moves_to_a_stage(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, "/board/?by=month")
    card(page, deal).locator(".card-menu").focus()
    page.keyboard.press("Enter")
    page.locator("#card-menu").get_by_role("button", name="Demo").click()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    assert fresh(deal).stage == cast.stages["Demo"]


# ── The tray ───────────────────────────────────────────────────────────────────────────────────────


def test_a_manager_drops_a_card_on_herself(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.mia)
    zone = page.locator("[data-kind=mine]")
    expect(zone).to_be_hidden()
    lift(page, card(page, deal))
    expect(zone).to_be_visible()
    carry(page, zone, down=10)
    expect(zone).to_have_class("drop-zone is-over")
    page.mouse.up()
    expect(page.locator("#toasts")).to_contain_text("Handed over to Mia")
    expect(card(page, deal).locator(".avatar")).to_have_attribute("aria-label", "Mia")
    expect(zone).to_be_hidden()
    assert fresh(deal).owner == cast.mia
    page.keyboard.press("z")
    expect(card(page, deal).locator(".avatar")).to_have_attribute("aria-label", "Alice")
    rep = open_page(new_context, live_site, cast.alice)
    expect(rep.locator("[data-kind=mine]")).to_have_count(0)  # all that she may move is hers


def test_a_card_goes_to_another_pipeline(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    partners = create_pipeline(template=NEW_BUSINESS, name="Partners", by=cast.dana)
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    lift(page, card(page, deal))
    carry(page, page.locator("[data-kind=other]"), down=10)
    page.mouse.up()
    first = partners.stages.order_by("position")[0]
    page.locator("#dialog").locator(f"[value='{first.pk}']").check()
    page.locator("#dialog").get_by_role("button", name="Move").click()
    expect(page.locator("#toasts")).to_contain_text(f"Moved to {first}")
    expect(card(page, deal)).to_have_count(0)
    assert Deal.objects.get(pk=deal.pk).pipeline == partners


def test_the_order_in_a_column_is_one_s_own(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deals = {title: cast.deal(title) for title in "CBA"}
    page = open_page(new_context, live_site, cast.alice)
    in_order = column(page, cast.stages["Qualify"]).locator(".card-title")
    drag(page, card(page, deals["A"]), card(page, deals["C"]), down=90)
    expect(in_order).to_have_text(["B", "C", "A"])
    expect(page.locator("#live-assertive")).to_have_text("Qualify, 3 of 3")
    card(page, deals["A"]).locator(".card-title a").focus()
    for key in (" ", "k", "ArrowUp", " "):
        page.keyboard.press(key)
    expect(in_order).to_have_text(["A", "B", "C"])
    expect(page.locator("#live-assertive")).to_have_text("Qualify, 1 of 3")
    page.keyboard.press("z")
    expect(in_order).to_have_text(["B", "C", "A"])
    page.keyboard.press("z")
    expect(in_order).to_have_text(["A", "B", "C"])
    assert list(Deal.objects.order_by("rank").values_list("title", flat=True)) == ["A", "B", "C"]
