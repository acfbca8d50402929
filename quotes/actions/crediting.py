"""Credit an invoice, wholly or partly, by a note with a number of its own."""

from decimal import Decimal

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User
from crm.money import round_to
from quotes.actions.bills import expect_issued, holding_invoice, note
from quotes.actions.invoicing import COPIED, copy_of, line_for, write_invoice
from quotes.models import Invoice, InvoiceKind, InvoiceLine
from quotes.owing import NOTHING, parts_of
from quotes.wording import Speech

SAME = ("deal", "quote", "company_id", "contact_id", "buyer_reference", "delivered_on")


def credit_invoice(invoice: Invoice, *, share: Decimal | None = None, by: User | None) -> Invoice:
    """A draft of a credit note: of all its lines, or of `share` percent of it. It counts once it is issued."""
    if share is not None and not 0 < share <= 100:
        raise Refused(share=_("A share is more than 0 and at most 100 percent."))
    with holding_invoice(invoice) as invoice:
        expect_issued(invoice)
        if invoice.credited >= invoice.total:
            raise Refused(state=_("All of this invoice is credited already."))
        values = {name: getattr(invoice, name) for name in (*COPIED, *SAME)} | {"introduction": "", "terms": ""}
        credit = Invoice(**values, kind=InvoiceKind.CREDIT, corrects=invoice, share=share, made_by=by)
        lines = list(invoice.lines.all())
        made = [copy_of(line) for line in lines] if share is None else _shares(credit, invoice, lines, share)
        write_invoice(credit, made)
        note(credit, "drafted", by=by, against=invoice.number)
    return credit


def _shares(credit: Invoice, invoice: Invoice, lines: list[InvoiceLine], share: Decimal) -> list[InvoiceLine]:
    say, digits = Speech(invoice.language), invoice.currency.digits
    name = say("part_of_invoice", percent=say.percent(share), number=invoice.number)
    amounts = {taxed: round_to(amount * share / 100, digits) for taxed, amount in parts_of(invoice, lines).items()}
    credit.discount = NOTHING
    return [line_for(taxed, name, amount) for taxed, amount in amounts.items() if amount]
