"""An issued invoice or credit note as machines read it: EN 16931 in UBL 2.1.

Line amounts are without tax, also where prices include it. What the standard has no place for is refused in words,
never bent: several taxes on one line, currencies with three decimals, an untaxed line that does not say why.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

from django.utils.translation import gettext as _
from lxml import etree

from contacts.places import COUNTRIES
from crm.errors import Refused
from crm.money import round_to
from pipeline.models import TaxKind
from pipeline.pricing import LineTotals
from quotes.models import Invoice, InvoiceLine
from quotes.totals import priced, totals_of
from quotes.wording import WORDS, Speech

BASE = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC, CBC = f"{{{BASE}CommonAggregateComponents-2}}", f"{{{BASE}CommonBasicComponents-2}}"
PREFIXES = {"cac": CAC[1:-1], "cbc": CBC[1:-1]}
INVOICE, CREDIT_NOTE = "380", "381"
DISCOUNT = "95"
SEPA_TRANSFER, TRANSFER = "58", "30"
VATEX = {
    TaxKind.REVERSE: "VATEX-EU-AE",
    TaxKind.INTRA: "VATEX-EU-IC",
    TaxKind.EXPORT: "VATEX-EU-G",
    TaxKind.OUTSIDE: "VATEX-EU-O",
}


ISO = COUNTRIES - {"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "XK"}  # codes that are in use, but not in ISO 3166
VAT_PREFIXES = ISO | {"EL", "XI"}  # Greece and Northern Ireland go by others there


@dataclass(frozen=True, slots=True)
class Category:
    """Of VAT: UNCL 5305 and a rate."""

    kind: str
    rate: Decimal


@dataclass(slots=True)
class Group:
    """What is taxed alike: lines without tax, what of the whole's discount falls on them, and the rest with its tax."""

    lines: Decimal = Decimal(0)
    base: Decimal = Decimal(0)
    tax: Decimal = Decimal(0)

    @property
    def off(self) -> Decimal:
        return self.lines - self.base


type Row = tuple[InvoiceLine, LineTotals]
type Groups = dict[Category, Group]


def ubl_of(invoice: Invoice) -> bytes:
    """The XML. Raises Refused with everything that the standard asks for and the invoice does not have."""
    lines = list(invoice.lines.select_related("product"))
    rows = list(zip(priced(lines), totals_of(invoice, lines).lines, strict=True))
    if problems := [*_problems(invoice, rows)]:
        raise Refused(ubl=problems)
    return _Writer(invoice).document(rows)


@cache
def unit_codes() -> frozenset[str]:
    """Those of UN/ECE recommendation 20, with 21's of packages."""
    return frozenset((WORDS / "units.txt").read_text().split())


def groups_of(rows: Sequence[Row]) -> Groups:
    groups: Groups = {}
    for line, made in rows:
        group = groups.setdefault(category_of(line), Group())
        group.lines, group.base, group.tax = group.lines + made.net, group.base + made.base, group.tax + made.tax
    return groups


def category_of(line: InvoiceLine) -> Category:
    rate = sum((Decimal(tax["rate"]) for tax in line.taxes), Decimal(0))
    is_zero = line.tax_kind == TaxKind.STANDARD and line.taxes and not rate
    return Category(TaxKind.ZERO if is_zero else line.tax_kind, rate)


