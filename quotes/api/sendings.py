"""A quote's PDF and its mails, below /quotes/{id}/."""

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
from pipeline.api.inputs import seen_version
from quotes.actions.sending import letter_of, send_quote
from quotes.models import SendingState
from quotes.serving import served_quote

PDF = {(200, "application/pdf"): OpenApiResponse(OpenApiTypes.BINARY)}


class SendingShape(Shape):
    """A mail that brings a quote."""

    id = Whole()
    to = serializers.ListField(child=Text())
    cc = serializers.ListField(child=Text())
    subject = Text()
    state = Choice(SendingState.choices)
    attempts = Whole()
    problem = Text(help_text="Why the last attempt failed.")
    by = Whole(allow_null=True)
    created_at = Instant()
    sent_at = Instant(allow_null=True)
    is_sparse = False

    columns = ("id", "to", "cc", "subject", "state", "attempts", "problem", "by_id", "created_at", "sent_at")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        told = {"by": row["by_id"]} | {name: instant(row[name]) for name in ("created_at", "sent_at")}
        return {name: told.get(name, row.get(name)) for name in SendingShape._declared_fields}


class SendingInput(Input):
    """What is left out is worded in the quote’s language."""

    to = serializers.ListField(
        child=Text(max_length=254), required=False, max_length=20, help_text="By default the contact’s address."
    )
    cc = serializers.ListField(child=Text(max_length=254), required=False, max_length=20)
    subject = Text(max_length=200, required=False)
    message = Text(
        max_length=5000,
        required=False,
        help_text="`{link}` becomes the address of the page where the customer answers.",
    )
    key = Text(
        max_length=40, required=False,
        help_text="Sent once for each key; by default once for the same words to the same people.",
    )  # fmt: skip
    version = seen_version("What you last saw of the quote: 409 if it was changed since.")


class WithSendings(Resource):
    """What the resource of quotes can do with documents and mails."""

    @extend_schema(responses=PDF)
    @action(detail=True, methods=["get"], url_path="pdf")
    def pdf(self, request: Request, pk: int) -> HttpResponse:
        """Download a quote as PDF

        The very file that was sent; of a draft, how it would look now.
        """
        return served_quote(request, self.find(pk))

    @extend_schema(responses=SendingShape(many=True))
    @action(detail=True, methods=["get"])
    def sendings(self, request: Request, pk: int) -> Response:
        """List a quote’s mails, newest first"""
        return self.page(self.find(pk).sendings.all(), SendingShape, ordering=("-id",))

    @extend_schema(request=SendingInput, responses={201: SendingShape})
    @sendings.mapping.post
    @guarded
    def send(self, request: Request, pk: int) -> Response:
        """Send a quote

        A draft counts as sent from then on; one that is with the customer goes to them again. A worker mails it, and
        tries again when the mail server does not answer.
        """
        quote, sent = self.to_change(pk, SendingInput)
        letter = letter_of(quote, by=self.me)
        sending = send_quote(quote, by=self.me, lock=sent.pop("version", None), **letter._asdict() | sent)
        return Response(SendingShape.of(sending.__dict__), status=201)
