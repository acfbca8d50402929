"""Deals as the pages of companies and contacts show them: sections that those pages ask for by address."""

from decimal import Decimal
from typing import Any, NamedTuple

from django.contrib.auth.decorators import login_required
from django.db.models import Case, IntegerField, Sum, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from contacts.models import Company, Contact
from crm.access import reach_of
from crm.models import ExchangeRate, Workspace
from crm.money import Money, Rates
from crm.request import SignedInRequest
from pipeline.models import Deal, Outcome

MOST = 50
OPEN_FIRST = Case(When(outcome=Outcome.OPEN, then=Value(0)), default=Value(1), output_field=IntegerField())


class OpenSum(NamedTuple):
    """Of open deals in the base currency; what has no rate is listed, never counted."""

    deals: int
    total: Money
    apart: list[Money]


@login_required
def deals_of_company(request: SignedInRequest, pk: int) -> HttpResponse:
    company = get_object_or_404(Company.objects.visible_to(reach_of(request.user)), pk=pk)
    return _section(request, company=company)


@login_required
def deals_of_contact(request: SignedInRequest, pk: int) -> HttpResponse:
    contact = get_object_or_404(Contact.objects.visible_to(reach_of(request.user)), pk=pk)
    return _section(request, contacts=contact)


def _section(request: SignedInRequest, **of: Any) -> HttpResponse:
    """The deals the user may see: open ones first, then the newest; and what the open ones come to."""
    deals = Deal.objects.visible_to(reach_of(request.user)).live().filter(**of)
    rows = deals.select_related("stage", "owner").annotate(group=OPEN_FIRST).order_by("group", "-id")[:MOST]
    template = "pipeline/deals-of.html#section" if request.headers.get("HX-Request") else "pipeline/deals-of.html"
    return render(request, template, {"deals": rows, "open": _open_sum(deals), "total": deals.count(), **of})


def _open_sum(deals: Any) -> OpenSum:
    workspace = Workspace.current()
    rates = ExchangeRate.rates_on(workspace.today, str(workspace.currency_id))
    is_open = deals.filter(outcome=Outcome.OPEN).order_by()
    sums = [Money(amount, code) for code, amount in is_open.values_list("currency").annotate(Sum("amount")) if amount]
    return OpenSum(is_open.count(), _total(sums, rates), [each for each in sums if not rates.knows(each.currency)])


def _total(sums: list[Money], rates: Rates) -> Money:
    known = [rates.convert(each, rates.base) for each in sums if rates.knows(each.currency)]
    return sum(known, Money(Decimal(0), rates.base)).rounded()
