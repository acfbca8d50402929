"""Deals: reading them, and every verb that changes one as a sub-resource."""

from typing import Any

from django.db import models
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import PEOPLE, CompanyShape, SourceShape
from contacts.models import Company, Source
from crm.models import Workspace
from crm.rest.filters import PAGING, custom_params, read_params
from crm.rest.guard import guarded
from crm.rest.past import OfAnyMoment
from crm.rest.resource import Expansion, Row
from pipeline.actions import (
    Line,
    archive_deal,
    clone_deal,
    hand_over_deal,
    lose_deal,
    merge_deals,
    move_deal,
    open_deal,
    reopen_deal,
    restore_deal,
    revise_deal,
    set_lines,
    set_people,
    undo_change,
    win_deal,
)
from pipeline.api.files import WithFiles
from pipeline.api.filters import ASKED, OWN
from pipeline.api.inputs import (
    CloneInput,
    DealContactsInput,
    DealInput,
    DealRevision,
    HandoverInput,
    LinesInput,
    LossInput,
    MergeInput,
    MoveInput,
    ReopeningInput,
    UndoingInput,
    WinInput,
)
from pipeline.api.shapes import (
    DealChangeShape,
    DealContactShape,
    DealLineShape,
    DealShape,
    LossReasonShape,
    PipelineShape,
    ReasonShape,
    StageShape,
)
from pipeline.filters import DealFilter
from pipeline.models import Deal, LossReason, Pipeline, Stage, WinReason


