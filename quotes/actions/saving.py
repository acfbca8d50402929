"""The whole document in one save."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _

from crm.changes import apply, check
from crm.errors import Refused
from crm.models import User, Workspace
from quotes.actions.following_deals import let_deal_follow
from quotes.actions.rules import expect, expect_same, holding, note
from quotes.addressing import made_for, readdress
from quotes.bundling import with_parts_following
from quotes.lines import Item, items_of, lines_of, rows_of, wrong_discount
from quotes.models import LineItem, Quote, Status
from quotes.rewording import in_currency, in_language
from quotes.totals import STORED, settle

FIELDS = {
    "title", "company", "contact", "address", "language", "currency", "book", "includes_tax", "rounding", "quoted_on",
    "valid_until", "payment_days", "introduction", "terms", "discount_kind", "discount",
}  # fmt: skip
LONGEST_VALID = 20  # years
LINE = (
    "kind", "product_id", "name", "description", "quantity", "unit", "unit_code", "unit_price", "cost",
    "discount_kind", "discount", "tax_class_id", "is_optional", "is_chosen",
)  # fmt: skip


def save_quote(
    quote: Quote, *, lock: int | None = None, lines: Sequence[Item] | None = None, by: User | None, **fields: Any
) -> Quote:
    """Save a draft: the named `fields`, and its `lines` if they are given, all of them in their order.

    Raises Conflict if the quote was changed since `lock`, Refused naming what is wrong (`lines.3.quantity`).
    """
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        expect(quote, Status.DRAFT)
        if unknown := fields.keys() - FIELDS:
            raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))
        before = rows_of(quote)
        items = items_of(before) if lines is None else with_parts_following(_own(lines, before), items_of(before))
        language, currency, address = quote.language, quote.currency_id, made_for(quote)
        changed = apply(quote, fields)
        changed |= readdress(quote, address)
        _check(quote)
        if quote.currency_id != currency:
            items = in_currency(quote, items)
        if quote.language != language:
            items = in_language(quote, items, language)
        after = lines_of(quote, items)
        if (old := _plain(before)) != (new := _plain(after)):
            changed["lines"] = [len(old), len(new)]
        if changed:
            write_lines(quote, after, before)
            note(quote, "saved", by=by, changed=changed)
            if quote.is_synced:
                let_deal_follow(quote, after, by=by)
    return quote


def write_lines(quote: Quote, lines: Sequence[LineItem], before: Sequence[LineItem] = ()) -> None:
    """Keep these rows and no others, with the totals they make. The quote itself is the caller's to save.

    Of the rows that are there already, as `before` has them, only what became different is written.
    """
    settle(quote, lines)
    kept = [line for line in lines if line.pk]
    ids = [line.pk for line in kept]
    quote.lines.filter(pk__in=ids, bundle__isnull=False).exclude(bundle__in=ids).update(
        bundle=None
    )  # it may outlive its bundle
    quote.lines.exclude(pk__in=ids).delete()
    LineItem.objects.bulk_create([line for line in lines if not line.pk and line.bundle is None])
    LineItem.objects.bulk_create([line for line in lines if not line.pk])
    for line in kept:
        line.bundle = line.bundle  # its id, if it was new
    was = {line.pk: line for line in before}
    differing = {line: names for line in kept if (names := _differing(line, was.get(line.pk)))}
    if differing:
        LineItem.objects.bulk_update(differing, set().union(*differing.values()), batch_size=500)


def _differing(line: LineItem, was: LineItem | None) -> set[str]:
    columns = [field for field in LineItem._meta.concrete_fields if field.name not in ("id", "quote")]
    return {field.name for field in columns if not was or getattr(line, field.attname) != getattr(was, field.attname)}


def _own(items: Sequence[Item], before: Sequence[LineItem]) -> Sequence[Item]:
    """A line that is there already keeps its cost, which nobody is asked for on a quote."""
    left = {line.pk: line for line in before}
    own: list[Item] = []
    for place, item in enumerate(items):
        line = left.pop(item.pk, None) if item.pk is not None else None
        if item.pk is not None and line is None:
            raise Refused(**{f"lines.{place}.id": _("This line is not there any more.")})
        keeps = line is not None and item.cost is None and line.product == item.product
        own.append(replace(item, cost=line.cost) if keeps and line else item)
    return own


def _plain(lines: Sequence[LineItem]) -> list[tuple[Any, ...]]:
    places = {id(line): place for place, line in enumerate(lines)}
    places |= {line.pk: place for place, line in enumerate(lines) if line.pk}
    return [
        (*(getattr(line, name) for name in LINE), line.taxes, places.get(line.bundle_id or id(line.bundle)))
        for line in lines
    ]


def _check(quote: Quote) -> None:
    check(quote, exclude=["number", "discount", *STORED])
    errors: dict[str, Any] = {}
    if not quote.title:
        errors["title"] = _("A quote needs a title.")
    if quote.valid_until < quote.quoted_on:
        errors["valid_until"] = _("It is valid until its own day at least.")
    elif quote.valid_until.year > Workspace.current().today.year + LONGEST_VALID:
        errors["valid_until"] = _("At most %(years)d years from now.") % {"years": LONGEST_VALID}
    if problem := wrong_discount(quote):
        errors["discount"] = problem
    if quote.book and quote.book.currency_id != quote.currency_id:
        errors["book"] = _("This price book is in another currency.")
    if errors:
        raise Refused(**errors)
