"""What the pages of the forecast may be asked, and what may be typed about a quota. Verbs save."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from babel.numbers import NumberFormatError, format_decimal, parse_decimal
from django import forms
from django.utils.translation import gettext_lazy as _

from crm import periods
from crm.forms import Form
from crm.models import Currency, Workspace
from crm.periods import BadPeriod, Period
from crm.templatetags.penstock import locale
from forecasting.models import Quota
from forecasting.reports import DIMENSIONS


@dataclass(frozen=True, slots=True)
class Asked:
    """A period, and whom and what the page is narrowed to."""

    period: Period
    team: int | None = None
    owner: int | None = None
    pipeline: int | None = None
    by: str = "reason"

    @property
    def narrowed(self) -> dict[str, int | None]:
        return {"team": self.team, "owner": self.owner, "pipeline": self.pipeline}


class AskForm(Form):
    """`?period=2026-Q4|2026-11|2026|2026-07..2026-12` (or `from` and `to`, two months) `&team=&owner=&pipeline=&by=`.

    A page is a link that somebody kept: what is not understood is left out.
    """

    period = forms.CharField(required=False)
    team = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    owner = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    pipeline = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    by = forms.CharField(required=False)

    def asked(self, kind: str = "quarter") -> Asked:
        self.is_valid()
        known = self.cleaned_data
        by = str(known.get("by"))
        ids = {name: known.get(name) for name in ("team", "owner", "pipeline")}
        return Asked(self._period(known.get("period", ""), kind), **ids, by=by if by in DIMENSIONS else DIMENSIONS[0])

    def _period(self, text: str, kind: str) -> Period:
        workspace = Workspace.current()
        first, last = self.data.get("from"), self.data.get("to")
        try:
            return periods.parse(f"{first}..{last}" if first and last else text, workspace.fiscal_start)
        except BadPeriod:
            return periods.period_of(kind, workspace.today, workspace.fiscal_start)


class AmountField(forms.DecimalField):
    """An amount as the reader's language writes it, grouped or not: 35,000.50 or 35 000,5."""

    def to_python(self, value: Any) -> Decimal | None:  # type: ignore[override]
        text = str(value or "").strip()
        try:
            return super().to_python(str(parse_decimal(text, locale=locale(), strict=True)) if text else "")
        except NumberFormatError:
            return super().to_python(text)


def as_typed(amount: Decimal) -> str:
    """As an input shows it: exact, grouped."""
    return str(format_decimal(amount, "#,##0.###", locale=locale()))


class QuotaForm(Form):
    """`amount` empty removes the quota. `version` is the one that was seen; 0: there was none."""

    amount = AmountField(
        label=_("Quota"),
        required=False,
        min_value=Decimal(0),
        max_digits=18,
        decimal_places=3,
        widget=forms.TextInput(attrs={"inputmode": "decimal", "class": "input num", "autocomplete": "off"}),
        error_messages={"min_value": _("A quota cannot be negative."), "invalid": _("Enter an amount.")},
        help_text=_("Empty: no quota."),
    )
    currency = forms.ModelChoiceField(
        label=_("Currency"), queryset=Currency.objects.filter(is_active=True), required=False, empty_label=None
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": _("Why")}),
        help_text=_("Kept with this revision."),
    )
    version = forms.IntegerField(required=False, min_value=0, widget=forms.HiddenInput)

    @classmethod
    def of(cls, quota: Quota | None, data: Any = None) -> "QuotaForm":
        initial = {
            "amount": as_typed(quota.amount) if quota else "",
            "currency": quota.currency_id if quota else Workspace.current().currency_id,
            "version": quota.version if quota else 0,
        }
        return cls(data, initial=initial)

    def rebased(self, quota: Quota | None) -> "QuotaForm":
        """What was typed, over the quota as it is now: sent again, it replaces somebody else's."""
        typed = {name: self.data.get(name, "") for name in ("amount", "currency", "note")}
        return QuotaForm.of(quota, typed | {"version": quota.version if quota else 0})

    def facts(self) -> dict[str, Any]:
        """What the verb is given."""
        known = self.cleaned_data
        currency = known.get("currency")
        return {
            "amount": known["amount"],
            "currency": currency.pk if currency else "",
            "note": known["note"],
            "version": known["version"],
        }
