"""An invoice's papers, below /invoices/{id}/: itself, its reminders, and what machines read."""

from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Choice, Instant, Text, Whole, instant
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource, Row, Shape
from quotes.actions.posting import reminder_of, send_reminder
from quotes.api.sendings import PDF
from quotes.models import Tone
from quotes.serving import served_invoice, served_reminder
from quotes.ubl import ubl_of


class ReminderShape(Shape):
    """That a customer was reminded."""

    level = Whole(help_text="The first, the second …")
    tone = Choice(Tone.choices)
    reminded_at = Instant()
    by = Whole(allow_null=True, help_text="Who sent it by hand; null: it went by itself.")
    sha256 = Text(help_text="Of the PDF; empty until it is made.")
    is_sparse = False

    columns = ("level", "tone", "reminded_at", "by_id", "document__sha256")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        made = {"reminded_at": instant(row["reminded_at"]), "sha256": row["document__sha256"] or ""}
        return {"level": row["level"], "tone": row["tone"], "by": row["by_id"], **made}


class ReminderInput(Input):
    """What is left out is as it would be if it went by itself."""

    tone = Choice(Tone.choices, required=False)
    to = serializers.ListField(
        child=Text(max_length=254), required=False, max_length=20, help_text="By default who the invoice went to."
    )
    level = Whole(max_value=999, required=False, help_text="Which one it is, by default the next; each is sent once.")


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

    @extend_schema(request=ReminderInput, responses={201: ReminderShape})
    @reminders.mapping.post
    @guarded
    def remind(self, request: Request, pk: int) -> Response:
        """Remind the customer of an overdue invoice

        On the paper and with the mail that go out by themselves too. The automatic ones count on from it; after one
        in the tone `last` there are none.
        """
        invoice, sent = self.to_change(pk, ReminderInput)
        reminder = send_reminder(invoice, by=self.me, **reminder_of(invoice) | sent)
        row = invoice.reminders.values(*ReminderShape.columns).get(pk=reminder.pk)
        return Response(ReminderShape.of(row), status=201)

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
