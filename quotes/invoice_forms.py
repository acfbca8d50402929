"""What may be typed about invoices and payments."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact
from crm.forms import AmountField, Form, LongText, date_input
from quotes.entering import discount_typed
from quotes.forms import DiscountField
from quotes.models import Invoice, Method, State

UNSETTLED = "owing"
STATES = [(UNSETTLED, _("Not settled")), *State.choices]


class FilterForm(Form):
    q = forms.CharField(required=False)
    status = forms.ChoiceField(choices=STATES, required=False)
    owner = forms.IntegerField(required=False)
    team = forms.IntegerField(required=False, max_value=2**62)
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
    amount = AmountField(label=_("Amount"), min_value=None)
    paid_on = forms.DateField(label=_("Came in on"), widget=date_input())
    method = forms.ChoiceField(label=_("By"), choices=Method.choices)
    reference = forms.CharField(label=_("Reference"), max_length=140, required=False)
    overpays = forms.BooleanField(label=_("It is more than is owed, and meant to be"), required=False)


class InvoiceForm(Form):
    title = forms.CharField(label=_("Title"), max_length=200)
    contact = forms.ModelChoiceField(Contact.objects.none(), label=_("To"), required=False, empty_label=_("Nobody"))
    address = LongText(label=_("Address on the document"), rows=4, required=False)
    buyer_reference = forms.CharField(label=_("Buyer’s reference"), max_length=100, required=False)
    delivered_on = forms.DateField(label=_("Delivered on"), widget=date_input(), required=False)
    payment_days = forms.IntegerField(label=_("Payment within days"), min_value=0, max_value=3650)
    introduction = LongText(label=_("Introduction"), rows=2, required=False)
    terms = LongText(label=_("Terms and notes"), rows=2, required=False)
    discount = DiscountField()

    def __init__(self, data: Any = None, *, invoice: Invoice, contacts: Any) -> None:
        said = discount_typed(invoice.discount_kind, invoice.discount, invoice.currency.digits)
        initial = {name: getattr(invoice, name) for name in self.base_fields}
        super().__init__(data, initial=initial | {"discount": said})
        self.fields["contact"].queryset = contacts  # type: ignore[attr-defined]
        self.fields["payment_days"].widget.attrs["class"] = "input num"
        self.fields["buyer_reference"].widget.attrs["placeholder"] = "–"

    def facts(self) -> dict[str, Any]:
        """As the verb takes them."""
        said = dict(self.cleaned_data)
        return {**said.pop("discount"), **said}
