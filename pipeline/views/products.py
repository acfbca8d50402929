"""Products: everyone reads what can be sold and for how much, administrators change it."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import F, Q, QuerySet, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect

from crm.access import admin_only, reach_of
from crm.models import Workspace
from crm.paging import page_by_name
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from pipeline import catalogue
from pipeline.catalogue_forms import BundleForm, ItemForm, ItemRows, ProductForm
from pipeline.models import LANGUAGES, Kind, Price, Product


@login_required
def products(request: SignedInRequest) -> HttpResponse:
    """`?q=&family=&used=no`: what is sold, narrowed."""
    sold = Sum("lines__quantity", filter=Q(lines__deal__outcome=Kind.WON))
    found = narrowed(request).select_related("unit", "tax_class").annotate(sold=sold)
    return show(
        request, "pipeline/products.html", listed=page_by_name(request, found), families=families(),
        total=narrowed(request).count(), asked=request.GET,
    )  # fmt: skip


def narrowed(request: SignedInRequest) -> QuerySet[Product]:
    asked, found = request.GET, Product.objects.all()
    if words := asked.get("q", "").strip():
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words))
    if family := asked.get("family"):
        found = found.filter(family=family)
    return found.filter(is_active=False) if asked.get("used") == "no" else found.filter(is_active=True)


def families() -> list[str]:
    named = Product.objects.exclude(family="").order_by("family")
    return list(named.values_list("family", flat=True).distinct())


@login_required
def product(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Product.objects.select_related("unit", "tax_class"), pk=pk)
    prices = Price.objects.filter(product=found).select_related("book")
    order = ("book__name", "book", F("starts_on").asc(nulls_first=True), "min_quantity")
    return show(
        request, "pipeline/product.html", product=found, items=found.items.select_related("product__unit"),
        prices=prices.order_by(*order), bundles=found.bundles.select_related("bundle"), languages=dict(LANGUAGES),
        sees_costs=reach_of(request.user).sees_costs,
    )  # fmt: skip


@admin_only
def product_new(request: SignedInRequest) -> HttpResponse:
    form = ProductForm(request.POST or None, initial={"currency": Workspace.current().currency_id})
    if form.is_valid() and (made := attempt(form, catalogue.create_product, by=request.user, **form.facts())):
        return redirect("pipeline:product", made.pk)
    return show(request, "pipeline/product-form.html", form=form, families=families())


@admin_only
def product_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Product, pk=pk)
    form = ProductForm.of(found, request.POST or None)
    if form.is_valid() and attempt(form, catalogue.revise_product, found, by=request.user, **form.facts()):
        return redirect("pipeline:product", pk)
    return show(request, "pipeline/product-form.html", form=form, families=families(), product=found)


@admin_only
def product_items(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a bundle is made of."""
    found = get_object_or_404(Product, pk=pk)
    data = request.POST or None
    form = BundleForm(data, initial={"sums_parts": found.sums_parts})
    known = [] if data else [_typed(item) for item in found.items.all()]  # what is sent stands for itself
    rows = ItemRows(data, initial=known, prefix="items")
    if form.is_valid() and rows.is_valid() and attempt(form, _save_items, found, form, rows, by=request.user):
        return redirect("pipeline:product-items" if "more" in request.POST else "pipeline:product", pk)
    status = 422 if data and not rows.is_valid() else 0
    return show(request, "pipeline/product-items.html", status=status, product=found, form=form, rows=rows)


def _typed(item: Any) -> dict[str, Any]:
    return {"product": item.product_id, "quantity": item.quantity.normalize(), "is_optional": item.is_optional}


@transaction.atomic
def _save_items(product: Product, form: BundleForm, rows: Any, *, by: Any) -> Product:
    catalogue.set_items(product, ItemForm.items(rows), by=by)
    return catalogue.revise_product(product, by=by, **form.cleaned_data)
