"""A quote's page for its customer in a real browser: on a phone, with and without scripts."""

from decimal import Decimal

import pytest
from playwright.sync_api import Page, Route, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from pipeline.models import Deal
from quotes.actions import Caller, accept_quote, revoke_link
from quotes.models import Acceptance, Letterhead, Quote
from tests.browser import PATIENCE
from tests.browser.test_axe import Examiner
from tests.cast import Cast
from tests.quotes.sent import link_to, path_to, sent_quote


def phone(new_context: CreateContextCallback, site: str, *, scripts: bool = True) -> Page:
    page = new_context(
        base_url=site,
        viewport={"width": 390, "height": 844},
        is_mobile=True,
        has_touch=True,
        java_script_enabled=scripts,
    ).new_page()
    page.set_default_timeout(PATIENCE)
    page.set_default_navigation_timeout(30_000)
    return page


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no scripts"])
def test_a_customer_chooses_and_accepts_on_a_phone(
    live_site: str, new_context: CreateContextCallback, cast: Cast, scripts: bool
) -> None:
    quote = sent_quote(cast)
    page = phone(new_context, live_site, scripts=scripts)
    page.goto(path_to(quote))
    expect(page.get_by_role("button", name="Accept for 595.00 EUR")).to_be_visible()
    page.get_by_label("Sensor").check()
    if not scripts:
        page.get_by_role("button", name="Update the total").click()
    accept = page.get_by_role("button", name="Accept for 713.88 EUR")
    expect(accept).to_be_visible()
    expect(page.get_by_label("Sensor")).to_be_checked()
    form = page.locator("#accept")
    form.get_by_label("Your name").fill("Carol Reyes")
    form.get_by_label("Your e-mail").fill("carol@acme.example")
    accept.click()
    expect(page.get_by_text("Accepted by Carol Reyes")).to_be_visible()
    assert (Acceptance.objects.get().total, Deal.objects.get().outcome) == (Decimal("713.88"), "won")
    assert page.context.cookies() == []


def test_what_was_ticked_is_not_lost_to_a_quick_hand(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    """Nothing is accepted until the page knows what it comes to."""
    page, slow = phone(new_context, live_site), list[Route]()
    page.goto(path_to(sent_quote(cast)))
    page.route("**/?choice=1*", lambda route: slow.append(route))
    with page.expect_request("**/?choice=1*"):
        page.get_by_label("Sensor").check()
    expect(page.get_by_role("button", name="Accept for 595.00 EUR")).to_be_disabled()
    slow[0].continue_()
    expect(page.get_by_role("button", name="Accept for 713.88 EUR")).to_be_enabled()


def test_what_is_wrong_is_said_beside_its_field(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = phone(new_context, live_site, scripts=False)
    page.goto(path_to(sent_quote(cast)))
    form = page.locator("#accept")
    form.get_by_label("Your name").fill("Carol Reyes")
    form.get_by_label("Your e-mail").fill("carol@acme")
    form.get_by_role("button").click()
    expect(page.locator("#accept").get_by_text("Please give a valid e-mail address.")).to_be_visible()
    expect(page.locator("#accept").get_by_label("Your name")).to_have_value("Carol Reyes")
    assert Quote.objects.get().answered_at is None


def test_a_question_is_asked(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = phone(new_context, live_site)
    page.goto(path_to(sent_quote(cast)))
    page.get_by_text("Ask a question").click()
    form = page.locator("form[action$='/ask/']")
    form.get_by_label("Your name").fill("Carol Reyes")
    form.get_by_label("Your question").fill("Does it swim?")
    form.get_by_role("button").click()
    expect(page.get_by_text("your question has arrived")).to_be_visible()


def test_axe_finds_nothing(
    transactional_db: None, site_server: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    Letterhead.objects.update_or_create(pk=1, defaults={"name": "Pumps & Co", "accent": "#ffd500", "legal": "HRB 1"})
    deal = cast.deal("A deal with a name that is rather long for a phone, Stara Zagora, second phase")
    quote, other, gone = sent_quote(cast, deal=deal, terms="Ex works."), sent_quote(cast), sent_quote(cast)
    accept_quote(other, caller=Caller("Carol Reyes", "carol@acme.example"), by=None)
    paths = [path_to(quote), path_to(other), path_to(gone)]
    revoke_link(link_to(gone), by=cast.alice)
    examiner = Examiner(new_context(base_url=site_server).new_page(), set(), set())
    for path in paths:
        examiner.look_at(path)
    assert not examiner.found, "\n".join(examiner.found)
