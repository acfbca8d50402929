"""The verbs of what can be sold (products) and of why it was or wasn't (win and loss reasons)."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _

from crm import events
from crm.changes import apply, check, renumber
from crm.errors import Refused
from crm.models import User
from crm.money import round_to
from pipeline.ledger import writing
from pipeline.models import LANGUAGES, BundleItem, Deal, DealChange, LossReason, Product, WinReason
from pipeline.signals import products_regrouped

Reason = WinReason | LossReason
PRODUCT_FIELDS = {
    "name", "code", "family", "unit_price", "currency", "is_active", "external_id", "description", "unit", "tax_class",
    "cost", "sums_parts", "renews_after", "translations",
}  # fmt: skip


class Item(NamedTuple):
    """A part of a bundle."""

    product: Product
    quantity: Decimal = Decimal(1)
    is_optional: bool = False


@transaction.atomic
def create_product(*, by: User | None, **fields: Any) -> Product:
    """Something new to sell: `name`, `currency`, and any other of PRODUCT_FIELDS."""
    product = Product()
    only_known(PRODUCT_FIELDS, fields)
    apply(product, _tidy(fields))
    _check_product(product)
    product.save()
    events.record([events.event("product.created", product, by=by, is_public=True, data={"name": product.name})])
    return product


@transaction.atomic
def revise_product(product: Product, *, by: User | None, **fields: Any) -> Product:
    """Change what it is called or costs from now on: deals keep the prices they were given."""
    product = Product.objects.select_for_update().get(pk=product.pk)
    only_known(PRODUCT_FIELDS, fields)
    if changed := apply(product, _tidy(fields)):
        _check_product(product)
        product.save()
        if "family" in changed:
            products_regrouped.send(sender=Product, product_ids=[product.pk])
        data = {"name": product.name, "changed": changed}
        events.record([events.event("product.revised", product, by=by, is_public=True, data=data)])
    return product


def _check_product(product: Product) -> None:
    others = Product.objects.exclude(pk=product.pk)
    if others.filter(name=product.name).exists():
        raise Refused(name=_("There is a product of that name."))
    if product.external_id and others.filter(external_id=product.external_id).exists():
        raise Refused(external_id=_("Another product has this id."))
    check(product)
    if product.unit_price < 0:
        raise Refused(unit_price=_("A price is not negative."))
    if product.cost is not None and product.cost < 0:
        raise Refused(cost=_("A cost is not negative."))
    if product.renews_after == 0:
        raise Refused(renews_after=_("It renews after one month or more."))


def _tidy(fields: dict[str, Any]) -> dict[str, Any]:
    words = {"name": 160, "description": 5000}
    given = {"translations": translated(fields["translations"], words)} if "translations" in fields else {}
    return fields | given


def translated(given: Any, longest: Mapping[str, int]) -> dict[str, dict[str, str]]:
    """Words by language and kind, `{"de": {"name": …}}`, without the empty ones. Raises Refused."""
    languages, found = dict(LANGUAGES), {}
    for language, words in (given or {}).items():
        if language not in languages:
            known = {"name": language, "names": ", ".join(languages)}
            raise Refused(translations=_("“%(name)s” is none of: %(names)s.") % known)
        kept = {kind: str(text).strip() for kind, text in words.items() if str(text).strip()}
        if too_long := [kind for kind, text in kept.items() if len(text) > longest.get(kind, 0)]:
            known = {"language": languages[language], "names": ", ".join(too_long)}
            raise Refused(translations=_("%(language)s: %(names)s is too long or nothing to translate.") % known)
        if kept:
            found[language] = kept
    return found


@transaction.atomic
def set_items(product: Product, items: Sequence[Item], *, by: User | None) -> Product:
    """What a bundle is made of, in this order; with no items it is no bundle any more."""
    product = Product.objects.select_for_update().get(pk=product.pk)
    _check_items(product, items)
    before = [_plain(item) for item in product.items.select_related("product")]
    product.items.all().delete()
    rows = [BundleItem(bundle=product, position=place, **item._asdict()) for place, item in enumerate(items)]
    BundleItem.objects.bulk_create(rows)
    product.is_bundle = bool(rows)
    product.save(update_fields=["is_bundle"])
    if (after := [_plain(item) for item in rows]) != before:
        data = {"name": product.name, "changed": {"items": [before, after]}}
        events.record([events.event("product.revised", product, by=by, is_public=True, data=data)])
    return product


def _plain(item: BundleItem) -> dict[str, Any]:
    quantity = f"{round_to(item.quantity, 3)}"
    return {"product": item.product_id, "quantity": quantity, "is_optional": item.is_optional}


def _check_items(product: Product, items: Sequence[Item]) -> None:
    """A bundle holds each product once and no bundles, so that nothing can hold itself."""
    ids = [item.product.pk for item in items]
    if product.pk in ids:
        raise Refused(items=_("A bundle cannot hold itself."))
    if len(set(ids)) < len(ids):
        raise Refused(items=_("A product stands in a bundle once: change its quantity."))
    if any(item.product.is_bundle for item in items):
        raise Refused(items=_("A bundle cannot hold another bundle: name what that one is made of."))
    if items and BundleItem.objects.filter(product=product).exists():
        raise Refused(items=_("This is a part of another bundle, so it cannot be one."))
    if any(not 0 < item.quantity < Decimal("1e11") for item in items):
        raise Refused(items=_("A quantity must be more than 0."))


@transaction.atomic
def create_reason[R: (WinReason, LossReason)](model: type[R], *, by: User | None, **fields: Any) -> R:
    """A new reason to win or to lose (`model`), behind the others. Fields: `name`; of a loss also `asks_competitor`."""
    reason = model(position=model.objects.count())
    only_known(_reason_fields(model), fields)
    apply(reason, fields)
    _check_reason(reason)
    reason.save()
    kind = f"{model._meta.model_name}.created"
    events.record([events.event(kind, reason, by=by, is_public=True, data={"name": reason.name})])
    return reason


@transaction.atomic
def revise_reason[R: (WinReason, LossReason)](reason: R, *, by: User | None, **fields: Any) -> R:
    """Rename a reason, or take it in or out of use: deals closed for it keep it."""
    reason = type(reason).objects.select_for_update().get(pk=reason.pk)
    only_known(_reason_fields(type(reason)), fields)
    if changed := apply(reason, fields):
        _check_reason(reason)
        reason.save()
        data = {"name": reason.name, "changed": changed}
        kind = f"{reason._meta.model_name}.revised"
        events.record([events.event(kind, reason, by=by, is_public=True, data=data)])
    return reason


@transaction.atomic
def order_reasons(model: type[Reason], ids: Sequence[int], *, by: User | None) -> None:
    """Ask for the reasons in this order from now on."""
    reasons = {each.pk: each for each in model.objects.select_for_update().order_by("pk")}
    if sorted(ids) != sorted(reasons):
        raise Refused(reasons=_("The reasons are others by now: look again."))
    kind = f"{model._meta.model_name}.revised"
    events.record(
        events.event(kind, each, by=by, is_public=True, data={"name": each.name, "changed": {"position": change}})
        for each, change in renumber([reasons[pk] for pk in ids])
    )


@transaction.atomic
def merge_reason[R: (WinReason, LossReason)](reason: R, *, into: R, by: User | None) -> R:
    """Deals closed for `reason` are closed for `into`; the reason itself is no longer asked for."""
    if into.pk == reason.pk:
        raise Refused(into=_("Choose another reason."))
    column = {WinReason: "win_reason", LossReason: "loss_reason"}[type(reason)]
    with writing() as ledger:
        for deal in ledger.lock_all(list(Deal.objects.filter(**{column: reason}).values_list("pk", flat=True))):
            if getattr(deal, f"{column}_id") == reason.pk:
                setattr(deal, column, into)
                ledger.note(deal, DealChange.Verb.REVISED, by=by)
    return revise_reason(reason, is_active=False, by=by)


def _reason_fields(model: type[Reason]) -> set[str]:
    return {"name", "position", "is_active"} | ({"asks_competitor"} if model is LossReason else set())


def _check_reason(reason: Reason) -> None:
    if type(reason).objects.filter(name__iexact=reason.name).exclude(pk=reason.pk).exists():
        raise Refused(name=_("There is a reason of that name."))
    check(reason)


def only_known(names: set[str], fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - names:
        raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))
