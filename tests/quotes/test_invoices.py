"""draft_invoice, save_invoice, issue_invoice: from an accepted quote to a number that stays."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from crm.errors import Conflict, Refused
from crm.models import Event
from pipeline.actions import merge_deals, unmerge_deal
from pipeline.models import BundleItem, Deal, Price, PriceBook, Product, Tax, TaxClass
from quotes.actions import Item, draft_invoice, drop_invoice, issue_invoice, items_of, save_invoice
from quotes.actions.invoicing import draft_after_acceptance
from quotes.models import Invoice, LineItem, Quote, QuoteSettings, Series, Status
from tests.cast import Cast
from tests.quotes.billing import accepted, buyer, issued, seller, taxes

pytestmark = pytest.mark.django_db
D = Decimal


def test_it_copies_the_quote(cast: Cast) -> None:
    quote = accepted(cast, discount=D(10), terms="Ex works.")
    invoice = draft_invoice(quote, by=cast.alice)
    assert (invoice.net, invoice.tax, invoice.total) == (D(900), D(171), D(1071))
    assert (invoice.number, invoice.state_on(cast.today), invoice.terms) == ("", "draft", "Ex works.")
    assert [(line.name, line.quantity, line.net) for line in invoice.lines.all()] == [("Pump", 4, 1000)]
    LineItem.objects.update(name="Something else")
    assert invoice.lines.get().name == "Pump"


def test_it_leaves_out_what_was_not_chosen(cast: Cast) -> None:
    wanted = Item(name="Warranty", unit_price=D(100), is_optional=True, is_chosen=True)
    unwanted = Item(name="Training", unit_price=D(70), is_optional=True)
    quote = accepted(cast, [Item(kind="heading", name="Goods"), wanted, unwanted])
    assert [line.name for line in draft_invoice(quote, by=cast.alice).lines.all()] == ["Goods", "Warranty"]


@pytest.mark.parametrize("status", [status for status in Status.values if status != "accepted"])
def test_only_an_accepted_quote_is_invoiced(cast: Cast, status: str) -> None:
    quote = accepted(cast)
    Quote.objects.update(status=status)
    with pytest.raises(Refused):
        draft_invoice(quote, by=cast.alice)


def test_it_is_not_invoiced_twice(cast: Cast) -> None:
    quote = accepted(cast)
    draft_invoice(quote, by=cast.alice)
    with pytest.raises(Refused, match="invoiced already"):
        draft_invoice(quote, by=cast.alice)


def test_a_deposit_and_the_rest_are_the_whole(cast: Cast) -> None:
    kinds = taxes(standard="19", reduced="7")
    quote = accepted(
        cast,
        [
            Item(name="Pump", unit_price=D("333.33")),
            Item(name="Book", unit_price=D("66.67"), tax_class=kinds["reduced"]),
        ],
        discount=D("12.345"),
    )
    deposit = draft_invoice(quote, share=D(30), by=cast.alice)
    assert [line.name for line in deposit.lines.all()] == [f"30% of quote {quote.number}"] * 2
    rest = draft_invoice(quote, by=cast.alice)
    assert deposit.net + rest.net == quote.net
    assert abs(deposit.total + rest.total - quote.total) <= D("0.02")
    with pytest.raises(Refused, match="invoiced already"):
        draft_invoice(quote, by=cast.alice)


def test_deposits_are_never_more_than_the_whole(cast: Cast) -> None:
    quote = accepted(cast)
    draft_invoice(quote, share=D(60), by=cast.alice)
    with pytest.raises(Refused, match="Only 40% of this quote is left"):
        draft_invoice(quote, share=D("40.01"), by=cast.alice)
    assert draft_invoice(quote, share=D(40), by=cast.alice).net == 400


@pytest.mark.parametrize("share", [D(0), D(-1), D("100.01")])
def test_a_share_is_a_percentage(cast: Cast, share: Decimal) -> None:
    with pytest.raises(Refused):
        draft_invoice(accepted(cast), share=share, by=cast.alice)


def test_issuing_gives_it_a_number_and_a_day_to_pay(cast: Cast) -> None:
    seller()
    buyer(cast.acme)
    invoice = issued(cast, payment_days=14)
    assert (invoice.number, invoice.issued_on) == (f"{cast.today.year}-0001", cast.today)
    assert (invoice.due_on, invoice.owed) == (cast.today + timedelta(days=14), D(1190))
    assert invoice.state_on(cast.today) == "issued"
    assert (invoice.seller["name"], invoice.buyer["city"]) == ("Halden Instruments", "Stendal")
    event = Event.objects.get(kind="invoice.issued")
    assert (event.owner_ids, event.team_ids, event.data["number"]) == ([cast.alice.pk], [cast.north.pk], invoice.number)


def test_what_is_issued_stays_as_it_is(cast: Cast) -> None:
    invoice = issued(cast)
    for verb in (issue_invoice, drop_invoice, save_invoice):
        with pytest.raises(Refused, match="is issued"):
            verb(invoice, by=cast.alice)


def test_a_draft_is_changed_and_dropped_without_a_gap(cast: Cast) -> None:
    quote = accepted(cast)
    invoice = draft_invoice(quote, by=cast.alice)
    line = invoice.lines.get()
    saved = save_invoice(
        invoice, lock=invoice.lock, buyer_reference="PO 7", by=cast.alice,
        lines=[replace(items_of([line])[0], quantity=D(2)), Item(name="Freight", unit_price=D("19.90"))],
    )  # fmt: skip
    assert (saved.net, saved.total, saved.owed) == (D("519.90"), D("618.68"), D("618.68"))
    assert saved.buyer_reference == "PO 7"
    with pytest.raises(Conflict):
        save_invoice(invoice, lock=0, by=cast.bob)
    drop_invoice(saved, by=cast.alice)
    assert issue_invoice(draft_invoice(quote, by=cast.alice), by=cast.alice).number.endswith("-0001")
    assert Series.objects.get(kind="invoice").last == 1


def test_bad_lines_are_named(cast: Cast) -> None:
    invoice = draft_invoice(accepted(cast), by=cast.alice)
    with pytest.raises(Refused) as refused:
        save_invoice(invoice, lines=[Item(), Item(name="x", quantity=D(0)), Item(name="x", pk=1)], by=cast.alice)
    assert set(refused.value.errors) == {"lines.2.id"}
    with pytest.raises(Refused) as refused:
        save_invoice(invoice, lines=[Item(), Item(name="x", quantity=D(0))], discount=D(0), by=cast.alice)
    assert set(refused.value.errors) == {"lines.0.name", "lines.1.quantity"}
    with pytest.raises(Refused) as refused:
        save_invoice(invoice, discount=D(101), by=cast.alice)
    assert set(refused.value.errors) == {"discount"}


def test_what_changes_nothing_leaves_no_word(cast: Cast) -> None:
    invoice = draft_invoice(accepted(cast), by=cast.alice)
    saved = save_invoice(invoice, lines=items_of(list(invoice.lines.all())), title=invoice.title, by=cast.alice)
    assert (saved.lock, Event.objects.filter(kind="invoice.saved").exists()) == (invoice.lock, False)


def test_a_new_line_takes_its_products_tax_else_the_usual_one_else_that_above(cast: Cast) -> None:
    kinds = taxes(standard="19", reduced="7", none="0")
    cast.pump.tax_class = kinds["reduced"]
    cast.pump.save()
    quote = accepted(cast, [Item(name="Freight", unit_price=D(10), tax_class=kinds["none"])])
    invoice = draft_invoice(quote, by=cast.alice)

    def taxed(*new: Item) -> list[str]:
        standing = items_of(list(invoice.lines.all()))[:1]
        saved = save_invoice(invoice, lines=[*standing, *new], by=cast.alice)
        return [line.taxes[0]["rate"] for line in saved.lines.all()]

    assert taxed(Item(product=cast.pump, unit_price=D(1)), Item(name="Help", unit_price=D(1))) == ["0", "7", "19"]
    TaxClass.objects.update(is_default=False)
    assert taxed(Item(name="Help", unit_price=D(1)), Item(product=cast.pump)) == ["0", "0", "7"]
    assert taxed(Item(name="Help", unit_price=D(1), tax_class=kinds["standard"])) == ["0", "19"]


def test_what_was_agreed_stays_taxed_as_it_was(cast: Cast) -> None:
    kinds = taxes(standard="19", reduced="7")
    quote = accepted(cast, [Item(name="Pump", unit_price=D(100)), Item(name="Book", unit_price=D(100))])
    invoice = draft_invoice(quote, by=cast.alice)
    Tax.objects.filter(tax_class=kinds["standard"]).update(rate=D(21))
    pump, book = items_of(list(invoice.lines.all()))
    lines = [
        replace(pump, quantity=D(2)),
        replace(book, tax_class=kinds["reduced"]),
        Item(name="Help", unit_price=D(1)),
    ]
    saved = save_invoice(invoice, lines=lines, by=cast.alice)
    assert [line.taxes[0]["rate"] for line in saved.lines.all()] == ["19", "7", "21"]


def test_a_product_costs_what_it_does_in_the_quotes_price_book(cast: Cast) -> None:
    book = PriceBook.objects.create(name="Partners", currency=cast.pump.currency)
    Price.objects.create(book=book, product=cast.pump, unit_price=D("99.50"))
    invoice = draft_invoice(accepted(cast, book=book), by=cast.alice)
    saved = save_invoice(invoice, lines=[Item(product=cast.pump)], by=cast.alice)
    assert [(line.name, line.unit_price) for line in saved.lines.all()] == [(cast.pump.name, D("99.50"))]


def test_a_bundle_brings_its_parts_but_nothing_optional(cast: Cast) -> None:
    bundle = Product.objects.create(name="Set", is_bundle=True, unit_price=D(500), currency=cast.pump.currency)
    BundleItem.objects.create(bundle=bundle, product=cast.pump, quantity=D(2))
    BundleItem.objects.create(bundle=bundle, product=cast.sensor, is_optional=True)
    invoice = draft_invoice(accepted(cast), by=cast.alice)
    saved = save_invoice(invoice, lines=[Item(product=bundle)], by=cast.alice)
    assert [(line.name, line.quantity, line.net) for line in saved.lines.all()] == [
        ("Set", 1, 500),
        (cast.pump.name, 2, 0),
    ]


def test_something_is_taken_off_by_price_or_by_quantity(cast: Cast) -> None:
    quote = accepted(cast, [Item(name="Pump", unit_price=D(100)), Item(name="Thanks", unit_price=D(-10))])
    invoice = draft_invoice(quote, by=cast.alice)
    lines = [*items_of(list(invoice.lines.all())), Item(name="Old pump", quantity=D(-1), unit_price=D(20))]
    assert save_invoice(invoice, lines=lines, by=cast.alice).net == 70


def test_nothing_is_asked_for_nothing(cast: Cast) -> None:
    invoice = draft_invoice(accepted(cast), by=cast.alice)
    save_invoice(invoice, lines=[], by=cast.alice)
    with pytest.raises(Refused, match="nothing to ask for"):
        issue_invoice(invoice, by=cast.alice)
    assert not Series.objects.filter(kind="invoice").exists()


def test_acceptance_drafts_one_if_wished(cast: Cast) -> None:
    quote = accepted(cast)
    QuoteSettings.objects.update_or_create(pk=1, defaults={"invoices_at_once": False})
    assert draft_after_acceptance(quote, by=None) is None
    QuoteSettings.objects.update(invoices_at_once=True)
    assert draft_after_acceptance(quote, by=None) == Invoice.objects.get()


def test_a_merged_deal_takes_its_invoices_along_and_gives_them_back(cast: Cast) -> None:
    invoice, kept = issued(cast), cast.deal()
    gone = invoice.deal
    merge_deals(kept, other=gone, by=cast.alice)
    assert list(kept.invoices.all()) == [invoice]
    unmerge_deal(Deal.objects.get(pk=gone.pk), by=cast.alice)
    assert list(gone.invoices.all()) == [invoice]