def _problems(invoice: Invoice, rows: Sequence[Row]) -> Iterable[str]:
    seller, buyer = invoice.seller, invoice.buyer
    kinds = {category_of(line).kind for line, _made in rows}
    if invoice.is_draft:
        yield _("Issue the invoice first.")
        return
    for name, text in (("name", _("your name")), ("country", _("your country"))):
        if not seller.get(name):
            yield _("The letterhead lacks %(what)s.") % {"what": text}
    if not (seller.get("tax_id") or seller.get("tax_number")):
        yield _("The letterhead lacks your tax id or tax number.")
    for name, text in (("name", _("a name")), ("country", _("a country"))):
        if not buyer.get(name):
            yield _("The buyer lacks %(what)s.") % {"what": text}
    for country in {seller.get("country", ""), buyer.get("country", "")} - {""}:
        if country not in ISO:
            yield _("Electronic invoices do not know the country %(code)s.") % {"code": country}
    if invoice.currency.digits > 2:
        yield _("Electronic invoices know amounts with two decimals at most.")
    for line, _made in rows:
        if problem := _problem_of(line):
            yield _("Line “%(line)s”: %(problem)s") % {"line": line.name, "problem": problem}
    for category, group in groups_of(rows).items():
        if abs(abs(group.tax) - round_to(abs(group.base) * category.rate / 100, 2)) >= 1:
            rate = {"rate": f"{category.rate.normalize():f}"}
            yield _("The tax of %(rate)s%%, rounded line by line, is too far from that of the whole.") % rate
    if TaxKind.OUTSIDE in kinds and len(kinds) > 1:
        yield _("What is outside the scope of tax needs an invoice of its own.")
    theirs, ours = _is_vat(buyer.get("tax_id")), _is_vat(seller.get("tax_id"))
    if kinds & {TaxKind.REVERSE, TaxKind.INTRA} and not (ours and theirs):
        yield _("Where the buyer owes the tax, both need a VAT number that begins with their country.")
    if TaxKind.EXPORT in kinds and not ours:
        yield _("An export needs your VAT number in the letterhead.")
    if TaxKind.INTRA in kinds and not invoice.delivered_on:
        yield _("A delivery within the European Union needs its day.")


def _problem_of(line: InvoiceLine) -> str:
    if len(line.taxes) > 1:
        return _("electronic invoices know one tax a line")
    category = category_of(line)
    if line.unit_code not in unit_codes():
        return _("%(code)s is no unit’s code of UN/ECE 20") % {"code": line.unit_code}
    if category.kind == TaxKind.STANDARD and not line.taxes:
        return _("no tax is said, and not why there is none")
    if category.rate and category.kind != TaxKind.STANDARD:
        return _("it is taxed and free of tax at once")
    return ""


def _is_vat(number: str | None) -> bool:
    return bool(number) and number[:2] in VAT_PREFIXES  # type: ignore[index]


