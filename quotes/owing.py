"""What of a quote is invoiced, and what of an invoice is owed: counted from the rows, never added up in passing."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from django.db.models import Sum

from quotes.models import Invoice, InvoiceKind, PricedDocument, PricedLine, Quote
from quotes.taxwords import in_language
from quotes.totals import priced, totals_of

NOTHING = Decimal(0)


class Taxed(NamedTuple):
    """Lines that are taxed alike."""

    kind: str
    taxes: tuple[tuple[str, str, bool], ...]
    tax_class: int | None


type Parts = dict[Taxed, Decimal]  # as priced, the discount on the whole taken off


def taxed_as(line: PricedLine) -> Taxed:
    taxes = tuple((tax["name"], tax["rate"], tax["is_compound"]) for tax in line.taxes)
    return Taxed(line.tax_kind, taxes, line.tax_class_id)


def parts_of(document: PricedDocument, lines: Sequence[PricedLine]) -> Parts:
    found: Parts = {}
    for line, made in zip(priced(lines), totals_of(document, lines).lines, strict=True):
        if line.counts:
            found[taxed_as(line)] = found.get(taxed_as(line), NOTHING) + made.amount - made.share
    return found


def invoiced(quote: Quote) -> Parts:
    """By invoices of the quote, drafts too, less the credit notes against them."""
    found: Parts = {}
    for invoice in Invoice.objects.filter(quote=quote).select_related("currency").prefetch_related("lines"):
        if invoice.is_credit and invoice.is_draft:
            continue
        for taxed, amount in parts_of(invoice, list(invoice.lines.all())).items():
            found[taxed] = found.get(taxed, NOTHING) + (-amount if invoice.is_credit else amount)
    return {taxed: amount for taxed, amount in found.items() if amount}


def recount(invoice: Invoice) -> None:
    """Write what was paid, credited and is owed onto a locked invoice, unsaved."""
    notes = invoice.credit_notes.filter(kind=InvoiceKind.CREDIT).exclude(issued_at=None)
    invoice.paid = invoice.payments.aggregate(sum=Sum("amount"))["sum"] or NOTHING
    invoice.credited = notes.aggregate(sum=Sum("total"))["sum"] or NOTHING
    invoice.owed = invoice.total - invoice.paid - invoice.credited


def reason_of(line: PricedLine, language: str) -> str:
    """Why its class is not taxed."""
    return in_language(line.tax_class.reason, language) if line.tax_class else ""


def tax_groups_of(document: PricedDocument, lines: Sequence[PricedLine]) -> list[dict[str, str]]:
    """By tax, as it is kept of an issued invoice: what was taxed, how much, and if not, why."""
    found: dict[tuple[str, str, str, str], list[Decimal]] = {}
    for line, made in zip(priced(lines), totals_of(document, lines).lines, strict=True):
        reason = reason_of(line, document.language)
        taxes = [(tax["name"], tax["rate"], part) for tax, part in zip(line.taxes, made.taxes, strict=True)]
        for name, rate, part in taxes or [("", "0", NOTHING)]:
            sums = found.setdefault((line.tax_kind, name, rate, reason), [NOTHING, NOTHING])
            sums[0], sums[1] = sums[0] + made.base, sums[1] + part
    return [
        {"kind": kind, "name": name, "rate": rate, "reason": reason, "base": str(base), "tax": str(tax)}
        for (kind, name, rate, reason), (base, tax) in found.items()
    ]
