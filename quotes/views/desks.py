"""Showing and saving a document at its desk, be it a quote or an invoice."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from crm.errors import Conflict, Refused
from crm.request import SignedInRequest
from pipeline.offering import Ask
from quotes.desk import Desk
from quotes.entering import Entry, products_like
from quotes.lines import offers_of
from quotes.models import Invoice, Quote

type Find = Callable[[SignedInRequest, int], Any]


def show(request: SignedInRequest, desk: Desk[Any], *, status: int = 200) -> HttpResponse:
    part = "#answer" if request.headers.get("HX-Request") else ""
    context = {"screen": desk, desk.noun: desk.document}
    return render(request, f"quotes/{desk.noun}.html{part}", context, status=status)


def save(request: SignedInRequest, desk: Desk[Any], *, verb: Callable[..., Any], find: Find) -> HttpResponse:
    """The whole document: its facts and every line, in the order in which they are named."""
    desk.entry = entry = Entry(desk.document, desk.lines, request.POST)
    desk.form = form = desk.form_of(request.POST)
    try:
        lines = entry.items()
        if not form.is_valid():
            raise Refused
        saved = verb(desk.document, lock=entry.lock, lines=lines, by=request.user, **form.facts())
    except Refused as refused:
        desk.errors = entry.refuse(refused)
        form.refuse(Refused(**{name: texts for name, texts in desk.errors.items() if name in form.fields}))
    except Conflict as problem:
        desk.overtaken = str(problem)
    else:
        return _done(request, type(desk)(find(request, saved.pk), desk.reach, saved=entry))
    return show(request, desk, status=409 if desk.overtaken else 422)


def _done(request: SignedInRequest, desk: Desk[Any]) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return show(request, desk)
    messages.success(request, _("Saved"))
    return redirect(f"quotes:{desk.noun}", desk.document.pk)


def show_products(request: SignedInRequest, document: Quote | Invoice) -> HttpResponse:
    """`?find=`: what of the catalogue could be meant, with what it costs in this document."""
    text = request.GET.get("find", "").strip()
    rows = products_like(text)
    offers = offers_of(document, [Ask(product, Decimal(1)) for product in rows])
    book = document.book if isinstance(document, Quote) else document.quote and document.quote.book
    found = list(zip(rows, offers, strict=True))
    context = {"currency": document.currency_id, "book": book, "text": text, "found": found}
    return render(request, "quotes/products.html", context)
