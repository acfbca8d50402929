"""What a view answers after a verb: to the board the patch it needs, to htmx a word, to a plain form the next page."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django_htmx.http import HttpResponseClientRedirect, trigger_client_event

from crm.access import reach_of
from crm.errors import Conflict
from crm.request import SignedInRequest, next_page, whole_number
from crm.rows import columns, first
from pipeline.board import AFTER, BoardMaker, shape_of
from pipeline.cards import Card, Live, avatar_of
from pipeline.filter_form import FilterForm
from pipeline.filters import DealFilter
from pipeline.history import Names
from pipeline.models import Deal, DealChange, Stage

JUST_NOW = timedelta(seconds=60)
CHANGEABLE = f"""
SELECT {columns(Deal, "d")}, {columns(Stage, "s")} FROM pipeline_deal d JOIN pipeline_stage s ON s.id = d.stage_id
WHERE d.id = %s"""
READ = ("stage", "pipeline", "owner", "team", "company", "source", "win_reason", "loss_reason")


def changeable(request: SignedInRequest, pk: int) -> Deal:
    """The deal with its stage, if the person may change it; else 404."""
    row = first(CHANGEABLE, [pk], Deal, Stage)
    if row is None or not reach_of(request.user).changes(row[0].owner_id, row[0].team_id):
        raise Http404
    deal: Deal = row[0]
    deal.stage = row[1]
    return deal


def visible(request: SignedInRequest, pk: int) -> Deal:
    """The deal, if the person may see it; `after` is where the feed of events stood when it was read."""
    deals = Deal.objects.visible_to(reach_of(request.user)).annotate(after=AFTER)
    return get_object_or_404(deals.select_related(*READ), pk=pk)


def changed(
    request: SignedInRequest, deal: Deal, text: str, *, stages: Iterable[int] = (), undo: bool | str = True
) -> HttpResponse:
    """The verb is done. `stages` are those it touched besides the deal's own; `undo` may be an address of its own."""
    back = undo if isinstance(undo, str) else ""
    if undo is True:
        back = f"{reverse('pipeline:deal-undo', args=[deal.pk])}?version={deal.version}"
    touched = sorted({*stages, deal.stage_id})
    if board := whole_number(request.headers.get("X-Board", "")):
        response = patch(request, board, deals=[deal.pk], stages=touched)
    elif request.headers.get("HX-Request"):
        response = HttpResponse()
        trigger_client_event(response, "dialog:close", {})
    else:
        messages.success(request, text, extra_tags=back)
        return redirect(next_page(request, reverse("pipeline:deal", args=[deal.pk])))
    news = {"id": deal.pk, "version": deal.version, "stages": touched, "mine": True}
    trigger_client_event(response, "penstock:deal", news)
    trigger_client_event(response, "toast", {"text": text, "undo": back})
    return response


def to_deal(request: SignedInRequest, deal: Deal, text: str) -> HttpResponse:
    """A deal has been made out of another: go there, beside the board if that is where one stands."""
    messages.success(request, text)
    address = reverse("pipeline:deal", args=[deal.pk])
    if not request.headers.get("HX-Request"):
        return redirect(address)
    board = reverse("pipeline:board", args=[deal.pipeline_id])
    on_board = "/board/" in request.headers.get("HX-Current-URL", "")
    return HttpResponseClientRedirect(f"{board}?panel={deal.pk}" if on_board else address)


def dialog(request: SignedInRequest, template: str, *, status: int = 0, **context: Any) -> HttpResponse:
    """A form: inside the page's dialog for scripts, a page of its own without them."""
    refused = any(getattr(value, "is_bound", False) and value.errors for value in context.values())
    bare = request.headers.get("HX-Request") or request.headers.get("X-Board")
    context |= {"frame": "pipeline/bare.html" if bare else "pipeline/dialog.html"}
    return render(request, template, context, status=status or (422 if refused else 200))


