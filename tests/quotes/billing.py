"""Accepted quotes to invoice, and what tests ask about the invoices."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from contacts.models import Company
from pipeline.models import Deal, Tax, TaxClass
from quotes.actions import Item, draft_quote, issue_invoice, save_quote
from quotes.actions.invoicing import draft_invoice
from quotes.models import Invoice, Letterhead, Quote, Status
from tests.cast import Cast


def taxes(**rates: str) -> dict[str, TaxClass]:
    """`taxes(standard="19", reduced="7")`: the first is the usual one."""
    TaxClass.objects.update(is_default=False)
    made = {}
    for place, (name, rate) in enumerate(rates.items()):
        made[name] = TaxClass.objects.create(name=f"VAT {name}", is_default=not place)
        Tax.objects.create(tax_class=made[name], name="VAT", rate=Decimal(rate))
    return made


def accepted(cast: Cast, items: Sequence[Item] | None = None, *, deal: Deal | None = None, **fields: Any) -> Quote:
    """A quote over 1,000.00 EUR net, 1,190.00 in all, unless told otherwise."""
    if not TaxClass.objects.filter(name__startswith="VAT").exists():
        taxes(standard="19")
    quote = draft_quote(deal or cast.deal(), by=cast.alice)
    lines = items or [Item(name="Pump", quantity=Decimal(4), unit_price=Decimal(250))]
    quote = save_quote(quote, lines=lines, by=cast.alice, **fields)
    Quote.objects.filter(pk=quote.pk).update(status=Status.ACCEPTED)
    quote.refresh_from_db()
    return quote


def issued(cast: Cast, items: Sequence[Item] | None = None, **fields: Any) -> Invoice:
    return issue_invoice(draft_invoice(accepted(cast, items, **fields), by=cast.alice), by=cast.alice)


def seller() -> None:
    Letterhead.objects.update_or_create(
        pk=1,
        defaults={
            "name": "Halden Instruments", "street": "Wasserstraße 14", "postal_code": "39104", "city": "Magdeburg",
            "country": "DE", "tax_id": "DE123456789", "email": "bill@halden.example", "phone": "+49 391 1234",
            "iban": "DE02120300000000202051", "bic": "BYLADEM1001", "register": "HRB 1234",
        },
    )  # fmt: skip


def buyer(company: Company) -> None:
    Company.objects.filter(pk=company.pk).update(
        street="Bahnhofstraße 3", postal_code="39576", city="Stendal", country="DE", tax_id="DE987654321"
    )
