"""An invoice's papers, below /invoices/{id}/: itself, its reminders, and what machines read."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Instant, Text, Whole, instant
from crm.rest.resource import Resource, Row, Shape
from quotes.api.sendings import PDF
from quotes.serving import served_invoice, served_reminder
from quotes.ubl import ubl_of


class ReminderShape(Shape):
    """That a customer was reminded."""

    level = Whole(help_text="The first, the second …")
    reminded_at = Instant()
    sha256 = Text(help_text="Of the PDF; empty until it is made.")
    is_sparse = False

    columns = ("level", "reminded_at", "document__sha256")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        made = {"reminded_at": instant(row["reminded_at"]), "sha256": row["document__sha256"] or ""}
        return {"level": row["level"], **made}


class WithPapers(Resource):
    @extend_schema(responses=PDF)
    @action(detail=True, methods=["get"])
    def pdf(self, request: Request, pk: int) -> HttpResponse:
        """Download an invoice as PDF

        The very file that was issued; of a draft, how it would look now.
        """
        return served_invoice(request, self.find(pk))

    @extend_schema(responses=ReminderShape(many=True))
    @action(detail=True, methods=["get"])
    def reminders(self, request: Request, pk: int) -> Response:
        """List the reminders of an invoice"""
        return self.page(self.find(pk).reminders.all(), ReminderShape, ordering=("level",))

    @extend_schema(responses=PDF)
    @action(detail=True, methods=["get"], url_path="reminders/(?P<level>[0-9]+)/pdf", url_name="reminder-pdf")
    def reminder_pdf(self, request: Request, pk: int, level: int) -> HttpResponse:
        """Download a reminder as PDF"""
        return served_reminder(request, self.find(pk), level)

    @extend_schema(responses={(200, "application/xml"): OpenApiResponse(OpenApiTypes.BINARY)})
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def ubl(self, request: Request, pk: int) -> HttpResponse:
        """Read an invoice as EN 16931 in UBL 2.1

        422 names what it lacks for that.
        """
        return HttpResponse(ubl_of(self.find(pk)), content_type="application/xml")
