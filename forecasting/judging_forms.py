"""What may be typed about a figure of the forecast. The verb saves."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms import AmountField, Form, as_typed
from forecasting.adjustments import Laid
from forecasting.models import Adjustment


class AdjustmentForm(Form):
    """`amount` empty takes the adjustment back. `version` is the one that was seen; 0: there was none."""

    amount = AmountField(
        label=_("It will come to"),
        required=False,
        error_messages={"min_value": _("A figure cannot be negative.")},
        help_text=_("The whole figure, not the difference. Empty: as raw."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=255,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("Why"), "maxlength": 255}),
        help_text=_("Read by everyone who sees this figure, also by whoever it is about."),
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    @classmethod
    def of(cls, held: Laid | None, currency: str, data: Any = None) -> "AdjustmentForm":
        form = cls(data, initial=_shown(held))
        form.fields["amount"].label = _("It will come to, %(currency)s") % {
            "currency": held.currency if held else currency
        }
        return form

    def rebased(self, held: Adjustment | None, currency: str) -> "AdjustmentForm":
        """What was typed, over the adjustment as it is now: sent again, it replaces what the other one made."""
        typed = {name: self.data.get(name, "") for name in ("amount", "note")}
        return AdjustmentForm.of(
            None, held.currency_id if held else currency, typed | {"version": held.pk if held else 0}
        )

    def facts(self) -> dict[str, Any]:
        """What the verb is given."""
        return {name: self.cleaned_data[name] for name in ("amount", "note", "version")}


def _shown(held: Laid | None) -> dict[str, Any]:
    if held is None:
        return {"version": 0}
    return {"amount": as_typed(held.set_amount), "note": held.note, "version": held.pk}
