"""Draft an invoice from a quote, change it, and issue it: from then on it is as it is."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.changes import apply, check
from crm.errors import Refused
from crm.models import User, Workspace
from crm.money import round_to
from crm.templatetags.penstock import money_cents
from quotes.actions.bills import expect_draft, expect_same, holding_invoice, note, tell
from quotes.actions.rules import expect, holding
from quotes.addressing import made_for, readdress
from quotes.billing import plan_for_invoice
from quotes.lines import Item, invoice_lines_of, invoice_rows_of, wrong_discount
from quotes.models import (
    Invoice,
    InvoiceLine,
    Letterhead,
    LineKind,
    PricedDocument,
    PricedLine,
    Quote,
    QuoteSettings,
    SeriesKind,
    Status,
)
from quotes.numbering import take_number
from quotes.owing import NOTHING, Parts, Taxed, invoiced, parts_of, recount, tax_groups_of, taxed_as
from quotes.totals import settle
from quotes.wording import Speech

COPIED = [field.attname for field in PricedDocument._meta.get_fields() if hasattr(field, "attname")]
COPIED_LINE = [field.attname for field in PricedLine._meta.get_fields() if hasattr(field, "attname")]
ENTERED_LINE = [name for name in COPIED_LINE if name not in ("position", "net")]
FIELDS = {
    "title", "address", "contact", "buyer_reference", "delivered_on", "payment_days", "introduction", "terms",
    "discount_kind", "discount",
}  # fmt: skip
SELLER = ("name", "street", "postal_code", "city", "country", "email", "phone", "tax_id", "tax_number", "register",
          "bank", "iban", "bic")  # fmt: skip


def draft_invoice(quote: Quote, *, share: Decimal | None = None, by: User | None) -> Invoice:
    """Of an accepted quote: `share` percent of it, as a deposit; without one the whole, or what is left of it."""
    if share is not None and not 0 < share <= 100:
        raise Refused(share=_("A share is more than 0 and at most 100 percent."))
    with holding(quote) as (quote, _ledger):
        expect(quote, Status.ACCEPTED)
        lines = [line for line in quote.lines.all() if line.counts or line.kind != LineKind.ITEM]
        offered, before = parts_of(quote, lines), invoiced(quote)
        left = {taxed: amount - before.get(taxed, NOTHING) for taxed, amount in offered.items()}
        if not any(amount > 0 for amount in left.values()):
            raise Refused(quote=_("All of this quote is invoiced already."))
        invoice = _invoice_of(quote, by)
        invoice.share = share
        if share is not None:
            made = _shares(invoice, quote, share, offered, left)
        elif before:
            made = _rest(invoice, quote, lines, offered, before)
        else:
            made = [copy_of(line) for line in lines]
        write_invoice(invoice, made)
        note(invoice, "drafted", by=by, quote=str(quote))
    return invoice


def _invoice_of(quote: Quote, by: User | None) -> Invoice:
    copied = {name: getattr(quote, name) for name in COPIED} | {"introduction": ""}  # that was an offer's
    return Invoice(**copied, deal=quote.deal, quote=quote, company_id=quote.company_id, contact_id=quote.contact_id,
                   made_by=by)  # fmt: skip


def _shares(invoice: Invoice, quote: Quote, share: Decimal, offered: Parts, left: Parts) -> list[InvoiceLine]:
    """A line for all that is taxed alike."""
    say = Speech(quote.language)
    name = say("part_of_quote", percent=say.percent(share), number=str(quote))
    invoice.discount = NOTHING
    digits = quote.currency.digits
    amounts = {taxed: round_to(amount * share / 100, digits) for taxed, amount in offered.items()}
    if any(amount > left[taxed] for taxed, amount in amounts.items()):
        rest, whole = sum(left.values(), NOTHING), sum(offered.values(), NOTHING)
        percent = say.percent(round_to(max(rest, NOTHING) / whole, 4) * 100)
        raise Refused(share=_("Only %(percent)s of this quote is left to invoice.") % {"percent": percent})
    return [line_for(taxed, name, amount) for taxed, amount in amounts.items() if amount]


def _rest(
    invoice: Invoice, quote: Quote, lines: Sequence[PricedLine], offered: Parts, before: Parts
) -> list[InvoiceLine]:
    """All lines once more, less the discount on the whole and what was invoiced, tax by tax."""
    say, made = Speech(quote.language), [copy_of(line) for line in lines]
    plain: Parts = {}
    for line in made:
        if line.counts:
            plain[taxed_as(line)] = plain.get(taxed_as(line), NOTHING) + line.net
    invoice.discount = NOTHING
    for taxed, amount in offered.items():
        if off := plain[taxed] - amount:
            made.append(line_for(taxed, say("discount_before"), -off))
    made += [line_for(taxed, say("invoiced_before"), -amount) for taxed, amount in before.items()]
    return made


def line_for(taxed: Taxed, name: str, amount: Decimal) -> InvoiceLine:
    """One piece of it; what is taken off is minus one piece, as no price may be below zero."""
    return InvoiceLine(
        name=name,
        quantity=Decimal(1 if amount >= 0 else -1),
        unit_price=abs(amount),
        tax_class_id=taxed.tax_class,
        tax_kind=taxed.kind,
        taxes=[{"name": name, "rate": rate, "is_compound": is_compound} for name, rate, is_compound in taxed.taxes],
    )


def copy_of(line: PricedLine) -> InvoiceLine:
    return InvoiceLine(**{name: getattr(line, name) for name in COPIED_LINE})


def write_invoice(invoice: Invoice, lines: Sequence[InvoiceLine]) -> None:
    """Totals, then rows: those that were there are written over, those that are gone are deleted."""
    for place, line in enumerate(lines):
        line.position, line.invoice = place, invoice
    settle(invoice, lines)
    invoice.owed = invoice.total - invoice.paid - invoice.credited
    invoice.save()
    stored = [line for line in lines if line.pk]
    invoice.lines.exclude(pk__in=[line.pk for line in stored]).delete()
    for line in lines:
        line.invoice_id = invoice.pk
    InvoiceLine.objects.bulk_create([line for line in lines if not line.pk])
    InvoiceLine.objects.bulk_update(stored, COPIED_LINE, batch_size=500)


def save_invoice(
    invoice: Invoice, *, lock: int | None = None, lines: Sequence[Item] | None = None, by: User, **fields: Any
) -> Invoice:
    """Change a draft: any of FIELDS, and with `lines` all that it charges for, in order.

    Raises Conflict if it was changed since `lock`, Refused naming what is wrong (`lines.3.quantity`).
    """
    with holding_invoice(invoice) as invoice:
        expect_same(invoice, lock)
        expect_draft(invoice)
        if unknown := fields.keys() - FIELDS:
            raise Refused(**{name: _("This cannot be changed here.") for name in unknown})
        standing = invoice_rows_of(invoice)
        before, address = _plain(standing), made_for(invoice)
        changed = list(apply(invoice, fields) | readdress(invoice, address))
        check(invoice, exclude=["discount"])
        if problem := wrong_discount(invoice):
            raise Refused(discount=problem)
        after = standing if lines is None else invoice_lines_of(invoice, _own(lines, standing), standing)
        if _plain(after) != before:
            changed.append("lines")
        if changed:
            write_invoice(invoice, after)
            note(invoice, "saved", by=by, changed=changed)
    return invoice


def _own(items: Sequence[Item], standing: Sequence[InvoiceLine]) -> Sequence[Item]:
    left = {line.pk for line in standing}
    for place, item in enumerate(items):
        if item.pk is not None and item.pk not in left:
            raise Refused(**{f"lines.{place}.id": _("This line is not there any more.")})
        left.discard(item.pk or 0)
    return items


def _plain(lines: Sequence[InvoiceLine]) -> list[tuple[Any, ...]]:
    return [(line.pk, *(getattr(line, name) for name in ENTERED_LINE)) for line in lines]


def drop_invoice(invoice: Invoice, *, by: User) -> None:
    """A draft that is not wanted. It has no number yet, so none is missing."""
    with holding_invoice(invoice) as invoice:
        expect_draft(invoice)
        tell(invoice, "dropped", by=by)
        invoice.delete()


def issue_invoice(invoice: Invoice, *, lock: int | None = None, by: User) -> Invoice:
    """Give it the next number and today's date. Nothing of it changes any more."""
    with holding_invoice(invoice) as invoice:
        expect_same(invoice, lock)
        expect_draft(invoice)
        lines = list(invoice.lines.select_related("tax_class"))
        write_invoice(invoice, lines)
        if invoice.total <= 0:
            raise Refused(lines=_("There is nothing to ask for: the total must be more than 0."))
        against = _held_against(invoice)
        invoice.issued_on, invoice.issued_at = Workspace.current().today, timezone.now()
        invoice.due_on = None if invoice.is_credit else invoice.issued_on + timedelta(days=invoice.payment_days)
        invoice.seller, invoice.buyer = _seller(), _buyer(invoice)
        invoice.tax_groups = tax_groups_of(invoice, lines)
        invoice.number = take_number(SeriesKind(invoice.kind), invoice.issued_on)
        invoice.document = plan_for_invoice(invoice)
        note(invoice, "issued", by=by, total=str(invoice.total), currency=invoice.currency_id)
        if against is not None:
            recount(against)
            credited = {"amount": str(invoice.total), "currency": invoice.currency_id}
            note(against, "credited", by=by, **credited, note=invoice.number)
    return invoice


