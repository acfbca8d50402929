"""The catalogue as CSV files: everyone takes them out, administrators put them in, after a look at what would be."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import admin_only, reach_of
from crm.imports.rows import Action
from crm.imports.run import Outcome
from crm.jobs import LeftOut, note_job
from crm.models import User
from crm.request import SignedInRequest, whole_number
from crm.views.answers import attempt, served_sheet, show
from pipeline.catalogue_forms import CatalogueFileForm
from pipeline.exchange import KINDS, NAMES, rows_of, take_in
from pipeline.models import Price
from pipeline.views.products import narrowed

PAGES = {
    "units": "pipeline:units", "tax_classes": "pipeline:taxes", "taxes": "pipeline:taxes",
    "products": "pipeline:products", "bundle_items": "pipeline:products",
    "price_books": "pipeline:price-books", "prices": "pipeline:price-books",
}  # fmt: skip


@login_required
def products_export(request: SignedInRequest) -> HttpResponse:
    return _sheet(request, "products", narrowed(request))


@login_required
def catalogue_export(request: SignedInRequest, kind: str) -> HttpResponse:
    """Everything of a kind, which its address names."""
    return _sheet(request, kind)


@login_required
def prices_export(request: SignedInRequest) -> HttpResponse:
    """Of `?book=`, or of all."""
    book = whole_number(request.GET.get("book", ""))
    return _sheet(request, "prices", Price.objects.filter(book=book) if book else None)


def _sheet(request: SignedInRequest, kind: str, found: QuerySet[Any] | None = None) -> HttpResponse:
    return served_sheet(rows_of(kind, found, costs=reach_of(request.user).sees_costs), "csv", kind)


@admin_only
def catalogue_import(request: SignedInRequest) -> HttpResponse:
    """First what would happen to every row; `commit` writes them, and what became of them is kept with the jobs."""
    form = CatalogueFileForm(
        request.POST or None, request.FILES or None, initial={"kind": "products"} | request.GET.dict()
    )
    outcome, commit = None, "commit" in request.POST
    if form.is_valid():
        outcome = attempt(form, take_in, form.upload(), commit=commit, by=request.user)
    if outcome and commit:
        return redirect("crm:job", _noted(form, outcome, by=request.user))
    return show(
        request, "pipeline/catalogue-import.html", form=form, outcome=outcome, rows=_said(outcome),
        counts=list(outcome.counts.items()) if outcome else [], upload=form.upload() if outcome else None,
        columns=[(NAMES[name], name, kind.fields) for name, kind in KINDS.items()],
        back=PAGES.get(form["kind"].value(), PAGES["products"]),
    )  # fmt: skip


def _said(outcome: Outcome | None) -> list[Any]:
    """The rows that something is to be said about: those that failed first."""
    rows = [row for row in outcome.rows if row.message] if outcome else []
    return sorted(rows, key=lambda row: (row.action is not Action.FAILED, row.line))


def _noted(form: CatalogueFileForm, outcome: Outcome, *, by: User) -> int:
    upload = form.upload()
    job = note_job(
        title=_("%(kind)s from %(name)s") % {"kind": form.kind_name, "name": upload.name}, total=len(outcome.rows),
        changed=outcome.counts[Action.CREATED] + outcome.counts[Action.UPDATED],
        left_out=[
            LeftOut(_("Line %(number)d") % {"number": row.line}, row.message) for row in outcome.rows if row.message
        ],
        by=by, result_url=reverse(PAGES[upload.kind]),
    )  # fmt: skip
    return job.pk
