"""A deal's panel and page in a real browser: facts in place, somebody else at the same one, files, merging, keys."""

from decimal import Decimal
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, Route, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.actions import merge_deals, revise_deal
from pipeline.models import Deal, DealFile
from tests.browser.board import card, open_page, sign_in
from tests.cast import Cast
from tests.pipeline.pages import fresh


def open_deal(new_context: CreateContextCallback, site: str, cast: Cast, deal: Deal, **who: Any) -> Page:
    """The board with the deal's panel beside it."""
    page = open_page(new_context, site, who.get("user", cast.alice), f"/board/?panel={deal.pk}")
    expect(page.locator(".panel-title")).to_have_text(deal.title)
    return page


def edit(page: Page, fact: str) -> Any:
    page.locator(f"#fact-{fact} a.fact-edit").click()
    return page.locator(f"#fact-{fact} input:not([type=hidden])").first


# ── In place ───────────────────────────────────────────────────────────────────────────────────────


def test_a_fact_is_changed_in_its_place(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    amount = edit(page, "amount")
    expect(amount).to_be_focused()
    amount.fill("2500")
    amount.press("Enter")
    expect(page.locator("#fact-amount")).to_have_text("€2,500")
    expect(card(page, deal)).to_contain_text("€2,500")
    expect(page.locator("#fact-amount a")).to_be_focused()
    assert fresh(deal).amount == 2500


def test_escape_puts_it_back_and_a_wrong_one_keeps_its_text(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    amount = edit(page, "amount")
    amount.fill("a lot")
    amount.press("Enter")
    expect(page.locator("#fact-amount .error")).to_have_text("Enter a number.")
    again = page.locator("#fact-amount input:not([type=hidden])").first
    expect(again).to_have_value("a lot")
    again.press("Escape")
    expect(page.locator("#fact-amount")).to_have_text("€1,000")
    expect(page.locator(".panel")).to_be_visible()
    assert fresh(deal).version == 1


def test_leaving_it_saves(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    edit(page, "title").fill("Two pump stations")
    page.locator(".composer-text").click()
    expect(page.locator(".panel-title")).to_have_text("Two pump stations")
    assert fresh(deal).title == "Two pump stations"


def test_what_is_typed_before_its_script_has_come_is_saved_too(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, held = cast.deal(), list[Route]()
    page = sign_in(new_context, live_site, cast.alice)
    page.route("**/deal-fact*.js", lambda route: held.append(route))
    page.goto(f"/deals/{deal.pk}/")
    edit(page, "title").fill("Two pump stations")
    page.locator(".composer-text").click()
    page.keyboard.type("Called")
    held[0].continue_()
    expect(page.locator(".panel-title")).to_have_text("Two pump stations")
    expect(page.locator(".timeline")).to_contain_text("Two pump stations")
    expect(page.locator(".composer-text")).to_have_value("Called")
    assert fresh(deal).title == "Two pump stations"


# ── Somebody else at the same fact ─────────────────────────────────────────────────────────────────


def test_whoever_changes_what_one_is_typing_is_told_of_beside_it(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    amount = edit(page, "amount")
    amount.fill("7")
    revise_deal(deal, amount=Decimal(12000), by=cast.mia)
    expect(page.locator(".fact-news")).to_contain_text("Mia changed this to €12,000")
    expect(amount).to_have_value("7")
    expect(amount).to_be_focused()
    page.get_by_role("button", name="Use theirs").click()
    expect(page.locator("#fact-amount")).to_have_text("€12,000")
    assert fresh(deal).amount == 12000


def test_one_may_keep_ones_own(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    amount = edit(page, "amount")
    amount.fill("7")
    page.route(
        "**/facts/amount/?since=*", lambda route: route.abort()
    )  # the news comes too late: only the answer tells
    revise_deal(deal, amount=Decimal(12000), by=cast.mia)
    expect(card(page, deal)).to_contain_text("€12,000")
    amount.press("Enter")
    expect(page.locator(".fact-news")).to_contain_text("Mia changed this to €12,000")
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("#fact-amount")).to_have_text("€7")
    assert fresh(deal).amount == 7


def test_another_fact_is_merged_silently(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    amount = edit(page, "amount")
    amount.fill("7")
    revise_deal(deal, source=cast.referral, by=cast.mia)
    expect(page.locator("#fact-source")).to_have_text("Referral")
    expect(page.locator(".fact-news")).to_be_empty()
    expect(amount).to_have_value("7")
    amount.press("Enter")
    expect(page.locator("#fact-amount")).to_have_text("€7")
    changed = fresh(deal)
    assert (changed.amount, changed.source) == (7, cast.referral)


# ── Files ──────────────────────────────────────────────────────────────────────────────────────────

DROP = """([name, text]) => {
    const data = new DataTransfer();
    data.items.add(new File([text], name));
    for (const type of ["dragenter", "dragover", "drop"]) {
        const event = new DragEvent(type, {bubbles: true, cancelable: true, dataTransfer: data});
        document.querySelector(".panel-body").dispatchEvent(event);
    }
}"""


def test_keys_are_called_as_on_this_machine_also_when_it_is_drawn_again(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    expect(page.locator(".panel .composer kbd")).to_have_text("Ctrl ↵")
    page.locator(".panel .composer-text").evaluate("field => { field.dataset.before = '1' }")
    revise_deal(deal, amount=Decimal(2500), by=cast.bob)
    expect(page.locator("#fact-amount")).to_have_text("€2,500")
    expect(page.locator(".panel .composer-text:not([data-before])")).to_be_visible()
    expect(page.locator(".panel .composer kbd")).to_have_text("Ctrl ↵")


def test_a_file_dropped_is_there_and_can_be_had_back(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    page.evaluate(DROP, ["offer.pdf", "%PDF-1.7 offer"])
    expect(page.locator("ul.files")).to_contain_text("offer.pdf")
    expect(page.locator(".timeline")).to_contain_text("offer.pdf")
    assert DealFile.objects.get(deal=deal).size == 14
    page.locator("ul.files").get_by_role("button", name="Delete offer.pdf").click()
    expect(page.locator("ul.files")).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("ul.files")).to_contain_text("offer.pdf")


def test_the_answer_is_heard_though_the_news_of_it_were_quicker(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    page = open_deal(new_context, live_site, cast, cast.deal())

    def late(route: Route) -> None:
        answer = route.fetch()
        page.evaluate("() => new Promise((done) => setTimeout(done, 500))")  # meanwhile the news arrive
        route.fulfill(response=answer)

    page.evaluate(DROP, ["offer.pdf", "%PDF-1.7 offer"])
    page.route("**/delete/", late)
    page.locator("ul.files").get_by_role("button", name="Delete offer.pdf").click()
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("ul.files")).to_contain_text("offer.pdf")


def test_a_file_that_is_not_taken_says_why(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_deal(new_context, live_site, cast, cast.deal())
    page.evaluate(DROP, ["logo.svg", "<svg onload=alert(1)>"])
    expect(page.locator("#toasts")).to_contain_text("“logo.svg” is not of a kind that is kept here")
    assert not DealFile.objects.exists()


def test_a_form_takes_files_too(live_site: str, new_context: CreateContextCallback, cast: Cast, tmp_path: Path) -> None:
    deal, path = cast.deal(), tmp_path / "notes.txt"
    path.write_text("Pumps")
    page = open_deal(new_context, live_site, cast, deal)
    page.get_by_role("link", name="Add files").click()
    page.locator("#dialog input[type=file]").set_input_files(path)
    page.locator("#dialog").get_by_role("button", name="Add").click()
    expect(page.locator("ul.files")).to_contain_text("notes.txt")


# ── Merging, neighbours, what one wrote ────────────────────────────────────────────────────────────


def test_two_deals_are_merged_and_come_apart_by_undo(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deal, other = cast.deal("Pump station"), cast.deal("Pumps", amount=Decimal(3000))
    page = open_deal(new_context, live_site, cast, deal)
    page.locator(".panel").get_by_role("button", name="More").click()
    page.get_by_role("link", name="Merge…").click()
    page.locator("#dialog input[type=search]").fill("pumps")
    page.locator("#candidates").get_by_role("link", name="Pumps").click()
    page.get_by_role("radio", name="€3,000").check()
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(page.locator("#fact-amount")).to_have_text("€3,000")
    expect(card(page, other)).to_have_count(0)
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    expect(page.locator("#fact-amount")).to_have_text("€1,000")
    expect(card(page, other)).to_be_visible()
    assert fresh(other).merged_into is None


def test_a_merged_deal_leads_to_the_other(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal, other = cast.deal("Pump station"), cast.deal("Pumps")
    merge_deals(deal, other=other, by=cast.alice)
    page = open_deal(new_context, live_site, cast, deal)
    page.goto(f"/deals/{other.pk}/")
    expect(page).to_have_url(f"{live_site}/deals/{deal.pk}/")
    expect(page.locator(".timeline")).to_contain_text("Alice merged Pumps into this deal")


def test_j_and_k_go_to_the_neighbours_and_back_closes(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    deals = [cast.deal(title) for title in ("Third", "Second", "First")]
    page = open_page(new_context, live_site, cast.alice)
    card(page, deals[2]).locator(".card-title a").click()
    title = page.locator(".panel-title")
    expect(title).to_have_text("First")
    page.keyboard.press("j")
    expect(title).to_have_text("Second")
    expect(page.locator("[data-position]")).to_have_text("2 of 3 in Qualify")
    page.keyboard.press("j")
    expect(title).to_have_text("Third")
    page.keyboard.press("k")
    expect(title).to_have_text("Second")
    page.go_back()
    expect(page.locator(".panel")).to_have_count(0)
    # Drawn with its page it has the focus too, also when its script is there before all else.
    page.add_init_script("Object.defineProperty(document, 'readyState', { get: () => 'interactive' })")
    page.goto(f"/board/?panel={deals[0].pk}")
    expect(title).to_have_text("Third")
    expect(title).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator(".panel")).to_have_count(0)


def test_a_note_is_written_edited_and_deleted(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_deal(new_context, live_site, cast, cast.deal())
    page.locator(".composer-text").fill("Carol is in favour")
    page.locator(".composer-text").press("Control+Enter")
    entries = page.locator(".timeline")
    expect(entries).to_contain_text("Alice noted: Carol is in favour")
    page.get_by_role("link", name="Edit “Carol is in favour”").click()
    page.locator("#dialog textarea").fill("Carol decides")
    page.locator("#dialog").get_by_role("button", name="Save").click()
    expect(entries).to_contain_text("Alice noted: Carol decides")
    expect(entries).to_contain_text("Alice changed what was noted. Before:")
    page.get_by_role("button", name="Delete “Carol decides”").click()
    expect(entries).not_to_contain_text("Alice noted")
    expect(entries).to_contain_text("Alice deleted what was noted:")


def test_a_segment_of_the_way_moves_the_deal(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    deal = cast.deal()
    page = open_deal(new_context, live_site, cast, deal)
    page.get_by_role("button", name="Move to Solution").first.click()
    expect(page.locator(".stage-path .is-current")).to_contain_text("Solution")
    expect(page.locator("#toasts")).to_contain_text("Moved to Solution")
    assert fresh(deal).stage == cast.stages["Solution"]