def filter_dialog(request: SignedInRequest, screen: str, *, here: str, clear: str) -> HttpResponse:
    """What narrows a screen. With `apply` it goes `here` with what was asked for, or says what is not understood."""
    asked = DealFilter.of(request.GET, reach_of(request.user))
    form = FilterForm(request.GET if "apply" in request.GET else None, asked=asked, screen=screen)
    if form.is_valid():
        query = form.query()
        return go(request, f"{here}?{query}" if query else clear)
    return dialog(request, "pipeline/filter.html", form=form, asked=asked, here=here, clear=clear)


def go(request: SignedInRequest, address: str) -> HttpResponse:
    """To another page, also from a form in the dialog."""
    return HttpResponseClientRedirect(address) if request.headers.get("HX-Request") else redirect(address)


def conflict(request: SignedInRequest, problem: Conflict, *, may_insist: bool = True) -> HttpResponse:
    """Somebody was first: what they did, and the choice to send the same again, now knowing it."""
    deal, change = problem.current, problem.change
    names = Names.of(deal, [change])
    context = {
        "deal": deal,
        "stage": names("stage_id", change.stage_id),
        "sent": [*resent(request, leave_out="version"), ("version", deal.version)],
    }
    return dialog(request, "pipeline/conflict.html", status=409, change=change, may_insist=may_insist, **context)


def resent(request: SignedInRequest, *, leave_out: str) -> list[tuple[str, Any]]:
    """What was posted, to be sent once more in hidden fields."""
    skipped = {"csrfmiddlewaretoken", leave_out}
    return [(name, value) for name, values in request.POST.lists() if name not in skipped for value in values]


# ── Patches of a board ─────────────────────────────────────────────────────────────────────────────


def board_maker(request: SignedInRequest, pipeline: int | None) -> BoardMaker:
    reach, shape = reach_of(request.user), shape_of(pipeline)
    if shape is None:
        raise Http404
    return BoardMaker(reach, shape, DealFilter.of(request.GET, reach))


def patch(
    request: SignedInRequest, pipeline: int, *, deals: Iterable[int], stages: Iterable[int], whole: bool = False
) -> HttpResponse:
    """The cards named, as far as the board shows them, the heads of the stages (of months: all); `whole`: totals too.

    A card asked for and not in the answer has left the board.
    """
    maker = board_maker(request, pipeline)
    shape, named = maker.shape, set(stages)
    cards = maker.cards(deals)
    if whole:
        cards = _telling_who(request, cards)
    slots = [slot for slot in maker.columns.slots if whole or slot.stage is None or slot.stage.pk in named]
    sums = maker.sums(slots)
    context = {
        "pipeline": shape.pipeline,
        "cards": cards,
        "heads": maker.heads(slots, sums),
        "rails": maker.rails() if whole or named & {stage.pk for stage in shape.closed} else [],
        "has_totals": whole,
        "asked": maker.asked,
        **(maker.total(sums) if whole else {}),
    }
    return render(request, "pipeline/patch.html", context)


def _telling_who(request: SignedInRequest, cards: list[Card]) -> list[Card]:
    """The cards, with who else changed each just now; the browser takes it away after some seconds."""
    now = timezone.now()
    recent = DealChange.objects.filter(deal__in=[card.pk for card in cards], recorded_at__gte=now - JUST_NOW)
    latest = recent.order_by("deal", "-version").distinct("deal").select_related("by")
    by_deal = {change.deal_id: change for change in latest if change.by and change.by != request.user}
    return [replace(card, live=_live(change, now)) if (change := by_deal.get(card.pk)) else card for card in cards]


def _live(change: DealChange, now: datetime) -> Live | None:
    if change.by is None:
        return None
    text = str(DID.get(change.verb, DID["revised"])) % {"name": change.by.name.split()[0]}
    seconds = _("%(seconds)d s") % {"seconds": max(1, round((now - change.recorded_at).total_seconds()))}
    return Live(avatar_of(change.by.pk, change.by.name, "avatar-16"), text, seconds)


DID = {
    "opened": lazy("%(name)s just added this"),
    "moved": lazy("%(name)s just moved this"),
    "reopened": lazy("%(name)s just reopened this"),
    "handed_over": lazy("%(name)s just handed this over"),
    "restored": lazy("%(name)s just restored this"),
    "revised": lazy("%(name)s just changed this"),
}
