"""The catalogue as files over the API: what the pages give out and take in."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.imports.rows import Action
from crm.rest.fields import Choice, Flag, Text, Whole
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource
from crm.views.answers import served_sheet
from pipeline.exchange import KINDS, MOST_BYTES, Upload, rows_of, take_in

FILES = OpenApiParameter("kind", str, OpenApiParameter.PATH, enum=list(KINDS), description="What its rows are.")
CSV = {(200, "text/csv"): OpenApiResponse(OpenApiTypes.STR)}


class CatalogueFileInput(Input):
    content = Text(
        max_length=MOST_BYTES, trim_whitespace=False, help_text="A CSV file whose first line names the fields."
    )
    name = Text(max_length=255, required=False, default="rows.csv", help_text="What messages call it.")
    decimal = Choice([(".", "."), (",", ",")], required=False, default=".")
    dry_run = Flag(required=False, default=False, help_text="Only say what would happen.")


class CatalogueRowShape(serializers.Serializer[Any]):
    line = Whole()
    action = Choice([(each.value, each.value) for each in Action])
    object = Text()
    message = Text(help_text="Why it failed or was left out.")


class CatalogueFileShape(serializers.Serializer[Any]):
    """What became of the rows of a file."""

    counts = serializers.DictField(child=Whole(), help_text="How many rows for each action.")
    rows = CatalogueRowShape(many=True)


class WithFiles(Resource):
    """What the resource of products can do with files."""

    @extend_schema(parameters=[FILES], responses=CSV)
    @action(detail=False, methods=["get"], url_path=f"files/(?P<kind>{'|'.join(KINDS)})")
    def files(self, request: Request, kind: str) -> HttpResponse:
        """Download a part of the catalogue as CSV

        It comes in again unchanged. The column `cost` is for managers and admins only.
        """
        return served_sheet(rows_of(kind, costs=self.reach.sees_costs), "csv", kind)

    @extend_schema(parameters=[FILES], request=CatalogueFileInput, responses=CatalogueFileShape)
    @files.mapping.post
    @guarded
    def take_file(self, request: Request, kind: str) -> Response:
        """Import a part of the catalogue from CSV

        Admins only. Rows of what is known change it, an empty cell changes nothing, a bad row fails alone.
        """
        self.only_admins()
        sent = self.read_body(CatalogueFileInput)
        upload = Upload(kind, sent["name"], sent["content"], sent["decimal"])
        outcome = take_in(upload, commit=not sent["dry_run"], by=self.me)
        rows = [
            {"line": row.line, "action": row.action, "object": row.name, "message": row.message} for row in outcome.rows
        ]
        return Response({"counts": outcome.counts, "rows": rows})
