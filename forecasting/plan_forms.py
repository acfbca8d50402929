"""What may be asked of the plan: a target, and what if the measured rates were others."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from crm.forms import AmountField, Form

HISTORY = (3, 6, 12, 24)  # months
USUAL_HISTORY = 12


def plain(value: Decimal) -> str:
    """As a slider wants it, in every language."""
    return f"{value.normalize():f}"


class Slider(forms.NumberInput):
    input_type = "range"


class Sliding(forms.DecimalField):
    """A slider that stands where something was measured. `<name>_was` is where it stood: unmoved, it says nothing."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=Slider(attrs={"class": "slider", "data-behaviour": "slider"}), **kwargs)


class WhatIfForm(Form):
    """`?target=250000&win=28.4&size=12000&people=5&leads=20&history=12`, beside what every page is asked.

    Without a target it is the quota.
    """

    target = AmountField(
        label=_("Target"),
        required=False,
        error_messages={"min_value": _("A target cannot be negative.")},
    )
    win = Sliding(
        label=_("New deals won in the days left"), min_value=Decimal(0), max_value=Decimal(100), decimal_places=3
    )
    size = Sliding(label=_("Mean value of a won deal"), min_value=Decimal(0), max_digits=18, decimal_places=3)
    people = forms.IntegerField(
        label=_("People who sell"),
        min_value=1,
        max_value=100_000,
        required=False,
        widget=forms.NumberInput(attrs={"class": "input num"}),
    )
    leads = forms.DecimalField(
        label=_("Leads that become deals, in percent"),
        min_value=Decimal("0.1"),
        max_value=Decimal(100),
        required=False,
        widget=forms.NumberInput(attrs={"class": "input num", "step": "0.1"}),
        help_text=_("Your own figure: leads are not counted here yet."),
    )
    history = forms.TypedChoiceField(label=_("Measured over"), required=False, coerce=int)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        months = [(n, ngettext("%(n)s month", "%(n)s months", n) % {"n": n}) for n in HISTORY]
        self.fields["history"].choices = months  # type: ignore[attr-defined]

    @classmethod
    def of(cls, data: Any) -> "WhatIfForm":
        """Bound only where something was typed."""
        return cls(data.dict() if data.keys() & cls.base_fields.keys() else None)

    @property
    def months(self) -> int:
        asked = self.cleaned_data.get("history") if self.is_bound and self.is_valid() else None
        return asked or USUAL_HISTORY

    def said(self, name: str) -> Any:
        """What was typed, or None; a slider that was not moved says nothing."""
        if not self.is_bound or not self.is_valid() or self.data.get(f"{name}_was") == self.data.get(name):
            return None
        return self.cleaned_data.get(name)

    def stand(self, name: str, value: Any, **attrs: Any) -> None:
        """Where a control stands that nobody has moved."""
        self.fields[name].widget.attrs.update({key: str(attr) for key, attr in attrs.items()})
        self.initial[name] = value
        if self.is_bound and (name not in self.data or self.data[name] == self.data.get(f"{name}_was")):
            self.data = {**self.data, name: str(value), f"{name}_was": str(value)}
