"""One sale from end to end: drafted, approved, sent, accepted on a phone, won, forecast, paid in two, renewed."""

from datetime import timedelta
from decimal import Decimal

from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from forecasting import workers
from pipeline.actions import Line
from pipeline.models import Deal
from quotes.actions.renewing import open_due_renewals
from quotes.aftermath import follow_marked
from quotes.models import Invoice, Quote, Renewal
from tests.browser.board import open_page
from tests.browser.test_public_quote import phone
from tests.cast import Cast
from tests.quotes.sent import path_to, vat


def test_a_deal_becomes_a_quote_an_invoice_and_a_renewal(
    live_site: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    type(cast.pump).objects.filter(pk=cast.pump.pk).update(tax_class=vat(), renews_after=12)
    deal = cast.deal(lines=[Line(cast.pump, Decimal(4))], people=[(cast.carol, "")])
    alice = open_page(new_context, live_site, cast.alice, f"/deals/{deal.pk}/")
    quote = drafts(alice)
    asks_approval(alice, quote)
    approves(open_page(new_context, live_site, cast.mia, "/quotes/approvals/"), quote)
    sends(alice, quote)
    accepts(phone(new_context, live_site), quote)
    is_won(alice, deal)
    workers.refresh_all()
    alice.goto("/forecast/")
    expect(alice.locator("#main")).to_contain_text("800")
    is_paid_in_two(alice)
    renews(alice, deal, cast)


def drafts(page: Page) -> Quote:
    page.get_by_role("button", name="New quote").click()
    link = page.locator("section:has(> header #quotes) tbody a")
    expect(link).to_have_count(1)
    link.click()
    expect(page.locator("#total-net")).to_have_text("1,000.00")
    return Quote.objects.get()


def asks_approval(page: Page, quote: Quote) -> None:
    """A fifth off is more than a rep may give."""
    page.locator("#id_discount").fill("20%")
    page.locator("#id_discount").press("Tab")
    expect(page.locator("#total-net")).to_have_text("800.00")
    expect(page.locator("#saved")).to_contain_text("Saved")
    page.get_by_role("button", name="Ask for approval").click()
    expect(page.locator("#standing")).to_contain_text("Waiting for approval")


def approves(page: Page, quote: Quote) -> None:
    page.get_by_role("link", name=str(quote)).first.click()
    page.get_by_label("Remark").fill("A large account")
    page.get_by_label("Remark").press("Enter")  # decides nothing
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#standing")).to_contain_text("Draft")


def sends(page: Page, quote: Quote) -> None:
    page.goto(f"/quotes/{quote.pk}/")
    page.get_by_role("link", name="Send").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("To", exact=True)).to_have_value("carol@acme.example")
    dialog.get_by_role("button", name="Send", exact=True).click()
    expect(page.locator("#standing")).to_contain_text("Sent")


def accepts(page: Page, quote: Quote) -> None:
    page.goto(path_to(quote))
    form = page.locator("#accept")
    form.get_by_label("Your name").fill("Carol Reyes")
    form.get_by_label("Your e-mail").fill("carol@acme.example")
    form.get_by_role("button", name="Accept for 952.00 EUR").click()
    expect(page.get_by_text("Accepted by Carol Reyes")).to_be_visible()


def is_won(page: Page, deal: Deal) -> None:
    deal.refresh_from_db()
    assert (deal.outcome, deal.amount) == ("won", 800)
    page.goto(f"/deals/{deal.pk}/")
    expect(page.locator("#main")).to_contain_text("Carol Reyes accepted quote")


def is_paid_in_two(page: Page) -> None:
    invoice = Invoice.objects.get()
    page.goto(f"/invoices/{invoice.pk}/")
    page.get_by_role("button", name="Issue").click()
    for amount, state in (("452.00", "Partly paid"), ("500.00", "Paid")):
        page.get_by_role("link", name="Record payment").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Amount").fill(amount)
        dialog.get_by_role("button", name="Record").click()
        expect(page.locator("header.top")).to_contain_text(state)
    invoice.refresh_from_db()
    assert (invoice.total, invoice.owed) == (952, 0)


def renews(page: Page, deal: Deal, cast: Cast) -> None:
    follow_marked()
    page.goto(f"/deals/{deal.pk}/")
    expect(page.locator("section:has(> header #renewals)")).to_contain_text("Renewal")
    Renewal.objects.update(opens_on=cast.today, due_on=cast.today + timedelta(days=30))
    open_due_renewals()
    renewed = Deal.objects.get(renewal_of__isnull=False)
    page.reload()
    expect(page.locator("section:has(> header #renewals)").get_by_role("link", name=renewed.title)).to_be_visible()
