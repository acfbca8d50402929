"""ubl_of: the machine-readable invoice, against the schemas of UBL 2.1 and the official rules of EN 16931."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from crm.errors import Refused
from pipeline.models import Tax, TaxClass, TaxKind
from quotes.actions import Item, credit_invoice, draft_invoice, issue_invoice, save_invoice
from quotes.models import Invoice, InvoiceLine
from quotes.totals import settle
from quotes.ubl import ubl_of
from tests.cast import Cast
from tests.quotes.billing import accepted, buyer, issued, seller, taxes
from tests.quotes.norm import broken_rules

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture(autouse=True)
def parties(cast: Cast) -> None:
    seller()
    buyer(cast.acme)


def text(xml: bytes, path: str) -> list[str]:
    found: Any = etree.fromstring(xml).xpath(path, namespaces={"cbc": CBC, "cac": CAC})
    return [element.text for element in found]


CBC = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
CAC = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"


def everything(cast: Cast) -> list[Item]:
    kinds = taxes(standard="19", reduced="7")
    return [
        Item(kind="heading", name="Goods"),
        Item(product=cast.pump, quantity=D("9.5"), unit_price=D("124.75"), discount=D("12.5")),
        Item(name="Manual", quantity=D(40), unit_price=D("12.50"), tax_class=kinds["reduced"], unit_code="C62"),
        Item(
            name="Training", quantity=D(2), unit_price=D(980), discount=D(60), discount_kind="amount", unit_code="DAY"
        ),
        Item(name="Thanks for your order", unit_price=D(-50)),
    ]


@pytest.mark.parametrize("includes_tax", [False, True])
@pytest.mark.parametrize("rounding", ["line", "document"])
def test_an_invoice_and_its_credit_note_are_good(cast: Cast, includes_tax: bool, rounding: str) -> None:
    invoice = issued(cast, everything(cast), discount=D(3), includes_tax=includes_tax, rounding=rounding)
    assert broken_rules(ubl_of(invoice)) == []
    credit = issue_invoice(credit_invoice(invoice, by=cast.alice), by=cast.alice)
    xml = ubl_of(credit)
    assert broken_rules(xml) == []
    assert text(xml, "//cac:BillingReference//cbc:ID") == [invoice.number]


def test_the_rules_are_really_asked(cast: Cast) -> None:
    xml = ubl_of(issued(cast))
    payable = b'<cbc:PayableAmount currencyID="EUR">1190.00<'
    assert payable in xml
    assert [rule[:10] for rule in broken_rules(xml.replace(payable, payable.replace(b"90", b"91")))] == ["[BR-CO-16]"]
    assert "cbc:Nonsense" not in xml.decode()
    assert broken_rules(xml.replace(b"cbc:IssueDate", b"cbc:Nonsense"))


def test_it_says_what_the_invoice_says(cast: Cast) -> None:
    invoice = issued(cast, everything(cast), discount=D(3))
    xml = ubl_of(invoice)
    total = "//cac:LegalMonetaryTotal/cbc:"
    assert text(xml, f"{total}TaxExclusiveAmount") == [f"{invoice.net:.2f}"]
    assert text(xml, f"{total}PayableAmount") == [f"{invoice.total:.2f}"]
    assert text(xml, f"{total}AllowanceTotalAmount") == [f"{invoice.discount_total:.2f}"]
    assert text(xml, "/*/cac:TaxTotal/cbc:TaxAmount") == [f"{invoice.tax:.2f}"]
    assert text(xml, "//cac:PayeeFinancialAccount/cbc:ID") == ["DE02120300000000202051"]
    assert text(xml, "//cac:InvoiceLine/cbc:InvoicedQuantity") == ["9.5", "40", "2", "-1"]
    assert text(xml, "//cac:AccountingCustomerParty//cbc:CompanyID") == ["DE987654321"]


def test_a_deposit_and_the_rest_are_good(cast: Cast) -> None:
    quote = accepted(cast, everything(cast), discount=D(3))
    for share in (D(30), None):
        invoice = issue_invoice(draft_invoice(quote, share=share, by=cast.alice), by=cast.alice)
        assert broken_rules(ubl_of(invoice)) == []


@pytest.mark.parametrize("kind", [kind for kind in TaxKind if kind != TaxKind.STANDARD])
def test_invoices_without_tax_say_why(cast: Cast, kind: TaxKind) -> None:
    free = TaxClass.objects.create(name="VAT free", kind=kind, reason="As the law has it")
    if kind == TaxKind.ZERO:
        Tax.objects.create(tax_class=free, name="VAT", rate=D(0))
    invoice = draft_invoice(accepted(cast, [Item(name="Pump", unit_price=D(70), tax_class=free)]), by=cast.alice)
    invoice = save_invoice(invoice, delivered_on=cast.today, by=cast.alice)
    xml = ubl_of(issue_invoice(invoice, by=cast.alice))
    assert broken_rules(xml) == []
    TaxClass.objects.update(reason="Changed since")
    assert text(xml, "//cbc:TaxExemptionReason") == ([] if kind == TaxKind.ZERO else ["As the law has it"])


def test_what_is_missing_is_named(cast: Cast) -> None:
    cast.acme.country = ""
    cast.acme.save()
    both = TaxClass.objects.create(name="VAT and more")
    for name in ("GST", "PST"):
        Tax.objects.create(tax_class=both, name=name, rate=D(5))
    invoice = issued(cast, [Item(name="Pump", unit_price=D(70), tax_class=both)])
    with pytest.raises(Refused) as refused:
        ubl_of(invoice)
    assert refused.value.errors == {
        "ubl": ["The buyer lacks a country.", "Line “Pump”: electronic invoices know one tax a line"]
    }


def test_what_the_codes_do_not_know_is_named(cast: Cast) -> None:
    """A unit’s code that somebody made up, a number that only looks like one for VAT, a country without an ISO code."""
    lines = [Item(name="Box", unit_code="BOX", unit_price=D(70))]
    with pytest.raises(Refused) as refused:
        ubl_of(issued(cast, lines))
    assert refused.value.errors == {"ubl": ["Line “Box”: BOX is no unit’s code of UN/ECE 20"]}
    cast.acme.tax_id = "UK987654321"
    cast.acme.save()
    xml = ubl_of(issued(cast))
    assert (broken_rules(xml), text(xml, "//cac:AccountingCustomerParty//cbc:CompanyID")) == ([], [])
    cast.acme.country = "XK"
    cast.acme.save()
    with pytest.raises(Refused, match="do not know the country XK"):
        ubl_of(issued(cast))


def test_cents_that_were_rounded_up_three_hundred_times_are_too_many(cast: Cast) -> None:
    """19% of 0.03 is 0.0057, so 3.00 in all instead of 1.71: a tax that no machine believes."""
    lines = [Item(name="Washer", unit_price=D("0.03"))] * 300
    with pytest.raises(Refused, match=r"The tax of 19%, rounded line by line"):
        ubl_of(issued(cast, lines))
    assert broken_rules(ubl_of(issued(cast, lines, rounding="document"))) == []


CENTS = st.decimals(-500, 10_000, places=2)
KINDS = st.sampled_from(
    [("S", "19"), ("S", "7"), ("S", "5.5"), ("Z", "0"), ("E", ""), ("AE", ""), ("K", ""), ("G", "")]
)
ROW = st.tuples(
    st.decimals(-9, 500, places=3).filter(bool), CENTS, st.sampled_from(["percent", "amount"]),
    st.decimals(0, 100, places=2), KINDS, st.text(max_size=20),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ROW, min_size=1, max_size=8), st.decimals(0, 100, places=2), st.sampled_from(["percent", "amount"]),
    st.booleans(), st.sampled_from(["line", "document"]), st.sampled_from(["invoice", "credit"]),
)  # fmt: skip
def test_the_sums_of_random_invoices_and_credit_notes_hold(
    cast: Cast, rows: list[Any], discount: Decimal, off_whole: str, includes_tax: bool, rounding: str, kind: str
) -> None:
    """BR-CO-10 to 17 and all the others, whatever is on it."""
    if not Invoice.objects.exists():
        issue_invoice(credit_invoice(issued(cast), by=cast.alice), by=cast.alice)
    Invoice.objects.update(delivered_on=cast.today)
    template = Invoice.objects.get(kind=kind)
    template.discount, template.discount_kind = discount, off_whole
    template.includes_tax, template.rounding = includes_tax, rounding
    template.lines.all().delete()
    lines = [
        InvoiceLine(
            invoice=template, position=place, name=f"Row {place}", quantity=quantity, unit_price=price,
            description=words.replace("\0", ""), discount_kind=off_kind, discount=off, tax_kind=taxed,
            taxes=[{"name": "VAT", "rate": rate, "is_compound": False}] if rate else [],
        )
        for place, (quantity, price, off_kind, off, (taxed, rate), words) in enumerate(rows)
    ]  # fmt: skip
    InvoiceLine.objects.bulk_create(lines)
    totals = settle(template, lines)
    xml = ubl_of(template)
    assert broken_rules(xml) == []
    assert text(xml, "//cac:LegalMonetaryTotal/cbc:PayableAmount") == [f"{totals.total:.2f}"]
