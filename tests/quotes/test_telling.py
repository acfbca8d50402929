"""What happened to quotes, invoices, deliveries and renewals, in whole sentences: in the audit and on the deal."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.test import Client
from django.utils.html import strip_tags

from crm.models import Event
from crm.wording import SENTENCES, sentence
from pipeline.actions import merge_deals, win_deal
from pipeline.chronicle import chronicle_of, events_of
from pipeline.models import Deal
from quotes.actions import (
    Item,
    ask_approval,
    ask_question,
    cancel_quote,
    credit_invoice,
    decline_quote,
    draft_invoice,
    draft_quote,
    drop_invoice,
    issue_invoice,
    link_of,
    record_payment,
    refuse,
    reverse_payment,
    revise_quote,
    revoke_link,
    save_invoice,
    see_quote,
    withdraw,
)
from quotes.actions.answers import Caller, accept_quote
from quotes.actions.delivering import StepDraft, save_template, stop_delivery
from quotes.actions.posting import mark_overdue, remind, send_invoice
from quotes.actions.renewing import cancel_renewal, open_renewal, plan_renewal, resume_renewal, revise_renewal
from quotes.aftermath import follow_marked
from quotes.models import Delivery, Invoice, QuoteSettings
from tests.cast import Cast
from tests.quotes.billing import accepted, issued
from tests.quotes.offers import drafted
from tests.quotes.sent import sent_quote

pytestmark = pytest.mark.django_db
D = Decimal
CLARA = Caller("Clara Meyer", "clara@acme.example")


def plain(text: str) -> str:
    return unescape(strip_tags(text)).replace("\N{NO-BREAK SPACE}", " ")


def told(noun: str) -> list[str]:
    """Of every event about it, oldest first."""
    return [plain(sentence(event)) for event in Event.objects.filter(noun=noun).select_related("actor").order_by("id")]


def on_the_deal(deal: Deal) -> list[str]:
    """Its timeline, as far as it is not the deal's own, newest first."""
    icons = {"file-text", "receipt", "truck", "refresh-cw"}
    entries = chronicle_of(deal, [], events_of(deal), kind="changes").entries
    return [plain(entry.text) for entry in entries if entry.icon in icons]


def test_an_invoice(cast: Cast) -> None:
    quote = accepted(cast)
    drop_invoice(draft_invoice(quote, by=cast.alice), by=cast.alice)
    invoice = save_invoice(draft_invoice(quote, by=None), title="Pumps", by=cast.bob)
    invoice = issue_invoice(invoice, by=cast.alice)
    send_invoice(invoice, to=["carol@acme.example"], subject="Invoice", message="Hello", key="1", by=cast.alice)
    payment = record_payment(invoice, amount=D(500), by=cast.alice)
    reverse_payment(payment, by=cast.mia)
    record_payment(invoice, amount=D("1190.50"), overpays=True, by=cast.alice)
    record_payment(invoice, amount=D("-0.50"), by=cast.alice)
    credit = save_invoice(credit_invoice(invoice, share=D(10), by=cast.alice), title="Less", by=cast.alice)
    issue_invoice(credit, by=cast.alice)
    year = cast.today.year
    assert told("invoice") == [
        f"Alice drafted an invoice of quote {quote}",
        "Alice deleted a draft of an invoice",
        f"Penstock drafted an invoice of quote {quote}",
        "Bob changed a draft of an invoice",
        f"Alice issued invoice {year}-0001 over €1,190",
        f"Alice sent invoice {year}-0001 to carol@acme.example",
        f"Alice recorded a payment of €500 for invoice {year}-0001",
        f"Mia reversed a payment of €500 for invoice {year}-0001",
        f"Alice recorded a payment of €1,190.50 for invoice {year}-0001",
        f"Alice recorded that €0.50 of invoice {year}-0001 was paid back",
        f"Alice drafted a credit note against invoice {year}-0001",
        "Alice changed a draft of a credit note",
        f"Alice issued credit note C-{year}-0001 over €119",
        f"Alice credited €119 of invoice {year}-0001 by C-{year}-0001",
    ]
    assert on_the_deal(invoice.deal)[:8] == [
        f"Alice credited €119 of invoice {year}-0001 by C-{year}-0001",
        f"Alice issued credit note C-{year}-0001 over €119",
        f"Alice recorded that €0.50 of invoice {year}-0001 was paid back",
        f"Alice recorded a payment of €1,190.50 for invoice {year}-0001",
        f"Mia reversed a payment of €500 for invoice {year}-0001",
        f"Alice recorded a payment of €500 for invoice {year}-0001",
        f"Alice sent invoice {year}-0001 to carol@acme.example",
        f"Alice issued invoice {year}-0001 over €1,190",
    ]


def test_what_is_late(cast: Cast) -> None:
    QuoteSettings.objects.update_or_create(pk=1, defaults={"reminder_days": 7, "reminder_levels": 1})
    invoice = issued(cast)
    Invoice.objects.update(contact=cast.carol, due_on=cast.today - timedelta(days=8))
    mark_overdue()
    remind()
    assert told("invoice")[-2:] == [
        f"Invoice {invoice} is overdue: €1,190 is owed",
        f"Penstock reminded the customer of invoice {invoice}: €1,190 is owed",
    ]