def _held_against(credit: Invoice) -> Invoice | None:
    """The invoice that a credit note is against, locked. Raises Refused if it would give back more than was asked."""
    if credit.corrects_id is None:
        return None
    against = Invoice.objects.select_for_update(of=["self"]).get(pk=credit.corrects_id)
    against.deal = credit.deal
    left = against.total - against.credited
    if credit.total > left:
        amount = money_cents(left, credit.currency_id)
        raise Refused(lines=_("Only %(amount)s of the invoice is left to credit.") % {"amount": amount})
    return against


def _seller() -> dict[str, str]:
    letterhead = Letterhead.current()
    return {name: getattr(letterhead, name) for name in SELLER}


def _buyer(invoice: Invoice) -> dict[str, str]:
    company = invoice.company
    names: tuple[str, ...] = ("name", "street", "postal_code", "city", "country", "tax_id")
    found = {name: getattr(company, name, "") or "" for name in names}
    return found | {"name": found["name"] or next(iter(invoice.address.splitlines()), "")}


def draft_after_acceptance(quote: Quote, *, by: User | None) -> Invoice | None:
    """What an accepted quote starts here, if the settings wish it."""
    wished = QuoteSettings.current().invoices_at_once and quote.total > 0
    return draft_invoice(quote, by=by) if wished else None
