"""A quote as its author sees it: written while it is a draft, read afterwards."""

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.errors import Conflict, Refused
from crm.request import SignedInRequest, whole_number
from pipeline.offering import Ask, prices_of
from quotes import actions, differing
from quotes.comparing import compare
from quotes.entering import Entry, products_like
from quotes.forms import QuoteForm
from quotes.models import Quote
from quotes.screen import Screen, contacts_of

READ = ("deal__company", "company", "contact", "currency", "book", "made_by")


def visible(request: SignedInRequest, pk: int) -> Quote:
    return get_object_or_404(Quote.objects.visible_to(reach_of(request.user)).select_related(*READ), pk=pk)


def changeable(request: SignedInRequest, pk: int) -> Quote:
    return get_object_or_404(Quote.objects.editable_by(reach_of(request.user)).select_related(*READ), pk=pk)


@login_required
def quote(request: SignedInRequest, pk: int) -> HttpResponse:
    """POST saves the whole document: its facts and every line, in the order in which they are named."""
    if request.method == "POST":
        return _save(request, changeable(request, pk))
    return show(request, Screen(visible(request, pk), reach_of(request.user)))


def show(request: SignedInRequest, screen: Screen, *, status: int = 200) -> HttpResponse:
    part = "#answer" if request.headers.get("HX-Request") else ""
    return render(request, f"quotes/quote.html{part}", {"screen": screen, "quote": screen.quote}, status=status)


def _save(request: SignedInRequest, found: Quote) -> HttpResponse:
    reach = reach_of(request.user)
    screen = Screen(found, reach)
    screen.entry = entry = Entry(found, screen.lines, request.POST)
    screen.form = form = QuoteForm(request.POST, quote=found, contacts=contacts_of(found, reach))
    try:
        saved = _saved(form, entry, by=request.user)
    except Refused as refused:
        screen.errors = entry.refuse(refused)
        form.refuse(Refused(**{name: texts for name, texts in screen.errors.items() if name in form.fields}))
    except Conflict as problem:
        screen.overtaken = str(problem)
    else:
        return _done(request, Screen(visible(request, saved.pk), reach, saved=entry))
    return show(request, screen, status=409 if screen.overtaken else 422)


def _saved(form: QuoteForm, entry: Entry, *, by: Any) -> Quote:
    lines = entry.items()
    if not form.is_valid():
        raise Refused
    return actions.save_quote(entry.quote, lock=entry.lock, lines=lines, by=by, **form.facts())


def _done(request: SignedInRequest, screen: Screen) -> HttpResponse:
    if request.headers.get("HX-Request"):
        return show(request, screen)
    messages.success(request, _("Saved"))
    return redirect("quotes:quote", screen.quote.pk)


@login_required
@require_safe
def products(request: SignedInRequest, pk: int) -> HttpResponse:
    """`?find=`: what of the catalogue could be meant, with what it costs in this quote."""
    found, text = changeable(request, pk), request.GET.get("find", "").strip()
    rows = products_like(text)
    offers = prices_of(
        [Ask(product, Decimal(1)) for product in rows], book=found.book, currency=found.currency, on=found.quoted_on,
        company=found.company,
    )  # fmt: skip
    context = {"quote": found, "text": text, "found": list(zip(rows, offers, strict=True))}
    return render(request, "quotes/products.html", context)


@login_required
@require_safe
def difference(request: SignedInRequest, pk: int) -> HttpResponse:
    """What a version says otherwise than the one before it; than another one with `?with=`, its id."""
    found = visible(request, pk)
    others = Quote.objects.visible_to(reach_of(request.user)).filter(number=found.number).exclude(pk=pk)
    asked = whole_number(request.GET.get("with", ""))
    before = others.filter(pk=asked) if asked else others.filter(version__lt=found.version)
    other = before.select_related(*READ).order_by("-version").first()
    versions, compared = others.order_by("-version"), compare(other, found) if other else None
    context: dict[str, Any] = {"quote": found, "other": other, "versions": versions}
    if compared:
        context |= {"facts": differing.facts_of(compared), "lines": differing.lines_of(compared)}
    return render(request, "quotes/difference.html", context)
