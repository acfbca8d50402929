"""Pipelines and their stages. Admins shape them; everyone reads them."""

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.errors import Refused
from crm.rest.fields import Choice, Percent, Ref, Text, Whole
from crm.rest.filters import choices, flag, ids, one_id, read_params
from crm.rest.guard import guarded
from crm.rest.resource import Expansion, Input, Resource
from pipeline.api.shapes import REQUIRED, PipelineShape, StageShape
from pipeline.models import Category, Kind, Pipeline, Stage
from pipeline.processes import NEW_BUSINESS
from pipeline.structure import add_stage, create_pipeline, delete_stage, revise_stage


class PipelineInput(Input):
    name = Text(max_length=80)


class Pipelines(Resource):
    scope = "pipelines"
    model = Pipeline
    shape = PipelineShape
    ordering = ("position", "id")
    filters = {"is_active": flag("Only those in use, or only those that are not.", "is_active")}

    def visible(self) -> QuerySet[Pipeline]:
        return Pipeline.objects.all()

    @extend_schema(request=PipelineInput, responses={201: PipelineShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Create a pipeline with the usual stages

        Admins only. Add, revise and delete its stages afterwards.
        """
        self.only_admins()
        pipeline = create_pipeline(template=NEW_BUSINESS, by=self.me, **self.read_body(PipelineInput))
        return self.written(pipeline, status=201)


MOVE_TO = one_id("The stage its deals go to.")
DESTINATION = OpenApiParameter("move_to", OpenApiTypes.INT64, description=MOVE_TO.about)


class StageRevision(Input):
    name = Text(max_length=80, required=False)
    probability = Percent(required=False)
    category = Choice(Category.choices, required=False)
    stall_days = Whole(required=False, allow_null=True)
    guidance = Text(required=False, allow_blank=True)
    required_fields = serializers.ListField(child=Text(max_length=60), required=False, help_text=REQUIRED)


class StageInput(StageRevision):
    pipeline = Ref(lambda reach: Pipeline.objects.all())
    name = Text(max_length=80)
    probability = Percent()
    position = Whole(required=False, max_value=1000, help_text="By default behind the other open ones.")


class Stages(Resource):
    scope = "pipelines"
    also_takes = frozenset({"move_to"})
    model = Stage
    shape = StageShape
    ordering = ("position", "id")
    filters = {
        "pipeline": ids("Only of these pipelines.", "pipeline"),
        "kind": choices("Open, won or lost.", "kind", Kind.values),
    }
    expandable = {"pipeline": Expansion(PipelineShape, lambda reach: Pipeline.objects.all())}

    def visible(self) -> QuerySet[Stage]:
        return Stage.objects.all()

    @extend_schema(request=StageInput, responses={201: StageShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Add an open stage to a pipeline

        Admins only.
        """
        self.only_admins()
        sent = self.read_body(StageInput)
        return self.written(add_stage(sent.pop("pipeline"), by=self.me, **sent), status=201)

    @extend_schema(request=StageRevision, responses=StageShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Revise a stage’s definition

        Admins only. Open deals without a probability of their own follow it from now on; history keeps what was
        believed.
        """
        self.only_admins()
        stage = self.find(pk)
        return self.written(revise_stage(stage, by=self.me, **self.read_body(StageRevision, partial=True)))

    @extend_schema(
        parameters=[OpenApiParameter("move_to", OpenApiTypes.INT64, description=MOVE_TO.about)], responses={204: None}
    )
    @guarded
    def destroy(self, request: Request, pk: int) -> Response:
        """Delete a stage

        Admins only. Its deals go to `move_to`; 422 if it has some and none is named.
        """
        self.only_admins()
        stage = self.find(pk)
        delete_stage(stage, move_to=self._destination(), by=self.me)
        return Response(status=204)

    def _destination(self) -> Stage | None:
        sent = read_params(self.request, {"move_to": MOVE_TO}, beside={"fields", "expand"})
        if "move_to" not in sent:
            return None
        found: Stage | None = Stage.objects.filter(pk=sent["move_to"]).first()
        if found is None:
            raise Refused(move_to=_("There is no such stage."))
        return found
