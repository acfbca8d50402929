"""The board, its patches, and its further cards."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from crm.access import reach_of
from crm.request import SignedInRequest, whole_number
from crm.views.moments import of_any_moment
from pipeline.bar import bar_of, choice_of, opening_address, ways_of
from pipeline.beside import beside_of
from pipeline.board import BoardMaker
from pipeline.dossier import Dossier, dossier_of
from pipeline.models import Pipeline, Screen
from pipeline.views.answers import board_maker, filter_dialog, patch, visible


@login_required
def home(request: SignedInRequest) -> HttpResponse:
    return redirect("pipeline:board")


@login_required
@require_safe
@of_any_moment
def board(request: SignedInRequest, pipeline: int | None = None) -> HttpResponse:
    """`?panel=42` opens that deal beside it; every other parameter is a filter, or says how it is shown.

    Asked for nothing, it is the view that this person opens the board with.
    """
    choice = choice_of(request.user, Screen.BOARD)
    if pipeline is None and not request.GET and (address := opening_address(reach_of(request.user), choice)):
        return redirect(address)
    maker = board_maker(request, pipeline)
    views = bar_of(request.user, Screen.BOARD, maker.shape.pipeline, maker.asked, choice)
    ways = ways_of(maker.asked, maker.shape.pipeline, maker.columns)
    context = {"board": maker.board(views.folded), "views": views, "ways": ways, "asked": maker.asked}
    context["dossier"] = _beside(request, maker)
    may = {"may_add": maker.reach.may_write, "takes_over": maker.reach.may_write and maker.reach.writes != frozenset()}
    return render(request, "pipeline/board.html", context | may)


def _beside(request: SignedInRequest, maker: BoardMaker) -> Dossier | None:
    if (panel := whole_number(request.GET.get("panel", ""))) is None:
        return None
    deal = visible(request, panel)
    return dossier_of(deal, maker.reach, beside=beside_of(maker, deal))


@login_required
@require_safe
@of_any_moment
def board_news(request: SignedInRequest, pipeline: int) -> HttpResponse:
    """`?deal=42&deal=43&at=3`: those cards as they are now, all heads, totals and rails."""
    deals = [number for value in request.GET.getlist("deal")[:200] if (number := whole_number(value))]
    return patch(request, pipeline, deals=deals, stages=[], whole=True)


@login_required
@require_safe
@of_any_moment
def board_column(request: SignedInRequest, pipeline: int, column: str) -> HttpResponse:
    """The next cards of a column, behind the place `?after=`."""
    maker = board_maker(request, pipeline)
    slot = next((slot for slot in maker.columns.slots if slot.key == column), None)
    if slot is None:
        raise Http404
    try:
        more = maker.more_cards(slot, request.GET.get("after", "")[:300])
    except ValueError as error:
        raise Http404 from error
    return render(request, "pipeline/patch.html#more", {"column": more})


@login_required
@require_safe
def board_filter(request: SignedInRequest, pipeline: int) -> HttpResponse:
    """The form that narrows the board; `apply` goes there."""
    here = reverse("pipeline:board", args=[get_object_or_404(Pipeline, pk=pipeline, is_active=True).pk])
    return filter_dialog(request, Screen.BOARD, here=here, clear=here)
