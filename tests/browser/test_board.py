"""Moving deals in a real browser: by mouse, touch and keyboard, with others at the same board."""

from decimal import Decimal

from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import move_deal, revise_deal, win_deal
from pipeline.models import Deal
from pipeline.structure import revise_stage
from tests.browser.board import PHONE, Finger, box, card, carry, column, drag, lift, open_page, rail, titles
from tests.cast import Cast


def fresh(deal: Deal) -> Deal:
    return Deal.objects.select_related("stage").get(pk=deal.pk)


# ── By mouse ───────────────────────────────────────────────────────────────────────────────────────


def test_a_card_dragged_two_columns_over_is_seen_by_others_and_not_by_strangers(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    upper, lower = cast.deal("Upper", stage="Solution"), cast.deal("Lower", stage="Solution")
    move_deal(lower, to=cast.stages["Solution"], after=upper.pk, by=cast.alice)
    deal = cast.deal("Wanderer", amount=Decimal(700))
    alice = open_page(new_context, live_site, cast.alice)
    bob = open_page(new_context, live_site, cast.bob)
    charlie = open_page(new_context, live_site, cast.charlie)
    asked: list[str] = []
    charlie.on("request", lambda request: asked.append(request.url))

    drag(alice, card(alice, deal), card(alice, lower), down=10)
    expect(alice.locator("#toasts")).to_contain_text("Moved to Solution")
    assert titles(alice, cast.stages["Solution"]) == ["Upper", "Wanderer", "Lower"]
    expect(alice.locator(f"#head-{cast.stages['Solution'].pk}")).to_contain_text("€3k")  # 1,000 + 1,000 + 700
    expect(alice.locator("#board-totals")).to_contain_text("€2k weighted")  # 1,755
    assert fresh(upper).rank < fresh(deal).rank < fresh(lower).rank

    expect(card(bob, deal).locator(".card-live")).to_contain_text("Alice just moved this")
    assert titles(bob, cast.stages["Solution"]) == ["Upper", "Wanderer", "Lower"]
    expect(bob.locator(f"#head-{cast.stages['Qualify'].pk}")).to_contain_text("0")
    expect(bob.locator("#live-polite")).to_contain_text("Alice just moved this: Wanderer, Solution")
    assert charlie.locator(".card").count() == 0
    assert asked == []


def test_a_card_goes_back_where_it_was_with_escape(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    page.keyboard.press("Escape")
    expect(page.locator(".board.is-dragging")).to_have_count(0)
    page.mouse.up()
    assert titles(page, cast.stages["Qualify"]) == ["Pump station"]
    assert fresh(deal).version == 1


def test_dropped_on_won_it_asks_why_and_z_takes_it_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal("Big one", amount=Decimal(4000))
    alice, bob = open_page(new_context, live_site, cast.alice), open_page(new_context, live_site, cast.bob)
    drag(alice, card(alice, deal), rail(alice, cast.stages["Won"]), down=60)
    expect(alice.locator("#dialog h2")).to_have_text("Why was it won?")
    expect(rail(alice, cast.stages["Won"])).to_contain_text("Nothing yet")
    alice.keyboard.press("1")
    alice.get_by_role("button", name="Mark as won").click()
    expect(card(alice, deal)).to_have_count(0)
    expect(rail(alice, cast.stages["Won"])).to_contain_text("Big one")
    expect(rail(bob, cast.stages["Won"])).to_contain_text("€4k")
    expect(card(bob, deal)).to_have_count(0)
    assert fresh(deal).win_reason == cast.fit
    alice.keyboard.press("z")
    expect(column(alice, cast.stages["Qualify"])).to_contain_text("Big one")
    expect(column(bob, cast.stages["Qualify"])).to_contain_text("Big one")
    assert fresh(deal).is_open


def test_cancelling_the_reason_puts_the_card_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    drag(page, card(page, deal), rail(page, cast.stages["Lost"]), down=60)
    expect(page.locator("#dialog h2")).to_have_text("Why was it lost?")
    page.keyboard.press("Escape")
    expect(card(page, deal)).not_to_have_class("card is-hole")
    expect(page.locator(f"#head-{cast.stages['Qualify'].pk} [data-number]")).to_have_text("1")
    assert fresh(deal).version == 1


def test_a_stage_that_needs_a_field_asks_for_it(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    revise_stage(cast.stages["Demo"], required_fields=["source"], by=cast.dana)
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    drag(page, card(page, deal), column(page, cast.stages["Demo"]))
    expect(page.locator("#dialog h2")).to_have_text("Before it goes to Demo")
    page.get_by_role("link", name="Cancel").click()
    expect(column(page, cast.stages["Qualify"])).to_contain_text("Pump station")
    drag(page, card(page, deal), column(page, cast.stages["Demo"]))
    page.get_by_label("Source").select_option(label="Referral")
    page.get_by_role("button", name="Save and move").click()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(column(page, cast.stages["Demo"])).to_contain_text("Pump station")
    assert fresh(deal).source == cast.referral


def test_an_update_that_arrives_while_one_drags_waits_for_the_drop(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, other = cast.deal("Mine"), cast.deal("Bobs", owner=cast.bob)
    page = open_page(new_context, live_site, cast.mia)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    with page.expect_event("console", lambda message: message.text == "heard"):
        page.evaluate("document.body.addEventListener('penstock:deal', () => console.log('heard'), { once: true })")
        move_deal(other, to=cast.stages["Solution"], by=cast.bob)
    assert titles(page, cast.stages["Qualify"])[0] == "Bobs"  # the board has not moved under the hand
    page.mouse.up()
    expect(column(page, cast.stages["Demo"])).to_contain_text("Mine")
    expect(column(page, cast.stages["Solution"])).to_contain_text("Bobs")
    assert (fresh(deal).stage, fresh(other).stage) == (cast.stages["Demo"], cast.stages["Solution"])


def test_two_people_move_the_same_card_and_the_second_is_told(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    win_deal(deal, reason=cast.fit, by=cast.mia)
    page.mouse.up()
    expect(page.locator("#dialog")).to_contain_text("Mia moved this to Won")
    page.get_by_role("link", name="Keep").click()
    expect(card(page, deal)).to_have_count(0)
    expect(rail(page, cast.stages["Won"])).to_contain_text("Pump station")
    assert fresh(deal).is_won


def test_the_second_may_insist(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    move_deal(deal, to=cast.stages["Quote and contract"], by=cast.mia)
    page.mouse.up()
    page.get_by_role("button", name="Move anyway").click()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(column(page, cast.stages["Demo"])).to_contain_text("Pump station")
    assert fresh(deal).stage == cast.stages["Demo"]


def test_somebody_elses_cards_cannot_be_dragged(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.ravi)
    at = box(card(page, deal))
    page.mouse.move(at["x"] + 60, at["y"] + 50)
    page.mouse.down()
    carry(page, column(page, cast.stages["Demo"]))
    expect(page.locator(".board.is-dragging")).to_have_count(0)
    page.mouse.up()
    assert titles(page, cast.stages["Qualify"]) == ["Pump station"]
    expect(page.locator(".card-menu")).to_have_count(0)


# ── By keyboard ────────────────────────────────────────────────────────────────────────────────────


def test_a_card_is_lifted_carried_and_dropped_by_keyboard(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, below = cast.deal("Wanderer"), cast.deal("Lower", stage="Solution")
    page = open_page(new_context, live_site, cast.alice)
    card(page, deal).locator(".card-title a").focus()
    page.keyboard.press(" ")
    expect(page.locator("#live-assertive")).to_contain_text("Wanderer lifted")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("l")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#live-assertive")).to_have_text("Solution, 2 of 1")
    page.keyboard.press(" ")
    expect(page.locator("#toasts")).to_contain_text("Moved to Solution")
    expect(page.locator("#live-assertive")).to_have_text("Solution, 2 of 2")
    assert titles(page, cast.stages["Solution"]) == ["Lower", "Wanderer"]
    expect(card(page, deal).locator(".card-title a")).to_be_focused()
    assert fresh(deal).rank > fresh(below).rank
    page.keyboard.press("Shift+ArrowLeft")
    expect(column(page, cast.stages["Demo"])).to_contain_text("Wanderer")


def test_escape_puts_a_lifted_card_back(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    card(page, deal).locator(".card-title a").focus()
    for key in (" ", "ArrowRight", "ArrowRight", "Escape"):
        page.keyboard.press(key)
    assert titles(page, cast.stages["Qualify"]) == ["Pump station"]
    expect(page.locator("#live-assertive")).to_contain_text("is back where it was")
    assert fresh(deal).version == 1


def test_arrows_rove_and_letters_open_forms(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal("Lower")
    upper, right = cast.deal("Upper"), cast.deal("Right", stage="Solution")
    page = open_page(new_context, live_site, cast.alice)
    page.keyboard.press("ArrowDown")
    expect(card(page, upper).locator("a").first).to_be_focused()
    page.keyboard.press("ArrowRight")  # over the empty column
    expect(card(page, right).locator("a").first).to_be_focused()
    page.keyboard.press("v")
    expect(page.locator("#dialog h2")).to_have_text("Amount")
    page.get_by_role("textbox", name="Amount").fill("777")
    page.keyboard.press("Enter")
    expect(card(page, right)).to_contain_text("€777")
    assert fresh(right).amount == 777


# ── By touch ───────────────────────────────────────────────────────────────────────────────────────


def test_press_and_hold_drags_by_touch(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, has_touch=True)
    finger, at, to = Finger(page), box(card(page, deal)), box(column(page, cast.stages["Solution"]))
    finger.press(at["x"] + 60, at["y"] + 50)
    page.wait_for_selector("#deal-%d.sortable-chosen" % deal.pk)  # noqa: UP031
    finger.to(at["x"] + 80, at["y"] + 60, steps=3)
    page.wait_for_selector(".board.is-dragging")
    finger.to(to["x"] + 60, to["y"] + 40)
    finger.to(to["x"] + 62, to["y"] + 42, steps=2)
    finger.up()
    expect(column(page, cast.stages["Solution"])).to_contain_text("Pump station")
    expect(page.locator("#toasts")).to_contain_text("Moved to Solution")
    assert fresh(deal).stage == cast.stages["Solution"]


def test_a_swipe_scrolls_and_never_drags(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    for number in range(12):
        cast.deal(f"Deal {number}")
    page = open_page(new_context, live_site, cast.alice, viewport=PHONE, has_touch=True, is_mobile=True)
    finger, at = Finger(page), box(page.locator(".cards .card").nth(3))
    finger.press(at["x"] + 100, at["y"] + 50)
    finger.to(at["x"] + 100, at["y"] - 300, steps=10)
    page.wait_for_function(f"document.querySelector('#cards-{cast.stages['Qualify'].pk}').scrollTop > 100")
    expect(page.locator(".board.is-dragging")).to_have_count(0)
    finger.up()
    assert Deal.objects.filter(version__gt=1).count() == 0


def test_on_a_phone_the_menu_moves(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice, viewport=PHONE, has_touch=True, is_mobile=True)
    card(page, deal).locator(".card-menu").tap()
    page.locator("#card-menu").get_by_role("button", name="Demo").tap()
    expect(column(page, cast.stages["Demo"])).to_contain_text("Pump station")
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    assert fresh(deal).stage == cast.stages["Demo"]


# ── The rest of the page ───────────────────────────────────────────────────────────────────────────


def test_the_deal_opens_beside_the_board_and_back_closes_it(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    first, second = cast.deal("First"), cast.deal("Second")
    page = open_page(new_context, live_site, cast.alice)
    card(page, second).locator("a").first.click()
    expect(page.locator(".panel")).to_contain_text("Second")
    expect(page.locator("[data-position]")).to_have_text("1 of 2 in Qualify")
    assert f"panel={second.pk}" in page.url
    page.keyboard.press("j")
    expect(page.locator(".panel-title")).to_have_text("First")
    expect(card(page, first)).to_have_class("card is-selected")
    revise_deal(first, amount=Decimal(4321), by=cast.mia)
    expect(page.locator(".panel")).to_contain_text("€4,321")  # by itself
    page.locator(".composer-text").fill("Spoke with Carol")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".timeline")).to_contain_text("Spoke with Carol")
    page.go_back()
    expect(page.locator(".panel")).to_have_count(0)


def test_c_adds_a_deal_in_one_line(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal()
    alice, bob = open_page(new_context, live_site, cast.alice), open_page(new_context, live_site, cast.bob)
    alice.keyboard.press("c")
    alice.locator("#id_line").fill("Acme, level sensors 14k €, tomorrow")
    expect(alice.locator("#understood-new")).to_contain_text("€14,000")
    alice.keyboard.press("Enter")
    for page in (alice, bob):
        expect(column(page, cast.stages["Qualify"]).locator(".card-title").first).to_have_text("Level sensors")


def test_more_cards_come_near_the_end_and_none_twice(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    for number in range(40):
        cast.deal(f"Deal {number}")
    page = open_page(new_context, live_site, cast.alice)
    cards = column(page, cast.stages["Qualify"]).locator(".card")
    expect(cards).to_have_count(25)
    cards.last.scroll_into_view_if_needed()
    expect(cards).to_have_count(40)
    assert len(set(titles(page, cast.stages["Qualify"]))) == 40


def test_without_scripts_everything_is_a_form(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    from django.test import Client

    deal = cast.deal()
    client = Client()
    client.force_login(cast.alice)
    context = new_context(base_url=live_site, java_script_enabled=False)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_site}])
    page = context.new_page()
    page.goto("/board/")
    page.locator(f"#deal-{deal.pk} .card-menu").focus()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Demo").click()
    assert fresh(deal).stage == cast.stages["Demo"]
    page.get_by_role("link", name="Lost", exact=True).click()
    page.get_by_label("Price").check()
    page.get_by_role("button", name="Mark as lost").click()
    assert fresh(deal).is_lost
    page.get_by_role("button", name="Reopen").click()
    assert fresh(deal).is_open
