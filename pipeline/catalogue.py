"""The verbs of what can be sold (products) and of why it was or wasn't (win and loss reasons)."""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm import events
from crm.changes import apply, check, renumber
from crm.errors import Refused
from crm.models import User
from pipeline.ledger import writing
from pipeline.models import Deal, DealChange, LossReason, Product, WinReason
from pipeline.signals import products_regrouped

Reason = WinReason | LossReason
PRODUCT_FIELDS = {"name", "code", "family", "unit_price", "currency", "is_active", "external_id"}


@transaction.atomic
def create_product(*, by: User | None, **fields: Any) -> Product:
    """Something new to sell: `name`, `currency`, and any other of PRODUCT_FIELDS."""
    product = Product()
    _only_known(PRODUCT_FIELDS, fields)
    apply(product, fields)
    _check_product(product)
    product.save()
    events.record([events.event("product.created", product, by=by, is_public=True, data={"name": product.name})])
    return product


@transaction.atomic
def revise_product(product: Product, *, by: User | None, **fields: Any) -> Product:
    """Change what it is called or costs from now on: deals keep the prices they were given."""
    product = Product.objects.select_for_update().get(pk=product.pk)
    _only_known(PRODUCT_FIELDS, fields)
    if changed := apply(product, fields):
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


@transaction.atomic
def create_reason[R: (WinReason, LossReason)](model: type[R], *, by: User | None, **fields: Any) -> R:
    """A new reason to win or to lose (`model`), behind the others. Fields: `name`; of a loss also `asks_competitor`."""
    reason = model(position=model.objects.count())
    _only_known(_reason_fields(model), fields)
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
    _only_known(_reason_fields(type(reason)), fields)
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


def _only_known(names: set[str], fields: dict[str, Any]) -> None:
    if unknown := fields.keys() - names:
        raise Refused(**dict.fromkeys(unknown, _("This cannot be changed here.")))
