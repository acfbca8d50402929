"""Quotes in the palette and the search: by number, title or company."""

from collections.abc import Sequence
from functools import reduce
from operator import and_
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.folding import Folded, Search
from crm.templatetags.penstock import money
from pipeline.search import Hit, KindOf, Look
from quotes.models import Quote


def _rows(look: Look, how: Search) -> Any:
    quotes = Quote.objects.visible_to(look.reach).select_related("company")
    quotes = quotes.alias(named=Folded("number"), titled=Folded("title"), sold_to=Folded("company__name"))
    return quotes.filter(
        reduce(and_, (how("named", word) | how("titled", word) | how("sold_to", word) for word in look.words))
    )


def _shown(quote: Quote, words: Sequence[str]) -> Hit:
    detail = " · ".join(str(part) for part in (quote.title, quote.company, quote.get_status_display()) if part)
    url = reverse("quotes:quote", args=[quote.pk])
    return Hit("quote", quote.pk, url, str(quote), detail, words, money(quote.net, quote.currency_id))


QUOTE = KindOf(
    Quote,
    lambda: _("Quotes"),
    "file-text",
    _rows,
    ["-pk"],
    "number",
    lambda quote: f"{quote.number} {quote.title} {quote.company or ''}",
    lambda quote, reach: (not quote.is_open, quote.made_by_id != reach.user_id),
    _shown,
)
