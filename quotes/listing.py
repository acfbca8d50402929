"""The list of quotes: what its address asks for, narrowed to what one may see."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.access import Reach, teams_below
from crm.forms import Form
from crm.models import User
from quotes.days import DaysField, instants
from quotes.models import ANSWERS, COUNTING, OPEN, LineItem, Quote, QuoteQuerySet, Status

WITH_CUSTOMER, ANSWERED = "open", "answered"
SEVERAL = {WITH_CUSTOMER: OPEN, ANSWERED: ANSWERS}
STATES = [(WITH_CUSTOMER, _("With the customer")), (ANSWERED, _("Answered")), *Status.choices]
NONE = "none"


class FilterForm(Form):
    q = forms.CharField(required=False)
    status = forms.ChoiceField(choices=STATES, required=False)
    owner = forms.IntegerField(required=False)
    team = forms.RegexField(rf"\A([0-9]{{1,18}}|{NONE})\Z", required=False)
    product = forms.RegexField(rf"\A([0-9]{{1,18}}|{NONE})\Z", required=False)
    sent = DaysField(required=False)
    answered = DaysField(required=False)

    def chosen(self) -> Mapping[str, Any]:
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


def seen(reach: Reach) -> QuoteQuerySet:
    return Quote.objects.visible_to(reach)


def narrowed(quotes: QuoteQuerySet, asked: Mapping[str, Any]) -> QuoteQuerySet:
    if status := asked.get("status"):
        quotes = quotes.filter(status__in=SEVERAL.get(status, [status]))
    if owner := asked.get("owner"):
        quotes = quotes.filter(deal__owner=owner)
    if team := asked.get("team"):
        quotes = quotes.filter(Q(deal__team=None) if team == NONE else Q(deal__team__in=teams_below(int(team))))
    for event in ("sent", "answered"):
        if days := asked.get(event):
            quotes = quotes.newest_sent().filter(**{f"{event}_at__range": instants(*days)})
    if product := asked.get("product"):
        items = LineItem.objects.filter(COUNTING, product=None if product == NONE else product)
        quotes = quotes.filter(pk__in=items.values("quote"))
    if text := asked.get("q"):
        named = Q(number__icontains=text) | Q(title__icontains=text) | Q(company__name__icontains=text)
        quotes = quotes.filter(named)
    return quotes


def owners(quotes: QuoteQuerySet) -> Any:
    return User.objects.filter(pk__in=quotes.order_by().values("deal__owner"))
