"""Price books: everyone reads what is charged, administrators change it, a sheet of prices at once."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from crm.access import admin_only
from crm.errors import Conflict
from crm.forms import initial_of
from crm.models import Workspace
from crm.paging import page_by_name
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from pipeline import books
from pipeline.catalogue_forms import PriceBookForm
from pipeline.models import PriceBook
from pipeline.pricesheet import Sheet, SheetForm, sheet_of
from pipeline.views.products import families, narrowed


@login_required
def price_books(request: SignedInRequest) -> HttpResponse:
    rows = PriceBook.objects.select_related("parent").annotate(count=Count("prices")).order_by("currency", "name")
    return show(request, "pipeline/price-books.html", books=rows)


@admin_only
def price_book_new(request: SignedInRequest) -> HttpResponse:
    form = PriceBookForm(request.POST or None, initial={"currency": Workspace.current().currency_id})
    if form.is_valid() and (made := attempt(form, books.create_price_book, by=request.user, **form.cleaned_data)):
        return redirect("pipeline:price-book", made.pk)
    return show(request, "pipeline/price-book-form.html", form=form)


@admin_only
def price_book_edit(request: SignedInRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(PriceBook, pk=pk)
    form = PriceBookForm(request.POST or None, initial=initial_of(found, PriceBookForm))
    if form.is_valid() and attempt(form, books.revise_price_book, found, by=request.user, **form.cleaned_data):
        return redirect("pipeline:price-book", pk)
    return show(request, "pipeline/price-book-form.html", form=form, book=found)


@login_required
def price_book(request: SignedInRequest, pk: int) -> HttpResponse:
    """The sheet of its prices: products down, quantities across. POST saves what was typed anew."""
    book = get_object_or_404(PriceBook.objects.select_related("parent", "currency"), pk=pk)
    listed = page_by_name(request, narrowed(request))
    form = SheetForm(request.GET)
    sheet = sheet_of(book, listed.rows, form)
    if request.method == "POST":
        return _save(request, sheet, listed, form)
    return _sheet(request, sheet, listed, form)


def _save(request: SignedInRequest, sheet: Sheet, listed: Any, form: SheetForm) -> HttpResponse:
    if not request.user.is_admin:
        raise PermissionDenied(_("Only an administrator changes prices."))
    sheet.take(request.POST)
    try:
        if sheet.is_valid() and attempt(form, sheet.save, by=request.user) is not None:
            messages.success(request, _("Saved."))
            return redirect(request.get_full_path())
    except Conflict as conflict:
        sheet.point_out()
        form.add_error(None, _("%(what)s Look again, and save again.") % {"what": conflict})
    return _sheet(request, sheet, listed, form, status=422)


def _sheet(request: SignedInRequest, sheet: Sheet, listed: Any, form: SheetForm, status: int = 0) -> HttpResponse:
    return show(
        request, "pipeline/price-book.html", status=status, book=sheet.book, sheet=sheet, listed=listed, form=form,
        families=families(), asked=request.GET,
    )  # fmt: skip
