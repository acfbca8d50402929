"""A quote's rows when it changes its language or its currency."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from django.utils.translation import gettext as _

from crm.errors import Refused
from pipeline.models import Unit
from pipeline.offering import Ask, wording_of
from quotes.lines import Item, offers_of
from quotes.models import DiscountKind, LineKind, Quote


def in_language(quote: Quote, items: Sequence[Item], before: str) -> list[Item]:
    """What still bears the catalogue's words gets them in the quote's language; what somebody wrote stays."""
    units = {unit.name_in(before): unit.name_in(quote.language) for unit in Unit.objects.all()}
    return [_reworded(item, units, before) for item in items]


def _reworded(item: Item, units: Mapping[str, str], before: str) -> Item:
    unit = units.get(item.unit or "", item.unit)
    if item.product is None:
        return replace(item, unit=unit)
    was = wording_of(item.product, before)
    return replace(
        item,
        name="" if item.name == was.name else item.name,
        description=None if item.description == was.description else item.description,
        unit=None if item.unit == was.unit else unit,
    )


def in_currency(quote: Quote, items: Sequence[Item]) -> list[Item]:
    """Products at their price in the quote's currency. An amount that has none there is never taken as it is."""
    asks = {place: Ask(item.product, item.quantity) for place, item in enumerate(items) if item.product}
    found = offers_of(quote, list(asks.values()))
    offers = dict(zip(asks, found, strict=True))
    stuck = [
        item.name or str(item.product)
        for place, item in enumerate(items)
        if item.kind == LineKind.ITEM and _is_stuck(item, bool(offers.get(place)))
    ]
    if quote.discount and quote.discount_kind == DiscountKind.AMOUNT:
        stuck.append(_("the discount on the whole"))
    if stuck:
        words = {"currency": quote.currency_id, "names": ", ".join(stuck)}
        raise Refused(currency=_("In %(currency)s there is no price for: %(names)s.") % words)
    return [
        replace(item, unit_price=None if item.unit_price else item.unit_price, cost=None) if item.product else item
        for item in items
    ]


def _is_stuck(item: Item, is_offered: bool) -> bool:
    has_amount = bool(item.unit_price) and not is_offered
    return has_amount or bool(item.discount and item.discount_kind == DiscountKind.AMOUNT)
