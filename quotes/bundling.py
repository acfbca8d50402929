"""Bundles and their parts among the rows of a quote."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from crm.money import round_to
from pipeline.offering import recipes_of
from quotes.lines import Item

type Recipe = Sequence[tuple[int, Decimal]]


def with_parts_following(items: Sequence[Item], before: Sequence[Item]) -> list[Item]:
    """Where there are more or fewer of a bundle than before, so there are of its parts.

    A part whose quantity somebody set, now or earlier, keeps it.
    """
    was = {item.pk: item for item in before}
    heads = {place: item for place, item in enumerate(items) if _is_resized(item, was.get(item.pk))}
    recipes = recipes_of({item.product.pk for item in heads.values() if item.product})
    return [
        _resized(item, was[item.pk], heads[item.part_of], was, recipes)
        if item.part_of in heads and item.pk in was
        else item
        for item in items
    ]


def _is_resized(item: Item, was: Item | None) -> bool:
    is_bundle = item.pk is not None and item.product is not None and item.product.is_bundle
    return is_bundle and was is not None and was.product == item.product and was.quantity != item.quantity


def _resized(
    item: Item, before: Item, head: Item, was: Mapping[int | None, Item], recipes: Mapping[int, Recipe]
) -> Item:
    recipe = recipes.get(head.product.pk, ()) if head.product else ()
    each = _each(before, recipe, was[head.pk].quantity)
    if each is None or before.quantity != item.quantity:
        return item
    return replace(item, quantity=round_to(each * head.quantity, 3))


def _each(item: Item, recipe: Recipe, bundles: Decimal) -> Decimal | None:
    """How many of it are in one bundle, if that many are in this many bundles."""
    for product, quantity in recipe:
        if item.product and item.product.pk == product and round_to(quantity * bundles, 3) == item.quantity:
            return quantity
    return None


def put_together(items: Sequence[Item]) -> list[Item]:
    """A bundle with its parts right below it, as a deal has them that followed a quote, isn't taken apart once more."""
    recipes = recipes_of({item.product.pk for item in items if item.product and item.product.is_bundle})
    together: list[Item] = []
    head: int | None = None
    for place, item in enumerate(items):
        bundle = items[head] if head is not None else None
        if bundle and bundle.product and _each(item, recipes.get(bundle.product.pk, ()), bundle.quantity) is not None:
            together.append(replace(item, part_of=head))
        else:
            head = place if item.product and item.product.is_bundle else None
            together.append(item)
    return together
