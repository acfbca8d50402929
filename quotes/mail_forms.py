"""What may be typed about a mail."""

import re
import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms import Form, LongText
from quotes.models import Tone


class SendForm(Form):
    to = forms.CharField(label=_("To"), max_length=1000, required=False)
    cc = forms.CharField(label=_("Copy to"), max_length=1000, required=False)
    subject = forms.CharField(label=_("Subject"), max_length=200, required=False)
    message = LongText(
        label=_("Message"), rows=12, max_length=5000, required=False,
        help_text=_("The PDF is attached. {link} becomes the address of the page where the customer answers."),
    )  # fmt: skip
    key = forms.CharField(widget=forms.HiddenInput, max_length=40, initial=lambda: secrets.token_hex(12))
    lock = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def clean_to(self) -> list[str]:
        return _several(self.cleaned_data["to"])

    def clean_cc(self) -> list[str]:
        return _several(self.cleaned_data["cc"])


class ReminderForm(Form):
    tone = forms.ChoiceField(label=_("Tone"), choices=Tone.choices)
    to = forms.CharField(label=_("To"), max_length=1000, required=False)
    level = forms.IntegerField(widget=forms.HiddenInput, max_value=999)

    def clean_to(self) -> list[str]:
        return _several(self.cleaned_data["to"])


def _several(text: Any) -> list[str]:
    return [part for part in re.split(r"[\s,;]+", str(text)) if part]
