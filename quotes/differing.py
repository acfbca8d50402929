"""What changed from one version of a quote to another, in words."""

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils.text import capfirst
from django.utils.translation import gettext as _

from crm.forms import as_typed
from crm.templatetags.penstock import cents, day
from quotes.comparing import Comparison, Difference, Pair
from quotes.entering import discount_typed
from quotes.models import LineItem, Quote

AMOUNTS = {"net", "tax", "total", "unit_price"}


class Told(NamedTuple):
    label: str
    before: str
    after: str


class ToldLine(NamedTuple):
    name: str
    state: str  # new, gone, changed
    facts: list[Told]


def facts_of(found: Comparison) -> list[Told]:
    """About the whole."""
    told = (_told(each, found.before, found.after) for each in found.fields if each.what != "discount_kind")
    return list(dict.fromkeys(told))


def lines_of(found: Comparison) -> list[ToldLine]:
    return [line for pair in found.lines if (line := _line(pair, found.after.currency.digits))]


def _line(pair: Pair, digits: int) -> ToldLine | None:
    was, now = pair
    if was is None or now is None:
        there = now or was
        assert there is not None
        return ToldLine(there.name, "new" if now else "gone", [Told(_("Net"), _net(was, digits), _net(now, digits))])
    facts = [_told(Difference(name, getattr(was, name), getattr(now, name), now.name), was, now, digits)
             for name in pair.changed if name != "discount_kind"]  # fmt: skip
    return ToldLine(now.name, "changed", facts) if facts else None


def _net(line: LineItem | None, digits: int) -> str:
    return cents(line.net, digits) if line else "–"


def _told(each: Difference, was: Quote | LineItem, now: Quote | LineItem, digits: int = 2) -> Told:
    texts = [_text(each.what, value, record, digits) for value, record in ((each.before, was), (each.after, now))]
    return Told(capfirst(each.label), *texts)


def _text(what: str, value: Any, record: Quote | LineItem, digits: int) -> str:
    if what == "discount":
        return discount_typed(record.discount_kind, record.discount, digits) or "–"
    if callable(shown := getattr(record, f"get_{what}_display", None)):
        return str(shown())
    return _plain(what, value, digits)


def _plain(what: str, value: Any, digits: int) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Decimal):
        return cents(value, digits) if what in AMOUNTS else as_typed(value)
    if isinstance(value, date):
        return day(value, "ydMMM")
    return str(value) if value not in (None, "") else "–"
