"""The catalogue as CSV files: everyone takes them out, administrators put them in, after a look at what would be."""

from io import BytesIO
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import admin_only
from crm.imports.rows import Action
from crm.imports.run import Outcome
from crm.jobs import LeftOut, note_job
from crm.models import User
from crm.request import SignedInRequest, whole_number
from crm.sheets import TYPES, Rows, write_csv
from crm.views.answers import attempt, show
from pipeline.catalogue_forms import CatalogueFileForm
from pipeline.exchange import KINDS, price_rows, product_rows, take_in
from pipeline.models import Price
from pipeline.views.products import narrowed

PAGES = {"products": "pipeline:products", "prices": "pipeline:price-books"}


@login_required
def products_export(request: SignedInRequest) -> HttpResponse:
    return _csv(product_rows(narrowed(request)), "products.csv")


@login_required
def prices_export(request: SignedInRequest) -> HttpResponse:
    """Of `?book=`, or of all."""
    book = whole_number(request.GET.get("book", ""))
    return _csv(price_rows(Price.objects.filter(book=book) if book else Price.objects.all()), "prices.csv")


def _csv(rows: Rows, name: str) -> HttpResponse:
    file = BytesIO()
    write_csv(rows, file)
    file.seek(0)
    answer: Any = FileResponse(file, as_attachment=True, filename=name, content_type=TYPES["csv"])
    found: HttpResponse = answer
    return found


@admin_only
def catalogue_import(request: SignedInRequest) -> HttpResponse:
    """First what would happen to every row; `commit` writes them, and what became of them is kept with the jobs."""
    form = CatalogueFileForm(request.POST or None, request.FILES or None, initial=request.GET.dict())
    outcome, commit = None, "commit" in request.POST
    if form.is_valid():
        outcome = attempt(form, take_in, form.upload(), commit=commit, by=request.user)
    if outcome and commit:
        return redirect("crm:job", _noted(form, outcome, by=request.user))
    return show(
        request, "pipeline/catalogue-import.html", form=form, outcome=outcome, rows=_said(outcome),
        counts=list(outcome.counts.items()) if outcome else [], upload=form.upload() if outcome else None,
        columns={name: kind.fields for name, kind in KINDS.items()},
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
