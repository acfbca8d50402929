"""What is typed about a customer's answer that came on paper or by word, and about their link."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as lazy

from crm.forms import Form, LongText, date_input
from quotes.actions.answers import LONGEST_NAME, LONGEST_TEXT
from quotes.actions.retracting import LONGEST_REASON
from quotes.models import LineItem, Quote


class AcceptanceForm(Form):
    name = forms.CharField(label=lazy("Who accepted it"), max_length=LONGEST_NAME)
    email = forms.EmailField(label=lazy("Their e-mail"), required=False)
    chosen = forms.ModelMultipleChoiceField(
        LineItem.objects.none(), label=lazy("With"), required=False, widget=forms.CheckboxSelectMultiple
    )
    paper = forms.FileField(label=lazy("Signed paper"), required=False)
    note = LongText(label=lazy("Note"), required=False, max_length=500, rows=2)

    def __init__(self, data: Any = None, files: Any = None, *, quote: Quote) -> None:
        contact = quote.contact
        known = {"name": contact.name, "email": contact.email} if contact else {}
        super().__init__(data, files, initial=known)
        options = quote.lines.filter(is_optional=True)
        self.fields["chosen"].queryset = options  # type: ignore[attr-defined]
        self.fields["chosen"].initial = [line.pk for line in options if line.is_chosen]
        if not options:
            del self.fields["chosen"]


class DeclineForm(Form):
    name = forms.CharField(label=lazy("Who declined it"), max_length=LONGEST_NAME, required=False)
    reason = LongText(label=lazy("Why"), required=False, max_length=LONGEST_TEXT)


class RetractionForm(Form):
    reason = LongText(label=lazy("Why"), max_length=LONGEST_REASON, rows=2)


class LinkForm(Form):
    expires_on = forms.DateField(label=lazy("Works until"), widget=date_input())