def test_a_quote(cast: Cast) -> None:
    quote = sent_quote(cast)
    link = link_of(quote, by=cast.alice)
    see_quote(link, by=None)
    ask_question(quote, caller=CLARA, text="When?", by=None)
    revoke_link(link, by=cast.alice)
    decline_quote(quote, caller=CLARA, reason="Dear", by=None)
    cancel_quote(revise_quote(quote, by=cast.alice), by=cast.alice)
    number = quote.number
    assert told("quote") == [
        f"Alice drafted quote {number}",
        f"Alice changed quote {number}",
        f"Alice sent quote {number}",
        f"Alice let the deal follow quote {number}",
        f"Alice made a link to quote {number}",
        f"The customer opened quote {number}",
        f"Clara Meyer asked about quote {number}: When?",
        f"Alice revoked the link to quote {number}",
        f"Quote {number} was declined",
        f"Alice drafted quote {number}.2, a new version",
        f"Alice cancelled quote {number}.2",
    ]
    assert on_the_deal(quote.deal) == [
        f"Alice cancelled quote {number}.2",
        f"Alice drafted quote {number}.2, a new version",
        f"The customer opened quote {number}",
        f"Alice sent quote {number}",
        f"Alice drafted quote {number}",
    ]


def test_a_quote_that_is_accepted_and_one_that_waits(cast: Cast) -> None:
    quote = sent_quote(cast)
    accept_quote(quote, caller=CLARA, by=None)
    assert f"Clara Meyer accepted quote {quote} over €595" in told("quote")
    QuoteSettings.objects.update_or_create(pk=1, defaults={"discount_limit": D(1)})
    waiting = drafted(cast, discount=D(50))
    for decide in (withdraw, refuse):
        by = {withdraw: cast.alice, refuse: cast.mia}[decide]
        decide(ask_approval(waiting, by=cast.alice), by=by)
    assert told("quote")[-4:] == [
        f"Alice asked for an approval of quote {waiting}",
        f"Alice no longer asks for an approval of quote {waiting}",
        f"Alice asked for an approval of quote {waiting}",
        f"Mia sent quote {waiting} back",
    ]


def test_a_delivery_and_a_renewal(cast: Cast) -> None:
    save_template(name="Pumps", steps=[StepDraft("Kick-off", 2)], by=cast.dana)
    deal = win_deal(cast.deal("Pumps"), reason=cast.fit, by=cast.alice)
    follow_marked()
    stop_delivery(Delivery.objects.get(), by=cast.alice)
    first, later = cast.today.replace(month=1, day=5, year=2040), cast.today.replace(month=2, day=6, year=2040)
    renewal = plan_renewal(deal, due_on=first, by=cast.alice)
    cancel_renewal(renewal, by=cast.alice)
    resume_renewal(renewal, by=cast.bob)
    revise_renewal(renewal, due_on=later, by=cast.alice)
    open_renewal(renewal, by=None)
    assert told("delivery") == ["Penstock started the delivery of Pumps", "Alice stopped the delivery of Pumps"]
    assert told("renewal") == [
        "Alice planned the renewal of Pumps for 5 Jan 2040",
        "Alice cancelled the renewal of Pumps",
        "Bob planned the renewal of Pumps for 5 Jan 2040",
        "Alice moved the renewal of Pumps to 6 Feb 2040",
        "Penstock opened the renewal of Pumps",
    ]
    assert on_the_deal(deal) == [*reversed([*told("delivery"), *told("renewal")])]


def test_nothing_that_is_done_here_is_without_a_sentence(cast: Cast) -> None:
    test_an_invoice(cast)
    test_a_quote_that_is_accepted_and_one_that_waits(cast)
    kinds = set(Event.objects.exclude(noun__in=["alert", "job"]).values_list("kind", flat=True))
    assert kinds - SENTENCES.keys() == set()


def test_they_follow_the_deal_into_another(cast: Cast) -> None:
    invoice, kept = issued(cast), cast.deal()
    merge_deals(kept, other=invoice.deal, by=cast.alice)
    assert f"Alice issued invoice {invoice} over €1,190" in on_the_deal(kept)


def test_the_page_of_the_deal_tells_it(cast: Cast, client: Client) -> None:
    invoice = issued(cast, [Item(name="<b>Pump</b>", unit_price=D(10))])
    client.force_login(cast.alice)
    page = client.get(f"/deals/{invoice.deal_id}/").content.decode()
    assert f"issued invoice <b>{invoice}</b> over €11.90" in page
    assert "issued invoice" not in client.get(f"/deals/{invoice.deal_id}/?told=files").content.decode()
    draft_quote(invoice.deal, by=cast.alice)
    assert "drafted quote" in client.get(f"/deals/{invoice.deal_id}/timeline/").content.decode()
