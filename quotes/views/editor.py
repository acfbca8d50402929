"""A quote as its author sees it: written while it is a draft, read afterwards."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.request import SignedInRequest, whole_number
from quotes import actions, differing
from quotes.comparing import compare
from quotes.models import Quote
from quotes.screen import Screen
from quotes.views.desks import save, show, show_products

READ = ("deal__company", "company", "contact", "currency", "book", "made_by")


def visible(request: SignedInRequest, pk: int) -> Quote:
    return get_object_or_404(Quote.objects.visible_to(reach_of(request.user)).select_related(*READ), pk=pk)


def changeable(request: SignedInRequest, pk: int) -> Quote:
    return get_object_or_404(Quote.objects.editable_by(reach_of(request.user)).select_related(*READ), pk=pk)


@login_required
def quote(request: SignedInRequest, pk: int) -> HttpResponse:
    if request.method == "POST":
        screen = Screen(changeable(request, pk), reach_of(request.user))
        return save(request, screen, verb=actions.save_quote, find=visible)
    return show(request, Screen(visible(request, pk), reach_of(request.user)))


@login_required
@require_safe
def products(request: SignedInRequest, pk: int) -> HttpResponse:
    return show_products(request, changeable(request, pk))


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
