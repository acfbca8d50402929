"""What may be typed about invoices and payments."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms import Form, LongText, date_input
from quotes.actions.invoicing import Entry
from quotes.models import Invoice, InvoiceLine, LineKind, Method, State

UNSETTLED = "owing"
STATES = [(UNSETTLED, _("Not settled")), *State.choices]


class FilterForm(Form):
    q = forms.CharField(required=False)
    status = forms.ChoiceField(choices=STATES, required=False)
    owner = forms.IntegerField(required=False)
    due_from = forms.DateField(required=False)
    due_until = forms.DateField(required=False)

    def chosen(self) -> dict[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


class ShareForm(Form):
    """How much of a quote is invoiced, or of an invoice credited."""

    share = forms.DecimalField(
        label=_("Percent"), min_value=0, max_value=100, decimal_places=2, required=False,
        help_text=_("Empty: all of it, or all that is left."),
    )  # fmt: skip


class PaymentForm(Form):
    amount = forms.DecimalField(label=_("Amount"), max_digits=18, decimal_places=3, localize=False)
    paid_on = forms.DateField(label=_("Came in on"), widget=date_input())
    method = forms.ChoiceField(label=_("By"), choices=Method.choices)
    reference = forms.CharField(label=_("Reference"), max_length=140, required=False)
    overpays = forms.BooleanField(label=_("It is more than is owed, and meant to be"), required=False)


class InvoiceForm(Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    address = LongText(label=_("Address"), rows=4, required=False)
    buyer_reference = forms.CharField(label=_("Buyer’s reference"), max_length=100, required=False)
    delivered_on = forms.DateField(label=_("Delivered on"), widget=date_input(), required=False)
    payment_days = forms.IntegerField(label=_("Payment within days"), min_value=0, max_value=3650)
    introduction = LongText(label=_("Introduction"), rows=2, required=False)
    terms = LongText(label=_("Terms"), rows=2, required=False)
    lock = forms.IntegerField(widget=forms.HiddenInput, required=False)


class RowForm(Form):
    """A line. Without a name it is taken out."""

    name = forms.CharField(label=_("Line"), max_length=200, required=False)
    quantity = forms.DecimalField(label=_("Quantity"), max_digits=14, decimal_places=3, required=False)
    unit_price = forms.DecimalField(label=_("Unit price"), max_digits=18, decimal_places=3, required=False)
    description = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any, *, line: InvoiceLine | None) -> None:
        initial = {name: _plain(getattr(line, name)) for name in self.base_fields} if line else {}
        super().__init__(data, prefix=f"line-{line.pk if line else 'new'}", initial=initial)
        self.line = line

    @property
    def is_item(self) -> bool:
        return self.line is None or self.line.kind == LineKind.ITEM

    def entry(self) -> Entry | None:
        sent, line = self.cleaned_data, self.line
        if not sent["name"]:
            return None
        return Entry(
            name=sent["name"],
            quantity=Decimal(1) if sent["quantity"] is None else sent["quantity"],
            unit_price=sent["unit_price"] or Decimal(0),
            pk=line.pk if line else None,
            description=sent["description"],
        )


def _plain(value: Any) -> Any:
    """A number as it is typed: 9.5, not 9.500."""
    return f"{value.normalize():f}" if isinstance(value, Decimal) else value


def rows_of(invoice: Invoice, data: Any = None) -> list[RowForm]:
    """A form for each line, and one for another."""
    return [RowForm(data, line=line) for line in [*invoice.lines.all(), None]]


def entries_of(rows: Sequence[RowForm]) -> list[Entry]:
    return [entry for row in rows if (entry := row.entry())]
