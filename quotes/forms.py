"""What may be typed about a quote besides its lines."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy

from contacts.models import Contact
from crm.forms import Form, LongText, date_input
from crm.models import Currency
from pipeline.models import PriceBook
from quotes.entering import discount_of, discount_typed, not_a_number
from quotes.models import LANGUAGES, Quote, Rounding

TAX_MODES = [("0", lazy("Tax on top")), ("1", lazy("Tax included"))]


class DiscountField(forms.CharField):
    """Off the whole: “8%” or “−50”, as the verbs take it."""

    def __init__(self) -> None:
        super().__init__(label=lazy("Discount on the whole"), required=False, max_length=30)

    def clean(self, value: Any) -> Any:
        try:
            return discount_of(super().clean(value))
        except ValueError:
            raise forms.ValidationError(not_a_number()) from None


class QuoteForm(Form):
    """`prices` is a currency with a price book or without: “EUR:12”, “EUR:”."""

    title = forms.CharField(label=lazy("Title"), max_length=200)
    language = forms.ChoiceField(label=lazy("Language of the document"), choices=LANGUAGES)
    prices = forms.ChoiceField(label=lazy("Currency and price book"))
    includes_tax = forms.ChoiceField(label=lazy("Tax"), choices=TAX_MODES)
    rounding = forms.ChoiceField(label=lazy("Rounding of tax"), choices=Rounding.choices)
    quoted_on = forms.DateField(label=lazy("Date"), widget=date_input())
    valid_until = forms.DateField(label=lazy("Valid until"), widget=date_input())
    payment_days = forms.IntegerField(label=lazy("Payment within days"), min_value=0, max_value=999)
    contact = forms.ModelChoiceField(
        Contact.objects.none(), label=lazy("To"), required=False, empty_label=lazy("Nobody")
    )
    address = LongText(label=lazy("Address on the document"), required=False, rows=4)
    introduction = LongText(label=lazy("Introduction"), required=False)
    terms = LongText(label=lazy("Terms and notes"), required=False)
    discount = DiscountField()

    def __init__(self, data: Any = None, *, quote: Quote, contacts: Any) -> None:
        super().__init__(data, initial=_initial(quote))
        self.quote = quote
        self.fields["prices"].choices = _prices(quote)  # type: ignore[attr-defined]
        self.fields["contact"].empty_label = lazy("Nobody")  # type: ignore[attr-defined]
        self.fields["contact"].queryset = contacts  # type: ignore[attr-defined]
        self.fields["payment_days"].widget.attrs["class"] = "input num"

    def facts(self) -> dict[str, Any]:
        """As the verb takes them."""
        said = self.cleaned_data
        currency, _colon, book = said["prices"].partition(":")
        return {
            **{name: value for name, value in said.items() if name not in {"prices", "discount"}},
            **said["discount"],
            "includes_tax": said["includes_tax"] == "1",
            "currency": Currency.objects.get(pk=currency),
            "book": PriceBook.objects.get(pk=book) if book else None,
        }


def _initial(quote: Quote) -> dict[str, Any]:
    same = ("title", "language", "rounding", "quoted_on", "valid_until", "payment_days", "contact", "address",
            "introduction", "terms")  # fmt: skip
    return {name: getattr(quote, name) for name in same} | {
        "prices": f"{quote.currency_id}:{quote.book_id or ''}",
        "includes_tax": str(int(quote.includes_tax)),
        "discount": discount_typed(quote.discount_kind, quote.discount, quote.currency.digits),
    }


def _prices(quote: Quote) -> list[tuple[str, str]]:
    """Every book in use, the quote's own too, and every currency without one."""
    books = PriceBook.objects.filter(Q(is_active=True) | Q(pk=quote.book_id or 0))
    named = [(f"{book.currency_id}:{book.pk}", f"{book.currency_id}, {book.name}") for book in books]
    currencies = Currency.objects.filter(is_active=True).values_list("pk", flat=True)
    bare = [(f"{code}:", _("%(currency)s, no price book") % {"currency": code}) for code in currencies]
    own = f"{quote.currency_id}:"
    return sorted([*named, *bare, *([] if own in dict(bare) else [(own, quote.currency_id)])])
