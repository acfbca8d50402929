"""What the pages of the forecast may be asked, and what may be typed about a quota. Verbs save."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from crm.forms import AmountField, Form, as_typed
from crm.models import Currency, Workspace
from crm.period_choice import asked_period
from crm.periods import Period
from forecasting.models import Quota
from forecasting.reports import DIMENSIONS
from forecasting.types import REVENUE as REVENUE_TYPE
from forecasting.types import ForecastType

REVENUE = "revenue"
CUMULATIVE, SINGLE = "cumulative", "single"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page of the forecast was asked: a period, whom and what it is narrowed to, what is counted and in what."""

    period: Period
    team: int | None = None
    owner: int | None = None
    pipeline: int | None = None
    by: str = "reason"
    type: str = REVENUE
    currency: str = ""  # to show amounts in; empty: the workspace's
    view: str = CUMULATIVE
    as_of: str = ""  # a past day or instant, as asked

    @property
    def narrowed(self) -> dict[str, Any]:
        return {"team": self.team, "owner": self.owner, "pipeline": self.pipeline}

    @property
    def is_narrowed(self) -> bool:
        return bool(self.team or self.owner or self.pipeline)

    @property
    def is_cumulative(self) -> bool:
        return self.view == CUMULATIVE

    @property
    def counted(self) -> dict[str, Any]:
        """How the forecast's table is asked."""
        return self.narrowed | {"currency": self.currency, "type": ForecastType.read(self.type)}

    @property
    def params(self) -> dict[str, str]:
        """What the address says, without what goes without saying: the same on every page of the forecast."""
        said = {
            "period": self.period.key,
            "team": self.team,
            "owner": self.owner,
            "pipeline": self.pipeline,
            "type": self.type if self.type != REVENUE else "",
            "currency": self.currency,
            "view": self.view if self.view != CUMULATIVE else "",
            "as_of": self.as_of,
        }
        return {name: str(value) for name, value in said.items() if value}

    @property
    def address(self) -> str:
        return f"?{urlencode(self.params, safe='.:')}"

    def but(self, **changed: Any) -> str:
        """The address with other values, `None` for none."""
        return replace(self, **changed).address


class AskForm(Form):
    """`?period=2026-Q4|2026-11|2026|2026-07..2026-12` (or `from` and `to`, two months) `&team=&owner=&pipeline=&by=`
    `&type=revenue|count|family-…&currency=USD&view=cumulative|single&as_of=2026-10-01`.

    A page is a link that somebody kept: what is not understood is left out.
    """

    period = forms.CharField(required=False)
    team = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    owner = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    pipeline = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    by = forms.CharField(required=False)
    type = forms.CharField(required=False, max_length=120)
    currency = forms.RegexField(r"\A[A-Z]{3}\Z", required=False)
    view = forms.ChoiceField(choices=[(CUMULATIVE, ""), (SINGLE, "")], required=False)
    as_of = forms.CharField(required=False, max_length=40)

    def asked(self, kind: str = "quarter") -> Asked:
        self.is_valid()
        known = self.cleaned_data
        by, currency = str(known.get("by")), known.get("currency") or ""
        ids = {name: known.get(name) for name in ("team", "owner", "pipeline")}
        return Asked(
            asked_period(self.data, kind),
            **ids,
            by=by if by in DIMENSIONS else DIMENSIONS[0],
            type=ForecastType.read(known.get("type") or REVENUE).key,
            currency=currency if currency != Workspace.current().currency_id else "",
            view=known.get("view") or CUMULATIVE,
            as_of=known.get("as_of") or "",
        )


class QuotaForm(Form):
    """`amount` empty removes the quota. `version` is the one that was seen; 0: there was none."""

    amount = AmountField(
        label=_("Quota"),
        required=False,
        error_messages={"min_value": _("A quota cannot be negative.")},
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

    type: ForecastType = REVENUE_TYPE

    @classmethod
    def of(cls, quota: Quota | None, type: ForecastType, data: Any = None) -> "QuotaForm":
        initial = {
            "amount": as_typed(quota.amount) if quota else "",
            "currency": quota.currency_id if quota else Workspace.current().currency_id,
            "version": quota.version if quota else 0,
        }
        form = cls(data, initial=initial)
        form.type = type
        if type.is_count:
            del form.fields["currency"]
        return form

    def rebased(self, quota: Quota | None) -> "QuotaForm":
        """What was typed, over the quota as it is now: sent again, it replaces somebody else's."""
        typed = {name: self.data.get(name, "") for name in ("amount", "currency", "note")}
        return QuotaForm.of(quota, self.type, typed | {"version": quota.version if quota else 0})

    def facts(self) -> dict[str, Any]:
        """What the verb is given."""
        known = self.cleaned_data
        currency = known.get("currency")
        return {
            "amount": known["amount"],
            "currency": currency.pk if currency else "",
            "type": self.type,
            "note": known["note"],
            "version": known["version"],
        }
