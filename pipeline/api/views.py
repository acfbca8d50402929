"""Saved views: the board’s and the list’s filters and order by name, private or shared."""

from typing import Any

from django.db.models import BooleanField, Exists, OuterRef, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from crm.errors import Refused
from crm.rest.fields import Choice, Flag, Ref, Text, Whole
from crm.rest.filters import choices, ids
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource, Row, Shape
from pipeline.filters import DealFilter
from pipeline.forms import teams_in
from pipeline.models import Pipeline, SavedView, Screen, ScreenChoice, Sharing
from pipeline.saving import delete_view, open_with, revise_view, save_view


class ViewShape(Shape):
    """A question by name. What it shows is what whoever asks it may see."""

    id = Whole()
    name = Text()
    screen = Choice(Screen.choices)
    pipeline = Whole(allow_null=True, help_text="Whose board it is; `null` for a list.")
    query = Text(help_text="The parameters of the page’s address, which are those of `GET /deals/`.")
    sharing = Choice(Sharing.choices)
    team = Whole(allow_null=True)
    owner = Whole()
    is_opening = Flag(help_text="Your screen opens with it.")

    columns = ("id", "name", "screen", "pipeline_id", "query", "sharing", "team_id", "owner_id", "is_opening")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {name.removesuffix("_id"): row[name] for name in ViewShape.columns}


class ViewRevision(Input):
    name = Text(max_length=60, required=False)
    query = Text(max_length=4000, required=False, allow_blank=True)
    sharing = Choice(Sharing.choices, required=False)
    team = Ref(teams_in, required=False, allow_null=True)
    is_opening = Flag(required=False, help_text="Whether your screen opens with it.")

    def validate_query(self, query: str) -> str:
        asked = DealFilter.of(QueryDict(query), self.context["reach"])
        if unknown := sorted(QueryDict(query).keys() - asked.asked.keys() - asked.look.keys()):
            raise Refused(query=_("Not known here: %(names)s.") % {"names": ", ".join(unknown)})
        return query


class ViewInput(ViewRevision):
    name = Text(max_length=60)
    screen = Choice(Screen.choices)
    pipeline = Ref(lambda reach: Pipeline.objects.all(), required=False, allow_null=True)


class Views(Resource):
    scope = "views"
    model = SavedView
    shape = ViewShape
    ordering = ("id",)
    filters = {
        "screen": choices("Of this screen.", "screen", Screen.values),
        "pipeline": ids("Of these pipelines’ boards.", "pipeline"),
    }

    def visible(self) -> QuerySet[SavedView]:
        mine = ScreenChoice.objects.filter(user=self.me, view=OuterRef("pk"), screen=OuterRef("screen"))
        is_opening = Exists(mine, output_field=BooleanField())
        return SavedView.objects.visible_to(self.reach).annotate(is_opening=is_opening)

    def shape_row(self, instance: Any) -> Row:
        row: Row = self.visible().filter(pk=instance.pk).values(*self.shape.columns).get()
        return row

    @extend_schema(request=ViewInput, responses={201: ViewShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Save a view

        Of a board it needs the `pipeline`. Shared with `all`, or with a `team` and those below it.
        """
        sent = self.read_body(ViewInput)
        if sent["screen"] == Screen.BOARD and sent.get("pipeline") is None:
            raise Refused(pipeline=_("Say whose board."))
        opens = sent.pop("is_opening", False)
        view = save_view(by=self.me, **sent)
        if opens:
            open_with(view, screen=view.screen, by=self.me)
        return self.written(view, status=201)

    @extend_schema(request=ViewRevision, responses=ViewShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Rename, share or change a view, or open your screen with it

        Only its owner changes it, and of a shared one an admin; anyone who has it may open their screen with it.
        """
        view = self.find(pk)
        sent = self.read_body(ViewRevision, partial=True)
        opens = sent.pop("is_opening", None)
        if sent:
            view = revise_view(self._mine(view), by=self.me, **sent)
        if opens is not None and opens != self.shape_row(view)["is_opening"]:
            open_with(view if opens else None, screen=view.screen, by=self.me)
        return self.written(view)

    @extend_schema(responses={204: None})
    @guarded
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a view

        For everyone it was shared with.
        """
        delete_view(self._mine(self.find(pk)), by=self.me)
        return Response(status=204)

    def _mine(self, view: SavedView) -> SavedView:
        if not SavedView.objects.editable_by(self.reach).filter(pk=view.pk).exists():
            raise PermissionDenied(_("You may read this, but not change it."))
        return view
