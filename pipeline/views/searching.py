"""The palette, from any screen; without JavaScript, and for everything that was found, a page."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.paging import page_newest_first
from crm.request import SignedInRequest
from pipeline import commands
from pipeline.search import KINDS, page_of, recent, search


@login_required
@require_safe
def results(request: SignedInRequest) -> HttpResponse:
    """`q` is what is looked for, `kind` the only kind wanted. In the dialog: the palette, or while typing its hits."""
    if request.headers.get("HX-Target") in {"dialog", "hits"}:
        return _palette(request)
    text, reach = request.GET.get("q", ""), reach_of(request.user)
    if (kind := request.GET.get("kind")) in KINDS:
        words, rows = page_of(reach, text, kind)
        page = page_newest_first(request, rows)
        hits = [KINDS[kind].shown(row, words) for row in page.rows]
        return render(request, "pipeline/search.html", {"text": text, "kind": KINDS[kind], "hits": hits, "page": page})
    return render(request, "pipeline/search.html", {"text": text, "groups": search(reach, text)})


def _palette(request: SignedInRequest) -> HttpResponse:
    text, reach = request.GET.get("q", "").strip(), reach_of(request.user)
    if not text:
        looked_at = recent(reach, request.GET.get("recent", "").split(",")[:8])
        context = {"looked_at": looked_at, "sections": commands.beginnings(request, reach)}
    else:
        found, comes_first = commands.matching(request, reach, text)
        section = [(_("Commands"), found)] if found else []
        context = {"groups": search(reach, text), "sections" if comes_first else "sections_after": section}
    part = "palette" if request.headers["HX-Target"] == "dialog" else "found"
    return render(request, f"pipeline/palette.html#{part}", {"text": text} | context)
