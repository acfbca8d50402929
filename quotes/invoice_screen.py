"""What the page of an invoice shows: the document, its lines and what they come to, and what was paid of it."""

from decimal import Decimal
from typing import Any

from django.db.models import Prefetch
from django.http import QueryDict
from django.utils.functional import cached_property
from django.utils.translation import gettext as _

from crm.models import Workspace
from quotes.desk import Desk
from quotes.invoice_forms import InvoiceForm
from quotes.lines import invoice_rows_of
from quotes.models import Invoice, InvoiceLine, Payment, State


class InvoiceScreen(Desk[Invoice]):
    noun, badge = "invoice", "quotes/invoice-badge.html"
    texts_of = ("title", "contact", "address", "introduction", "terms")
    beside = ("buyer_reference", "delivered_on", "payment_days", "discount")

    @property
    def invoice(self) -> Invoice:
        return self.document

    def form_of(self, data: QueryDict | None = None) -> InvoiceForm:
        return InvoiceForm(data, invoice=self.invoice, contacts=self.contacts)

    @cached_property
    def lines(self) -> list[InvoiceLine]:
        return invoice_rows_of(self.invoice)

    @property
    def state(self) -> State:
        return self.invoice.state_on(Workspace.current().today)

    @property
    def is_owed(self) -> bool:
        """Whether somebody owes it: an issued invoice, no credit note."""
        return not self.invoice.is_draft and not self.invoice.is_credit

    @property
    def may_pay(self) -> bool:
        return self.may_change and self.is_owed and self.invoice.owed != 0

    @property
    def may_credit(self) -> bool:
        return self.may_change and self.is_owed and self.invoice.credited < self.invoice.total

    @property
    def may_remind(self) -> bool:
        return self.may_change and self.state == State.OVERDUE

    @property
    def left(self) -> list[tuple[str, Decimal]]:
        """What was taken off the total since, and what is left of it."""
        found, off = self.invoice, [(_("Credited"), -self.invoice.credited), (_("Paid"), -self.invoice.paid)]
        end = (_("Paid too much"), -found.owed) if found.owed < 0 else (_("Owed"), found.owed)
        return [*(pair for pair in off if pair[1]), end]

    @cached_property
    def payments(self) -> Any:
        reversals = Prefetch("reversed_by", queryset=Payment.objects.only("id", "reverses"))
        return self.invoice.payments.select_related("made_by").prefetch_related(reversals)

    @cached_property
    def notes(self) -> Any:
        return self.invoice.credit_notes.select_related("currency")

    @cached_property
    def reminders(self) -> Any:
        return self.invoice.reminders.all()
