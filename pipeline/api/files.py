"""A deal's files, below /deals/{id}/files/."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Instant, Text, Whole, instant
from crm.rest.guard import guarded
from crm.rest.resource import Resource, Row, Shape
from pipeline.filing import add_file, delete_file
from pipeline.models import DealFile
from pipeline.serving import served


class DealFileShape(Shape):
    """A file on a deal. Its bytes are at /deals/{id}/files/{file}/."""

    id = Whole()
    name = Text()
    size = Whole(help_text="In bytes.", max_value=None)
    content_type = Text()
    sha256 = Text()
    by = Whole(help_text="The user who added it.")
    created_at = Instant()
    is_sparse = False

    columns = ("id", "name", "size", "content_type", "sha256", "by_id", "created_at")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "name": row["name"],
            "size": row["size"],
            "content_type": row["content_type"],
            "sha256": row["sha256"],
            "by": row["by_id"],
            "created_at": instant(row["created_at"]),
        }


UPLOAD = {
    "multipart/form-data": {
        "type": "object",
        "required": ["file"],
        "properties": {"file": {"type": "string", "format": "binary", "minLength": 1}},
    }
}
ONE_FILE = {"url_path": "files/(?P<file>[0-9]+)", "url_name": "file"}


class WithFiles(Resource):
    """What the resource of deals can do with their files."""

    @extend_schema(responses=DealFileShape(many=True))
    @action(detail=True, methods=["get"], parser_classes=[MultiPartParser])
    def files(self, request: Request, pk: int) -> Response:
        """List a deal’s files, newest first"""
        return self.page(self.find(pk).files.filter(deleted_at=None), DealFileShape, ordering=("-id",))

    @extend_schema(request=UPLOAD, responses={201: DealFileShape})
    @files.mapping.post
    @guarded
    def add_file(self, request: Request, pk: int) -> Response:
        """Add a file to a deal

        One file as `multipart/form-data`. What is taken, and how much, is as on the page: 422 says why not.
        """
        deal = self.find_to_change(pk)
        if (sent := request.FILES.get("file")) is None:
            raise ValidationError({"file": [_("Send one file under the name “file”.")]})
        added = add_file(deal, file=sent, name=sent.name or "", by=self.me)
        return Response(DealFileShape.of(added.__dict__), status=201)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiResponse(OpenApiTypes.BINARY)})
    @action(detail=True, methods=["get"], **ONE_FILE)
    def file(self, request: Request, pk: int, file: int) -> HttpResponse:
        """Download a file"""
        return served(request, self._file(self.find(pk), file))

    @extend_schema(request=None, responses={204: None})
    @file.mapping.delete
    @guarded
    def remove_file(self, request: Request, pk: int, file: int) -> Response:
        """Delete a file

        For 30 days a person can restore it.
        """
        delete_file(self._file(self.find_to_change(pk), file), by=self.me)
        return Response(status=204)

    def _file(self, deal: Any, pk: int) -> DealFile:
        file: DealFile = self.find_in(deal.files.filter(deleted_at=None), pk=pk)
        return file