class _Writer:
    def __init__(self, invoice: Invoice) -> None:
        self.invoice = invoice
        self.noun = "CreditNote" if invoice.is_credit else "Invoice"
        space = f"{BASE}{self.noun}-2"
        prefixes: Any = {None: space, **PREFIXES}
        self.root = etree.Element(f"{{{space}}}{self.noun}", nsmap=prefixes)
        self.say = Speech(invoice.language)

    # ── Elements ───────────────────────────────────────────────────────────────────────────────

    def text(self, parent: Any, name: str, value: Any, **attributes: str) -> None:
        """An element with text; none without."""
        if value not in ("", None):
            element = etree.SubElement(parent, CBC + name, attributes)
            element.text = _xml_text(str(value))

    def node(self, parent: Any, *names: str) -> Any:
        for name in names:
            parent = etree.SubElement(parent, CAC + name)
        return parent

    def money(self, parent: Any, name: str, amount: Decimal, digits: int | None = None) -> None:
        digits = self.invoice.currency.digits if digits is None else digits
        self.text(parent, name, f"{round_to(amount, digits):f}", currencyID=self.invoice.currency_id)

    # ── The document ───────────────────────────────────────────────────────────────────────────

    def document(self, rows: Sequence[Row]) -> bytes:
        groups = groups_of(rows)
        self.head()
        self.parties({category.kind for category in groups})
        self.delivery({category.kind for category in groups})
        self.paying()
        self.discounts(groups)
        self.taxes(groups)
        self.sums(list(groups.values()))
        for place, (line, made) in enumerate(rows, start=1):
            self.line(place, line, made)
        return etree.tostring(self.root, encoding="UTF-8", xml_declaration=True, pretty_print=True)

    def head(self) -> None:
        invoice, root = self.invoice, self.root
        self.text(root, "CustomizationID", "urn:cen.eu:en16931:2017")
        self.text(root, "ID", invoice.number)
        self.text(root, "IssueDate", invoice.issued_on)
        if not invoice.is_credit:
            self.text(root, "DueDate", invoice.due_on)
        self.text(root, f"{self.noun}TypeCode", CREDIT_NOTE if invoice.is_credit else INVOICE)
        self.text(root, "Note", invoice.title)
        self.text(root, "DocumentCurrencyCode", invoice.currency_id)
        self.text(root, "BuyerReference", invoice.buyer_reference)
        if invoice.corrects:
            reference = self.node(root, "BillingReference", "InvoiceDocumentReference")
            self.text(reference, "ID", invoice.corrects.number)
            self.text(reference, "IssueDate", invoice.corrects.issued_on)

    def parties(self, kinds: set[str]) -> None:
        """Where nothing is within the scope of tax, no VAT numbers are told: BR-O-02."""
        seller, buyer = self.invoice.seller, self.invoice.buyer
        with_vat = TaxKind.OUTSIDE not in kinds
        party = self.party("AccountingSupplierParty", seller)
        self.tax_scheme(party, seller.get("tax_id"), with_vat=with_vat)
        if seller.get("tax_number"):
            self.tax_scheme(party, seller["tax_number"], with_vat=False)
        self.legal(party, seller, seller.get("register") or (seller.get("tax_number") or seller.get("tax_id") or ""))
        if seller.get("phone") or seller.get("email"):
            contact = self.node(party, "Contact")
            self.text(contact, "Name", seller.get("name"))
            self.text(contact, "Telephone", seller.get("phone"))
            self.text(contact, "ElectronicMail", seller.get("email"))
        party = self.party("AccountingCustomerParty", buyer)
        if with_vat and _is_vat(buyer.get("tax_id")):
            self.tax_scheme(party, buyer["tax_id"], with_vat=True)
        self.legal(party, buyer, "")

    def party(self, role: str, who: dict[str, str]) -> Any:
        party = self.node(self.root, role, "Party")
        self.text(party, "EndpointID", who.get("email"), schemeID="EM")
        self.text(self.node(party, "PartyName"), "Name", who["name"])
        address = self.node(party, "PostalAddress")
        self.text(address, "StreetName", who.get("street"))
        self.text(address, "CityName", who.get("city"))
        self.text(address, "PostalZone", who.get("postal_code"))
        self.text(self.node(address, "Country"), "IdentificationCode", who["country"].upper())
        return party

    def tax_scheme(self, party: Any, number: str | None, *, with_vat: bool) -> None:
        """A VAT number begins with a country; anything else is the local tax office's."""
        is_vat = _is_vat(number)
        if not number or (is_vat and not with_vat):
            return
        scheme = self.node(party, "PartyTaxScheme")
        self.text(scheme, "CompanyID", number.replace(" ", "") if is_vat else number)
        self.text(self.node(scheme, "TaxScheme"), "ID", "VAT" if is_vat else "FC")

    def legal(self, party: Any, who: dict[str, str], registered: str) -> None:
        legal = self.node(party, "PartyLegalEntity")
        self.text(legal, "RegistrationName", who["name"])
        self.text(legal, "CompanyID", registered)

    def delivery(self, kinds: set[str]) -> None:
        if day := self.invoice.delivered_on:
            delivery = self.node(self.root, "Delivery")
            self.text(delivery, "ActualDeliveryDate", day)
            if TaxKind.INTRA in kinds:
                country = self.node(delivery, "DeliveryLocation", "Address", "Country")
                self.text(country, "IdentificationCode", self.invoice.buyer["country"].upper())

    def paying(self) -> None:
        seller, account = self.invoice.seller, self.invoice.seller.get("iban", "").replace(" ", "")
        if account and not self.invoice.is_credit:
            means = self.node(self.root, "PaymentMeans")
            is_sepa = self.invoice.currency_id == "EUR" and account[:2].isalpha()
            self.text(means, "PaymentMeansCode", SEPA_TRANSFER if is_sepa else TRANSFER)
            self.text(means, "PaymentID", self.invoice.number)
            payee = self.node(means, "PayeeFinancialAccount")
            self.text(payee, "ID", account)
            self.text(payee, "Name", seller.get("name"))
            if seller.get("bic"):
                self.text(self.node(payee, "FinancialInstitutionBranch"), "ID", seller["bic"])
        if not self.invoice.is_credit:
            days = self.invoice.payment_days
            said = self.say("payment_days", count=days) if days else self.say("payment_at_once")
            self.text(self.node(self.root, "PaymentTerms"), "Note", said)

    def discounts(self, groups: Groups) -> None:
        for category, group in groups.items():
            if group.off:
                allowance = self.allowance(self.root, group.off, self.say("whole_discount"))
                self.category(allowance, "TaxCategory", category)

    def allowance(self, parent: Any, amount: Decimal, reason: str) -> Any:
        """Off what is negative it is a charge: no amount of one may be below zero."""
        element = self.node(parent, "AllowanceCharge")
        self.text(element, "ChargeIndicator", "true" if amount < 0 else "false")
        if amount > 0:
            self.text(element, "AllowanceChargeReasonCode", DISCOUNT)
        self.text(element, "AllowanceChargeReason", reason)
        self.money(element, "Amount", abs(amount))
        return element

    def taxes(self, groups: Groups) -> None:
        total = self.node(self.root, "TaxTotal")
        self.money(total, "TaxAmount", sum((group.tax for group in groups.values()), Decimal(0)))
        for category, group in groups.items():
            subtotal = self.node(total, "TaxSubtotal")
            self.money(subtotal, "TaxableAmount", group.base)
            self.money(subtotal, "TaxAmount", group.tax)
            self.category(subtotal, "TaxCategory", category, says_why=True)

    def category(self, parent: Any, name: str, category: Category, *, says_why: bool = False) -> None:
        element = self.node(parent, name)
        self.text(element, "ID", category.kind)
        if category.kind != TaxKind.OUTSIDE:
            self.text(element, "Percent", f"{category.rate.normalize():f}")
        if says_why and category.kind not in {TaxKind.STANDARD, TaxKind.ZERO}:
            self.text(element, "TaxExemptionReasonCode", VATEX.get(TaxKind(category.kind)))
            self.text(element, "TaxExemptionReason", self.reason(category.kind))
        self.text(self.node(element, "TaxScheme"), "ID", "VAT")

    def reason(self, kind: str) -> str:
        said = (group["reason"] for group in self.invoice.tax_groups if group["kind"] == kind and group["reason"])
        return next(said, "" if kind in VATEX else str(TaxKind(kind).label))

    def sums(self, groups: Sequence[Group]) -> None:
        off = [group.off for group in groups]
        total = self.node(self.root, "LegalMonetaryTotal")
        base, tax = sum((group.base for group in groups), Decimal(0)), sum((group.tax for group in groups), Decimal(0))
        self.money(total, "LineExtensionAmount", sum((group.lines for group in groups), Decimal(0)))
        self.money(total, "TaxExclusiveAmount", base)
        self.money(total, "TaxInclusiveAmount", base + tax)
        for name, amount in (
            ("AllowanceTotalAmount", sum((each for each in off if each > 0), Decimal(0))),
            ("ChargeTotalAmount", -sum((each for each in off if each < 0), Decimal(0))),
        ):
            if amount:
                self.money(total, name, amount)
        self.money(total, "PayableAmount", base + tax)

    # ── Lines ──────────────────────────────────────────────────────────────────────────────────

    def line(self, place: int, line: InvoiceLine, made: LineTotals) -> None:
        """No price is below zero: a quantity is instead."""
        row = self.node(self.root, f"{self.noun}Line")
        self.text(row, "ID", place)
        quantity = -line.quantity if line.unit_price < 0 else line.quantity
        counted = "CreditedQuantity" if self.invoice.is_credit else "InvoicedQuantity"
        self.text(row, counted, f"{quantity.normalize():f}", unitCode=line.unit_code)
        self.money(row, "LineExtensionAmount", made.net)
        price, off = abs(line.unit_price), Decimal(0)
        if self.invoice.includes_tax:
            price = round_to(abs(made.net / line.quantity), 6)
        else:
            off = round_to(line.quantity * line.unit_price, self.invoice.currency.digits) - made.net
        if off:
            self.allowance(row, off, self.say("discount"))
        item = self.node(row, "Item")
        self.text(item, "Description", line.description)
        self.text(item, "Name", line.name)
        if line.product and line.product.code:
            self.text(self.node(item, "SellersItemIdentification"), "ID", line.product.code)
        self.category(item, "ClassifiedTaxCategory", category_of(line))
        digits = max(self.invoice.currency.digits, -int(price.normalize().as_tuple().exponent))
        self.money(self.node(row, "Price"), "PriceAmount", price, digits)


def _xml_text(text: str) -> str:
    """Without the characters that XML cannot hold."""
    return "".join(char for char in text if char in "\t\n\r" or (char >= " " and char not in "\ufffe\uffff"))
