"""The palette and the order of settings, by keyboard and by hand."""

import re

from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.browser.board import PHONE, box, open_page
from tests.cast import Cast


def summon(page: Page) -> None:
    expect(page.locator(".nav-search kbd")).to_have_text("Ctrl K")  # keys are listened to
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox", name="Search deals")).to_be_focused()


def ask(page: Page, text: str) -> None:
    page.get_by_role("combobox", name="Search deals").fill(text)
    expect(page.locator(f'[data-asked="{text}"]')).to_be_visible()


def chosen(page: Page) -> str:
    return page.locator("[role=option][aria-selected=true] .hit-title").inner_text()


def test_the_palette_by_keyboard(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal("Telemetry for 12 pump stations")
    deal = cast.deal("Telemetry, phase 2")
    page = open_page(new_context, live_site, cast.alice, "/forecast/")
    summon(page)
    ask(page, "telemtry")
    expect(page.locator("#hits").get_by_role("option")).to_have_count(2)
    first = chosen(page)
    page.keyboard.press("ArrowDown")
    assert chosen(page) != first
    page.keyboard.press("ArrowDown")
    assert chosen(page) == first  # round and round
    active = page.locator(".palette-input").get_attribute("aria-activedescendant")
    assert page.locator(f"#{active}").get_attribute("aria-selected") == "true"
    ask(page, "telemetry phase")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/deals/{deal.pk}/$"))
    summon(page)
    expect(page.get_by_role("group", name="Recent").get_by_role("option")).to_have_count(1)
    expect(page.get_by_role("group", name="Recent")).to_contain_text("Telemetry, phase 2")
    page.keyboard.press("Escape")
    expect(page.locator("#dialog")).not_to_be_visible()


def test_enter_waits_for_the_answer(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_page(new_context, live_site, cast.alice)
    summon(page)
    page.keyboard.type("globex")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/companies/{cast.globex.pk}/$"))


def test_keys_pressed_as_the_palette_appears(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_page(new_context, live_site, cast.alice)
    page.evaluate("""() => new MutationObserver((_, observer) => {
        const input = document.querySelector(".palette-input");
        observer.disconnect();
        input.value = "globex";
        input.dispatchEvent(new Event("input", { bubbles: true }));
        const enter = new KeyboardEvent("keydown", { key: "Enter", bubbles: true, cancelable: true });
        if (input.dispatchEvent(enter)) input.form.requestSubmit();
    }).observe(document.getElementById("dialog"), { childList: true })""")
    page.get_by_role("link", name="Search", exact=False).first.click()
    expect(page).to_have_url(re.compile(f"/companies/{cast.globex.pk}/$"))


def test_commands_and_a_new_tab(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_page(new_context, live_site, cast.dana)
    summon(page)
    ask(page, "dark")
    page.keyboard.press("Enter")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.locator("#dialog")).not_to_be_visible()
    summon(page)
    ask(page, "pipelines and")
    with page.context.expect_page() as opened:
        page.keyboard.press("Control+Enter")
    expect(opened.value).to_have_url(re.compile("/settings/pipelines/$"))
    summon(page)
    ask(page, "new deal")
    page.keyboard.press("Enter")
    expect(page.locator("#id_line")).to_be_focused()


def test_c_begins_a_deal_on_any_screen(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_page(new_context, live_site, cast.alice, "/day/")
    page.keyboard.press("c")
    page.locator("#id_line").fill("Acmee, pumps 5k € #refe")
    expect(page.locator("#understood-new")).to_contain_text("Acme?")
    page.get_by_label("Acme?").check()
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("Added: Pumps")
    deal = cast.acme.deals.get()
    assert (deal.source, deal.title) == (cast.referral, "Pumps")


def stage_names(page: Page) -> list[str]:
    return page.locator("tr[data-id] th a").all_inner_texts()


def test_stages_are_dragged_into_order(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_page(new_context, live_site, cast.dana, f"/settings/pipelines/{cast.pipeline.pk}/")
    grips = page.locator("[data-grip]")
    start, end = box(grips.nth(0)), box(grips.nth(2))
    page.mouse.move(start["x"] + 8, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + 22, steps=6)
    with page.expect_response(lambda answer: "/stages/order/" in answer.url):
        page.mouse.up()
    assert stage_names(page) == ["Demo", "Solution", "Qualify", "Quote and contract"]
    page.reload()
    assert stage_names(page) == ["Demo", "Solution", "Qualify", "Quote and contract"]
    page.mouse.move(start["x"] + 8, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + 8, end["y"] + 22, steps=6)
    page.keyboard.press("Escape")
    page.mouse.up()
    assert stage_names(page) == ["Demo", "Solution", "Qualify", "Quote and contract"]


def test_stages_are_ordered_by_keyboard(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_page(new_context, live_site, cast.dana, f"/settings/pipelines/{cast.pipeline.pk}/")
    page.get_by_role("button", name="Move Qualify down").focus()
    for place in range(2, 5):
        with page.expect_response(lambda answer: "/stages/order/" in answer.url):
            page.keyboard.press("Enter")
        expect(page.locator("#live-assertive")).to_have_text(f"Qualify, {place} / 4")
    expect(page.get_by_role("button", name="Move Qualify up")).to_be_focused()  # there is no further down
    assert stage_names(page)[-1] == "Qualify"
    last = list(cast.pipeline.stages.filter(kind="open").order_by("position"))[-1]
    assert last.name == "Qualify"


def test_an_order_that_is_refused_goes_back(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    """Another administrator has deleted a stage meanwhile."""
    page = open_page(new_context, live_site, cast.dana, f"/settings/pipelines/{cast.pipeline.pk}/")
    cast.stages["Demo"].delete()
    before = stage_names(page)
    page.get_by_role("button", name="Move Qualify down").click()
    expect(page.locator(".toast")).to_contain_text("The order must name every open stage once.")
    assert stage_names(page) == before


def test_the_forecast_is_foretold_while_typing(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal(stage="Demo")
    page = open_page(new_context, live_site, cast.dana, f"/settings/stages/{cast.stages['Demo'].pk}/", viewport=PHONE)
    page.get_by_label("Win probability").fill("45")
    expect(page.locator("#preview")).to_contain_text("+€100.00")
    page.get_by_label("Win probability").fill("35")
    expect(page.locator("#preview table")).to_have_count(0)
