"""A quote out of a deal, in one click."""

from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from contacts.models import Company, Contact
from crm.errors import Refused
from crm.models import User, Workspace
from pipeline.ledger import writing
from pipeline.models import Deal, DealContact, DealLine
from pipeline.offering import book_for
from quotes.actions.rules import note
from quotes.actions.saving import write_lines
from quotes.addressing import address_of
from quotes.bundling import put_together
from quotes.lines import Item, lines_of
from quotes.models import LANGUAGES, Quote, QuoteSettings, SeriesKind
from quotes.numbering import take_number


def draft_quote(deal: Deal, *, by: User) -> Quote:
    """A draft with the deal's lines, in its currency, to its company and first contact, under the next number.

    A price that somebody gave a line of the deal stays; one that is the product's own comes from the price book.
    """
    with transaction.atomic(), writing() as ledger:
        deal = ledger.lock(deal)
        if deal.archived_at:
            raise Refused(deal=_("This deal is deleted. Restore it first."))
        people = ledger.related(DealContact, deal)
        quote = _quote_of(deal, people[0].contact if people else None, by)
        lines = lines_of(quote, put_together([_item_of(line, quote) for line in ledger.related(DealLine, deal)]))
        quote.number = take_number(SeriesKind.QUOTE, quote.quoted_on)
        quote.save()
        write_lines(quote, lines)
        note(quote, "drafted", by=by)
    return quote


def _quote_of(deal: Deal, contact: Contact | None, by: User) -> Quote:
    settings, today = QuoteSettings.current(), Workspace.current().today
    book = book_for(currency=deal.currency, on=today, company=deal.company)
    language = language_for(deal.company)
    return Quote(
        deal=deal,
        title=deal.title,
        company=deal.company,
        contact=contact,
        address=address_of(deal.company, contact, language),
        language=language,
        currency=deal.currency,
        book=book,
        includes_tax=book.includes_tax if book else settings.prices_include_tax,
        rounding=settings.rounding,
        quoted_on=today,
        valid_until=today + timedelta(days=settings.validity_days),
        payment_days=settings.payment_days,
        terms=settings.terms,
        made_by=by,
    )


def _item_of(line: DealLine, quote: Quote) -> Item:
    product = line.product
    is_agreed = line.unit_price != product.unit_price or product.currency_id != quote.currency_id
    price = line.unit_price if is_agreed or quote.book is None else None
    expands = not line.deal.amount_from_quote
    return Item(product=product, quantity=line.quantity, unit_price=price, discount=line.discount, expands=expands)


def language_for(company: Company | None) -> str:
    """The language of the company's newest quote, else the workspace's."""
    known: Any = Quote.objects.filter(company=company).order_by("-id").values_list("language", flat=True).first()
    ours = Workspace.current().language
    return str(known) if company and known else (ours if ours in dict(LANGUAGES) else "en")
