"""How quotes and invoices are made here: one page, for administrators."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from crm.access import admin_only
from crm.forms import Form, LongText, initial_of
from crm.models import Workspace
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from pipeline.settings_forms import decimal_input
from quotes.actions import revise_quote_settings
from quotes.models import AfterAcceptance, QuoteSettings, Rounding, SeriesKind
from quotes.numbering import next_number, pattern_of

PATTERN = "_pattern"


class RulesForm(Form):
    validity_days = forms.IntegerField(label=_("Quotes are valid for days"), min_value=0, max_value=3650)
    payment_days = forms.IntegerField(label=_("Payment within days"), min_value=0, max_value=3650)
    terms = LongText(label=_("Terms"), required=False, rows=3)
    rounding = forms.ChoiceField(label=_("Rounding of tax"), choices=Rounding.choices)
    prices_include_tax = forms.BooleanField(label=_("Prices include tax"), required=False)
    discount_limit = forms.DecimalField(
        label=_("Discount that needs approval above, %"), required=False, max_digits=5, decimal_places=2,
        localize=True, widget=decimal_input(),
    )  # fmt: skip
    margin_limit = forms.DecimalField(
        label=_("Margin that needs approval below, %"), required=False, max_digits=5, decimal_places=2,
        localize=True, widget=decimal_input(),
    )  # fmt: skip
    after_acceptance = forms.ChoiceField(label=_("When a quote is accepted"), choices=AfterAcceptance.choices)
    invoices_at_once = forms.BooleanField(label=_("Draft an invoice when a quote is accepted"), required=False)
    reminder_days = forms.IntegerField(
        label=_("Remind of an overdue invoice every days"), min_value=0, max_value=365
    )  # fmt: skip
    reminder_levels = forms.IntegerField(label=_("Remind at most times"), min_value=0, max_value=9)


class QuoteSettingsForm(RulesForm):
    quote_pattern = forms.CharField(label=_("Numbers of quotes"), max_length=40)
    invoice_pattern = forms.CharField(label=_("Numbers of invoices"), max_length=40)
    credit_pattern = forms.CharField(label=_("Numbers of credit notes"), max_length=40)

    @classmethod
    def of(cls, settings: QuoteSettings, data: Any) -> "QuoteSettingsForm":
        year = Workspace.current().today.year
        patterns = {f"{kind}{PATTERN}": pattern_of(kind, year) for kind in SeriesKind}
        return cls(data, initial=initial_of(settings, RulesForm) | patterns)

    def said(self) -> dict[str, Any]:
        fields = {name: value for name, value in self.cleaned_data.items() if not name.endswith(PATTERN)}
        patterns = {kind: self.cleaned_data[f"{kind}{PATTERN}"] for kind in SeriesKind}
        return {**fields, "patterns": patterns}


@admin_only
def quote_settings(request: SignedInRequest) -> HttpResponse:
    form = QuoteSettingsForm.of(QuoteSettings.current(), request.POST or None)
    if form.is_valid() and attempt(form, revise_quote_settings, by=request.user, **form.said()):
        messages.success(request, _now("Saved."))
        return redirect("quotes:quote-settings")
    today = Workspace.current().today
    coming = {kind.value: next_number(kind, today) for kind in SeriesKind}
    return show(request, "quotes/settings.html", section="quote-settings", form=form, coming=coming)
