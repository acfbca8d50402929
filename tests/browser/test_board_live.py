"""What others do while one works: it waits for the hand, and takes nothing away from it."""

from decimal import Decimal

from playwright.sync_api import APIResponse, Page, Route, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import move_deal, revise_deal, win_deal
from pipeline.models import Deal
from tests.browser.board import box, card, carry, column, fresh, lift, open_page, titles
from tests.cast import Cast


def listen(page: Page) -> None:
    """From now on the page notes whose news it hears."""
    page.evaluate(
        "window.heard = [], document.body.addEventListener('penstock:deal', ({ detail }) => heard.push(detail.id))"
    )


def hears(page: Page, deal: Deal) -> None:
    page.wait_for_function(f"() => heard.includes({deal.pk})")


def test_an_update_that_arrives_while_one_drags_waits_for_the_drop(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, other = cast.deal("Mine"), cast.deal("Bobs", owner=cast.bob)
    page = open_page(new_context, live_site, cast.mia)
    listen(page)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    move_deal(other, to=cast.stages["Solution"], by=cast.bob)
    hears(page, other)
    assert titles(page, cast.stages["Qualify"])[0] == "Bobs"  # the board has not moved under the hand
    page.mouse.up()
    expect(column(page, cast.stages["Demo"])).to_contain_text("Mine")
    expect(column(page, cast.stages["Solution"])).to_contain_text("Bobs")
    assert (fresh(deal).stage, fresh(other).stage) == (cast.stages["Demo"], cast.stages["Solution"])


def test_the_card_in_the_hand_may_itself_be_what_changed(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)
    listen(page)
    lift(page, card(page, deal))
    carry(page, column(page, cast.stages["Demo"]))
    revise_deal(deal, amount=Decimal(4321), by=cast.mia)
    hears(page, deal)
    page.mouse.up()
    expect(page.locator("#toasts")).to_contain_text("Moved to Demo")
    expect(column(page, cast.stages["Demo"])).to_contain_text("€4,321")
    assert (fresh(deal).stage, fresh(deal).amount) == (cast.stages["Demo"], 4321)


def test_an_answer_that_comes_after_a_newer_one_changes_nothing(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    held: list[tuple[Route, APIResponse]] = []
    deal = cast.deal()
    page = open_page(new_context, live_site, cast.alice)

    def overtake(route: Route) -> None:
        held.append((route, route.fetch()))
        revise_deal(fresh(deal), title="Twice", by=cast.mia)

    page.route("**/news/**", overtake, times=1)
    revise_deal(deal, title="Once", by=cast.mia)
    expect(card(page, deal).locator(".card-title")).to_have_text("Twice")
    [(route, answer)] = held
    with page.expect_event("requestfinished", lambda request: "/news/" in request.url):
        route.fulfill(response=answer)
    page.evaluate("() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
    assert card(page, deal).locator(".card-title").inner_text() == "Twice"


def test_an_update_waits_for_a_lifted_card_an_open_menu_and_a_form(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, other = cast.deal("Mine"), cast.deal("Bobs", owner=cast.bob)
    page = open_page(new_context, live_site, cast.mia)
    listen(page)
    card(page, deal).locator(".card-title a").focus()
    page.keyboard.press(" ")
    revise_deal(other, title="Once", by=cast.bob)
    hears(page, other)
    expect(card(page, other).locator(".card-title")).to_have_text("Bobs")
    page.keyboard.press("Escape")
    expect(card(page, other).locator(".card-title")).to_have_text("Once")

    listen(page)
    card(page, deal).hover()
    card(page, deal).locator(".card-menu").click()
    expect(page.locator("#card-menu")).to_be_visible()
    revise_deal(other, title="Twice", by=cast.bob)
    hears(page, other)
    expect(card(page, other).locator(".card-title")).to_have_text("Once")
    page.keyboard.press("Escape")
    expect(card(page, other).locator(".card-title")).to_have_text("Twice")
    expect(card(page, deal).locator(".card-menu")).to_be_focused()

    listen(page)
    page.keyboard.press("c")
    expect(page.locator("#id_line")).to_be_focused()
    revise_deal(other, title="Thrice", by=cast.bob)
    hears(page, other)
    expect(card(page, other).locator(".card-title")).to_have_text("Twice")
    page.keyboard.press("Escape")
    expect(card(page, other).locator(".card-title")).to_have_text("Thrice")


def test_it_never_takes_the_focus_and_never_scrolls(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deals = [cast.deal(f"Deal {number}") for number in range(20)][::-1]
    page = open_page(new_context, live_site, cast.alice)
    link = card(page, deals[15]).locator(".card-title a")
    link.focus()
    link.scroll_into_view_if_needed()
    before = box(link)["y"]
    move_deal(deals[0], to=cast.stages["Demo"], by=cast.mia)
    revise_deal(deals[15], amount=Decimal(77), by=cast.mia)
    expect(column(page, cast.stages["Demo"])).to_contain_text("Deal 19")
    expect(card(page, deals[15])).to_contain_text("€77")
    expect(link).to_be_focused()
    assert abs(box(link)["y"] - before) < 40  # the strip that says who; not the height of the card that left
    win_deal(deals[15], reason=cast.fit, by=cast.mia)
    expect(card(page, deals[15])).to_have_count(0)
    expect(card(page, deals[16]).locator(".card-title a")).to_be_focused()  # whoever was there goes on from there


def test_one_is_told_of_others_politely_and_of_oneself_at_once(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, other = cast.deal("Mine"), cast.deal("Bobs", owner=cast.bob)
    page = open_page(new_context, live_site, cast.mia)
    page.clock.install()
    move_deal(other, to=cast.stages["Demo"], by=cast.bob)
    expect(page.locator("#live-polite")).to_have_text("Bob just moved this: Bobs, Demo")
    page.clock.pause_at(page.evaluate("Date.now()") + 100)  # from here on time passes only as told
    card(page, deal).locator(".card-title a").focus()
    page.keyboard.press("Shift+ArrowRight")
    expect(page.locator("#live-assertive")).to_have_text("Demo, 1 of 2")
    listen(page)
    revise_deal(other, title="Renamed", by=cast.bob)
    hears(page, other)
    page.clock.run_for(1000)
    expect(card(page, other)).to_contain_text("Renamed")
    expect(page.locator("#live-polite")).to_have_text("Bob just moved this: Bobs, Demo")  # ten seconds have not passed
    page.clock.run_for(10_000)
    expect(page.locator("#live-polite")).to_contain_text("Renamed, Demo")
