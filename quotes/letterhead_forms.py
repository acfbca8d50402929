"""What may be typed about the letterhead."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.places import countries
from crm.forms import Form, LongText
from quotes.logos import LARGEST
from quotes.models import Letterhead, Paper


def _countries() -> list[tuple[str, str]]:
    return [("", "–"), *countries().items()]


class LetterheadForm(Form):
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    street = forms.CharField(label=_("Street"), max_length=160, required=False)
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=80, required=False)
    country = forms.ChoiceField(label=_("Country"), required=False, choices=_countries)
    email = forms.EmailField(label=_("E-mail"), required=False)
    phone = forms.CharField(label=_("Phone"), max_length=60, required=False)
    website = forms.CharField(label=_("Website"), max_length=120, required=False)
    tax_id = forms.CharField(label=_("Tax id"), max_length=40, required=False)
    tax_number = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    register = forms.CharField(label=_("Entry in the register"), max_length=120, required=False)
    legal = LongText(label=_("Legal lines"), max_length=600, required=False)
    bank = forms.CharField(label=_("Bank"), max_length=120, required=False)
    iban = forms.CharField(label=_("IBAN or account"), max_length=42, required=False)
    bic = forms.CharField(label=_("BIC"), max_length=11, required=False)
    footer = forms.CharField(label=_("Footer"), max_length=200, required=False)
    accent = forms.CharField(
        label=_("Accent colour"), max_length=7, widget=forms.TextInput(attrs={"type": "color", "class": "colour"})
    )
    paper = forms.ChoiceField(label=_("Paper"), choices=Paper.choices)
    logo = forms.FileField(
        label=_("Logo"), required=False,
        widget=forms.FileInput(attrs={"class": "", "accept": "image/png,image/jpeg,image/svg+xml"}),
    )  # fmt: skip
    no_logo = forms.BooleanField(label=_("Without a logo"), required=False)

    @classmethod
    def of(cls, letterhead: Letterhead, data: Any = None, files: Any = None) -> "LetterheadForm":
        own = [name for name in cls.base_fields if name not in {"logo", "no_logo"}]
        return cls(data, files, initial={name: getattr(letterhead, name) for name in own})

    def facts(self) -> dict[str, Any]:
        """As the verb takes them."""
        facts = dict(self.cleaned_data)
        file, without = facts.pop("logo"), facts.pop("no_logo")
        return facts | {"logo": file.read(LARGEST + 1) if file else (b"" if without else None)}