class Deals(OfAnyMoment, WithFiles):
    scope = "deals"
    model = Deal
    shape = DealShape
    filters = {**ASKED, **OWN}
    customised = "deal"
    expandable = {
        **PEOPLE,
        "pipeline": Expansion(PipelineShape, lambda reach: Pipeline.objects.all()),
        "stage": Expansion(StageShape, lambda reach: Stage.objects.all()),
        "company": Expansion(CompanyShape, lambda reach: Company.objects.visible_to(reach)),
        "source": Expansion(SourceShape, lambda reach: Source.objects.all()),
        "win_reason": Expansion(ReasonShape, lambda reach: WinReason.objects.all()),
        "loss_reason": Expansion(LossReasonShape, lambda reach: LossReason.objects.all()),
    }

    def visible(self) -> QuerySet[Deal]:
        return Deal.objects.visible_to(self.reach)

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """The parameters of the list and the board, and a few of our own."""
        sent = read_params(self.request, self.filters | custom_params("deal"), beside=PAGING)
        rows: QuerySet[Any] = DealFilter.of(self.request.query_params, self.reach).apply(queryset)
        for name in OWN.keys() & sent.keys():
            rows = OWN[name].narrow(rows, sent[name])
        return rows if "archived" in sent else rows.filter(archived_at=None)

    def shape_row(self, instance: models.Model) -> Row:
        """A deal just opened is what we hold; after other verbs something else may have changed with it."""
        if instance._state.fields_cache.get("stage") is None or self.action != "create":
            return super().shape_row(instance)
        stage = instance._state.fields_cache["stage"]
        return instance.__dict__ | {"stage__probability": stage.probability, "stage__category": stage.category}

    def context_of(self, found: Deal | None) -> dict[str, Any]:
        currency = found.currency_id if found else Workspace.current().currency_id
        return {"currency": currency, "deal": found and found.pk}

    # ── The deal itself ────────────────────────────────────────────────────────────────────────

    @extend_schema(request=DealInput, responses={201: DealShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Open a deal

        It goes on top of its stage; you own it unless you name somebody else.
        """
        sent = {"owner": self.me} | self.read_body(DealInput, **self.context_of(None))
        lines = [Line(**line) for line in sent.pop("lines", [])]
        people = [(link["contact"], link["role"]) for link in sent.pop("contacts", [])]
        deal = open_deal(by=self.me, lines=lines, people=people, **sent)
        return self.written(deal, status=201)

    @extend_schema(request=DealRevision, responses=DealShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a deal’s facts

        Stage, owner and outcome have sub-resources of their own: moves, handovers, wins, losses, reopenings.
        """
        deal, sent = self.to_change(pk, DealRevision, partial=True)
        return self.written(revise_deal(deal, by=self.me, **sent))

    @extend_schema(responses={204: None})
    @guarded
    def destroy(self, request: Request, pk: int) -> Response:
        """Archive a deal

        It leaves every board, list and number, and can be restored.
        """
        archive_deal(self.find_to_change(pk), by=self.me)
        return Response(status=204)

    # ── Moving and closing ─────────────────────────────────────────────────────────────────────

    @extend_schema(request=MoveInput, responses=DealShape)
    @action(detail=True, methods=["post"])
    @guarded
    def moves(self, request: Request, pk: int) -> Response:
        """Move a deal into an open stage

        A closed deal is reopened by it. If the stage asks for more, the answer is 422 with `needs`: send that in
        `fields`.
        """
        deal, sent = self.to_change(pk, MoveInput)
        return self.written(move_deal(deal, to=sent.pop("stage"), by=self.me, **sent))

    @extend_schema(request=WinInput, responses=DealShape)
    @action(detail=True, methods=["post"])
    @guarded
    def wins(self, request: Request, pk: int) -> Response:
        """Win a deal

        Its value is frozen at the exchange rate of the close date.
        """
        deal, sent = self.to_change(pk, WinInput)
        return self.written(win_deal(deal, by=self.me, **sent))

    @extend_schema(request=LossInput, responses=DealShape)
    @action(detail=True, methods=["post"])
    @guarded
    def losses(self, request: Request, pk: int) -> Response:
        """Lose a deal"""
        deal, sent = self.to_change(pk, LossInput)
        return self.written(lose_deal(deal, by=self.me, **sent))

    @extend_schema(request=ReopeningInput, responses=DealShape)
    @action(detail=True, methods=["post"])
    @guarded
    def reopenings(self, request: Request, pk: int) -> Response:
        """Reopen a closed deal"""
        deal, sent = self.to_change(pk, ReopeningInput)
        return self.written(reopen_deal(deal, to=sent.pop("stage", None), by=self.me, **sent))

    @extend_schema(request=HandoverInput, responses=DealShape)
    @action(detail=True, methods=["post"])
    @guarded
    def handovers(self, request: Request, pk: int) -> Response:
        """Give a deal to another owner

        It counts for their team from now on.
        """
        deal, sent = self.to_change(pk, HandoverInput)
        return self.written(hand_over_deal(deal, to=sent.pop("owner"), by=self.me, **sent))

    @extend_schema(request=UndoingInput, responses=DealShape)
    @action(detail=True, methods=["post"])
    @guarded
    def undoings(self, request: Request, pk: int) -> Response:
        """Take back a deal’s newest change

        409 if something else happened since.
        """
        deal, sent = self.to_change(pk, UndoingInput)
        return self.written(undo_change(deal, by=self.me, **sent))

    @extend_schema(request=None, responses=DealShape)
    @action(detail=True, methods=["post"])
    @guarded
    def restorations(self, request: Request, pk: int) -> Response:
        """Restore an archived deal

        One that was merged into another is taken out of it again, as it was; for 30 days.
        """
        return self.written(restore_deal(self.find_to_change(pk), by=self.me))

    # ── Two out of one, one out of two ─────────────────────────────────────────────────────────

    @extend_schema(request=CloneInput, responses={201: DealShape})
    @action(detail=True, methods=["post"])
    @guarded
    def clones(self, request: Request, pk: int) -> Response:
        """Clone a deal

        A new deal with the same company, amount and source, and the `parts` you name.
        """
        deal, sent = self.to_change(pk, CloneInput)
        return self.written(clone_deal(deal, by=self.me, **sent), status=201)

    @extend_schema(request=MergeInput, responses=DealShape)
    @action(detail=True, methods=["post"])
    @guarded
    def merges(self, request: Request, pk: int) -> Response:
        """Merge another deal into this one

        Lines, contacts, activities and files are united; the other is archived and points here with `merged_into`.
        """
        deal, sent = self.to_change(pk, MergeInput)
        other = self.editable(sent.pop("other").pk)
        return self.written(merge_deals(deal, other=other, by=self.me, **sent))

    # ── What belongs to it ─────────────────────────────────────────────────────────────────────

    @extend_schema(responses=DealChangeShape(many=True))
    @action(detail=True, methods=["get"])
    def changes(self, request: Request, pk: int) -> Response:
        """List a deal’s history, newest first"""
        return self.page(self.find(pk).changes.all(), DealChangeShape, ordering=("-version", "-id"))

    @extend_schema(responses=DealLineShape(many=True))
    @action(detail=True, methods=["get"])
    def lines(self, request: Request, pk: int) -> Response:
        """List a deal’s product lines"""
        return self.page(self.find(pk).lines.all(), DealLineShape, ordering=("position", "id"))

    @extend_schema(request=LinesInput, responses=DealShape)
    @lines.mapping.put
    @guarded
    def replace_lines(self, request: Request, pk: int) -> Response:
        """Replace a deal’s product lines"""
        deal, sent = self.to_change(pk, LinesInput)
        lines = [Line(**line) for line in sent.pop("lines")]
        return self.written(set_lines(deal, lines, by=self.me, **sent))

    @extend_schema(responses=DealContactShape(many=True))
    @action(detail=True, methods=["get"])
    def contacts(self, request: Request, pk: int) -> Response:
        """List the people of a deal"""
        return self.page(self.find(pk).people.all(), DealContactShape, ordering=("id",))

    @extend_schema(request=DealContactsInput, responses=DealShape)
    @contacts.mapping.put
    @guarded
    def replace_contacts(self, request: Request, pk: int) -> Response:
        """Replace the people of a deal"""
        deal, sent = self.to_change(pk, DealContactsInput)
        people = {link["contact"].pk: (link["contact"], link["role"]) for link in sent["contacts"]}
        return self.written(set_people(deal, list(people.values()), by=self.me))
