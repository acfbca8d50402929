"""Search from any screen: a dialog, or a page without JavaScript."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.request import SignedInRequest
from pipeline.search import search


@login_required
@require_safe
def results(request: SignedInRequest) -> HttpResponse:
    """`q` is what is looked for. As a fragment: the dialog, or while typing only the hits."""
    text = request.GET.get("q", "")
    context = {"text": text, "groups": search(reach_of(request.user), text)}
    if request.headers.get("HX-Request"):
        return render(request, f"pipeline/search.html#{'hits' if 'q' in request.GET else 'form'}", context)
    return render(request, "pipeline/search.html", context)
