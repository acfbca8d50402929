"""What invoices and credit notes say on paper, and the PDFs that are kept of them."""

from crm.models import Workspace
from quotes.documents import Data, letterhead_part, lines_part, notes, payment
from quotes.keeping import kept, plan
from quotes.models import Document, DocumentKind, Invoice
from quotes.totals import totals_of
from quotes.wording import Speech


def invoice_document_of(invoice: Invoice) -> Data:
    say, lines = Speech(invoice.language), list(invoice.lines.select_related("tax_class"))
    day = invoice.issued_on or Workspace.current().today
    buyer_tax_id = invoice.buyer.get("tax_id") or (invoice.company.tax_id if invoice.company else "")
    facts = [
        (say("date"), say.day(day)),
        (say("of_invoice"), invoice.corrects.number if invoice.corrects else ""),
        (say("due_on"), say.day(invoice.due_on) if invoice.due_on else ""),
        (say("payment"), "" if invoice.is_credit or invoice.due_on else payment(say, invoice.payment_days)),
        (say("delivered_on"), say.day(invoice.delivered_on) if invoice.delivered_on else ""),
        (say("of_quote"), str(invoice.quote) if invoice.quote else ""),
        (say("your_tax_id"), buyer_tax_id),
        (say("contact"), invoice.deal.owner.name),
    ]
    return {
        **letterhead_part(say),
        "date": day.isoformat(),
        "kind": say("deposit" if invoice.share and not invoice.is_credit else invoice.kind),
        "number": invoice.number or say("draft"),
        "to": invoice.address.splitlines(),
        "facts": [[name, value] for name, value in facts if value],
        "subject": invoice.title,
        "introduction": "\n\n".join(part for part in (invoice.introduction, _asked(say, invoice)) if part),
        **lines_part(say, invoice, lines, totals_of(invoice, lines)),
        "notes": notes(say, invoice.terms, lines, includes_tax=invoice.includes_tax),
        "href": "",
        "answer": "",
    }


def _asked(say: Speech, invoice: Invoice) -> str:
    """What is to be paid by when, or what is given back of what."""
    amount = say.money(invoice.total, invoice.currency_id, invoice.currency.digits)
    against = invoice.corrects
    if against and against.issued_on:
        return say("we_credit", amount=amount, number=against.number, day=say.day(against.issued_on))
    if invoice.is_credit or invoice.due_on is None:
        return ""
    return say("please_pay", amount=amount, day=say.day(invoice.due_on), number=invoice.number)


def plan_for_invoice(invoice: Invoice) -> Document:
    """What it says from now on; for an invoice that is locked, numbered and dated."""
    name = f"{Speech(invoice.language)(invoice.kind)} {invoice.number}.pdf"
    return plan(DocumentKind(invoice.kind), invoice_document_of(invoice), name=name)


def document_for_invoice(invoice: Invoice) -> Document | None:
    """The PDF as it was issued. None of a draft. Raises FontMissing."""
    return kept(invoice, plan_for_invoice, is_out=not invoice.is_draft)
