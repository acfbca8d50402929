"""ageing: what is owed, by how long it is due; each number opens its invoices."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from crm.access import reach_of
from pipeline.actions import Line
from quotes.actions import draft_invoice, draft_quote, issue_invoice, record_payment
from quotes.ageing import ageing
from quotes.models import Invoice, Quote, Status
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def owed(cast: Cast, late: int, paid: int = 0) -> None:
    """An invoice of 250 that many days overdue."""
    quote = draft_quote(cast.deal(lines=[Line(cast.pump)]), by=cast.alice)
    Quote.objects.filter(pk=quote.pk).update(status=Status.ACCEPTED)
    quote.refresh_from_db()
    invoice = issue_invoice(draft_invoice(quote, by=cast.alice), by=cast.alice)
    Invoice.objects.filter(pk=invoice.pk).update(due_on=cast.today - timedelta(days=late))
    if paid:
        record_payment(Invoice.objects.get(pk=invoice.pk), amount=Decimal(paid), by=cast.alice)


def test_what_is_owed_stands_where_it_belongs_and_leads_there(cast: Cast, client: Client) -> None:
    for late, paid in ((-5, 0), (0, 0), (1, 100), (30, 0), (31, 0), (90, 0), (91, 0)):
        owed(cast, late, paid)
    total = Invoice.objects.first()
    assert total
    found = ageing(reach_of(cast.alice))
    assert [age.invoices for age in found.ages] == [2, 2, 1, 1, 1]
    assert found.ages[1].owed == 2 * total.total - 100
    assert (found.total.invoices, found.overdue.invoices) == (7, 5)
    assert found.total.owed == sum(age.owed for age in found.ages) == 7 * total.total - 100
    client.force_login(cast.alice)
    screen = client.get("/quotes/report/").context["screen"]
    for age, query, _width in screen.ages:
        assert client.get(f"/invoices/{query}").context["total"] == age.invoices
    assert client.get(f"/invoices/{screen.overdue_query}").context["total"] == 5


def test_nobody_sees_what_others_are_owed(cast: Cast) -> None:
    owed(cast, 3)
    assert ageing(reach_of(cast.charlie)).total.invoices == 0
    assert ageing(reach_of(cast.dana), owner=cast.alice.pk).total.invoices == 1
    assert ageing(reach_of(cast.dana), owner=cast.bob.pk).total.invoices == 0
