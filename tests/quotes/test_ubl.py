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


CENTS = st.decimals(0, 10_000, places=2)
ROW = st.tuples(
    st.decimals("0.001", 500, places=3), CENTS, st.sampled_from(["percent", "amount"]), st.decimals(0, 100, places=2),
    st.sampled_from(["19", "7", "5.5"]),
)  # fmt: skip


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(ROW, min_size=1, max_size=8), st.decimals(0, 100, places=2), st.sampled_from(["percent", "amount"]),
    st.booleans(), st.sampled_from(["line", "document"]),
)  # fmt: skip
def test_the_sums_of_random_invoices_hold(
    cast: Cast, rows: list[Any], discount: Decimal, kind: str, includes_tax: bool, rounding: str
) -> None:
    """BR-CO-10 to 17 and all the others, whatever is on the invoice."""
    template = Invoice.objects.first() or issued(cast)
    Invoice.objects.filter(pk=template.pk).update(
        discount=discount, discount_kind=kind, includes_tax=includes_tax, rounding=rounding
    )
    template.refresh_from_db()
    template.lines.all().delete()
    lines = [
        InvoiceLine(
            invoice=template, position=place, name=f"Row {place}", quantity=quantity, unit_price=price,
            discount_kind=off_kind, discount=off, taxes=[{"name": "VAT", "rate": rate, "is_compound": False}],
        )
        for place, (quantity, price, off_kind, off, rate) in enumerate(rows)
    ]  # fmt: skip
    InvoiceLine.objects.bulk_create(lines)
    totals = settle(template, lines)
    xml = ubl_of(template)
    assert broken_rules(xml) == []
    assert text(xml, "//cac:LegalMonetaryTotal/cbc:PayableAmount") == [f"{totals.total:.2f}"]
