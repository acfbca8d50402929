"""Several cards at once: picked, dragged, asked about, taken back."""

from decimal import Decimal

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.models import Deal
from pipeline.structure import revise_stage
from tests.browser.board import PHONE, card, carry, column, drag, fresh, lift, open_page, rail, titles
from tests.cast import Cast


def five(cast: Cast) -> list[Deal]:
    """A, B, C, D, E from the top of Qualify."""
    return [cast.deal(title) for title in "EDCBA"][::-1]


def test_five_picked_with_shift_are_dragged_together_and_taken_back_at_once(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    lower, upper = cast.deal("Lower", stage="Solution"), cast.deal("Upper", stage="Solution")
    deals = five(cast)
    alice, bob = open_page(new_context, live_site, cast.alice), open_page(new_context, live_site, cast.bob)
    card(alice, deals[0]).click(modifiers=["Control"], position={"x": 60, "y": 50})
    card(alice, deals[4]).click(modifiers=["Shift"], position={"x": 60, "y": 50})
    expect(alice.locator("#bulk")).to_contain_text("5 selected")
    expect(alice.locator("#live-assertive")).to_have_text("5 selected")
    lift(alice, card(alice, deals[2]))
    expect(alice.locator(".stack-count")).to_have_text("5")
    carry(alice, card(alice, lower), down=10)
    alice.mouse.up()
    expect(alice.locator("#toasts")).to_contain_text("5 deals moved to Solution")
    expected = ["Upper", "A", "B", "C", "D", "E", "Lower"]
    assert titles(alice, cast.stages["Solution"]) == expected
    expect(column(bob, cast.stages["Solution"]).locator(".card-title")).to_have_text(expected)
    expect(alice.locator(f"#head-{cast.stages['Solution'].pk} [data-number]")).to_have_text("7")
    assert [fresh(deal).stage.name for deal in (upper, *deals, lower)] == ["Solution"] * 7
    alice.keyboard.press("z")
    expect(alice.locator("#toasts")).to_contain_text("5 taken back")
    for page in (alice, bob):
        expect(column(page, cast.stages["Qualify"]).locator(".card-title")).to_have_text(["A", "B", "C", "D", "E"])
        expect(column(page, cast.stages["Solution"]).locator(".card-title")).to_have_text(["Upper", "Lower"])


def test_they_are_picked_by_keyboard_and_escape_lets_go(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    first, second = five(cast)[:2]
    page = open_page(new_context, live_site, cast.alice)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_contain_text("2 selected")
    expect(card(page, first).locator(".card-title a")).to_have_attribute("aria-description", "Selected")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_contain_text("1 selected")
    expect(card(page, second)).to_have_class("card")
    page.keyboard.press("Escape")
    expect(page.locator("#bulk")).to_be_hidden()
    expect(page.locator(".is-picked")).to_have_count(0)


def test_what_a_stage_needs_is_asked_once_for_all(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    revise_stage(cast.stages["Demo"], required_fields=["source"], by=cast.dana)
    deals = five(cast)[:2]
    page = open_page(new_context, live_site, cast.alice)
    for deal in deals:
        card(page, deal).click(modifiers=["Control"], position={"x": 60, "y": 50})
    drag(page, card(page, deals[0]), column(page, cast.stages["Demo"]))
    expect(page.locator("#dialog h2")).to_have_text("Before it goes to Demo")
    page.get_by_role("link", name="Cancel").click()
    expect(column(page, cast.stages["Qualify"]).locator(".card-title")).to_have_text(["A", "B", "C", "D", "E"])
    drag(page, card(page, deals[0]), column(page, cast.stages["Demo"]))
    page.get_by_label("Source").select_option(label="Referral")
    page.get_by_role("button", name="Save and move").click()
    expect(page.locator("#toasts")).to_contain_text("2 deals moved to Demo")
    expect(column(page, cast.stages["Demo"]).locator(".card-title")).to_have_text(["A", "B"])
    assert [fresh(deal).source for deal in deals] == [cast.referral] * 2


def test_dropped_on_lost_the_reason_is_asked_once_for_all(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deals = five(cast)
    page = open_page(new_context, live_site, cast.alice)
    for deal in deals[1:4]:
        card(page, deal).click(modifiers=["Control"], position={"x": 60, "y": 50})
    drag(page, card(page, deals[1]), rail(page, cast.stages["Lost"]), down=60)
    expect(page.locator("#dialog h2")).to_have_text("Why was it lost?")
    page.get_by_label("Price").check()
    page.get_by_role("button", name="Mark as lost").click()
    expect(page.locator("#toasts")).to_contain_text("3 deals lost")
    expect(column(page, cast.stages["Qualify"]).locator(".card-title")).to_have_text(["A", "E"])
    expect(rail(page, cast.stages["Lost"])).to_contain_text("€3k")
    expect(page.locator("#bulk")).to_be_hidden()
    page.keyboard.press("z")
    expect(column(page, cast.stages["Qualify"]).locator(".card-title")).to_have_text(["A", "B", "C", "D", "E"])


def test_the_bar_and_the_letters_act_on_all_that_are_picked(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deals = five(cast)
    page = open_page(new_context, live_site, cast.mia)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("a")
    page.get_by_label("Owner").select_option(label="Bob")
    page.locator("#dialog").get_by_role("button", name="Hand over").click()
    expect(page.locator("#toasts")).to_contain_text("2 deals handed over to Bob")
    assert [fresh(deal).owner.name for deal in deals[:3]] == ["Bob", "Bob", "Alice"]
    page.locator("#bulk").get_by_role("button", name="Delete").click()
    page.locator("#dialog").get_by_role("button", name="Delete").click()
    expect(page.locator("#toasts")).to_contain_text("2 deals deleted")
    expect(column(page, cast.stages["Qualify"]).locator(".card-title")).to_have_text(["C", "D", "E"])


def test_on_a_phone_they_are_picked_by_the_menu_and_taps(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deals = five(cast)
    page = open_page(new_context, live_site, cast.alice, viewport=PHONE, has_touch=True, is_mobile=True)
    card(page, deals[0]).locator(".card-menu").tap()
    page.locator("#card-menu").get_by_role("button", name="Select").tap()
    card(page, deals[1]).tap(position={"x": 60, "y": 50})
    expect(page.locator("#bulk")).to_contain_text("2 selected")
    page.locator("#bulk").get_by_role("button", name="Move…").tap()
    page.locator("#dialog").get_by_label("Demo").check()
    page.locator("#dialog").get_by_role("button", name="Move").tap()
    expect(page.locator("#toasts")).to_contain_text("2 deals moved to Demo")
    expect(column(page, cast.stages["Demo"]).locator(".card-title")).to_have_text(["A", "B"])
    assert {fresh(deal).stage.name for deal in deals[:2]} == {"Demo"}


def test_a_card_that_is_not_picked_goes_alone(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deals = five(cast)
    cast.deal("Elsewhere", amount=Decimal(5), stage="Demo")
    page = open_page(new_context, live_site, cast.alice)
    card(page, deals[0]).click(modifiers=["Control"], position={"x": 60, "y": 50})
    drag(page, card(page, deals[3]), column(page, cast.stages["Demo"]))
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(column(page, cast.stages["Demo"]).locator(".card-title")).to_have_text(["D", "Elsewhere"])
    expect(page.locator("#bulk")).to_contain_text("1 selected")
