"""The customer's side of a quote: the link to its page, what was asked, and how it was answered."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from crm.rest.fields import Amount, Choice, Day, Instant, Text, Whole, day, instant, money
from crm.rest.guard import guarded
from crm.rest.lookup import MOST
from crm.rest.resource import Input, Resource, Row, Shape
from quotes import actions
from quotes.actions.answers import LONGEST_NAME, LONGEST_TEXT
from quotes.actions.retracting import LONGEST_REASON
from quotes.api.inputs import SeenInput
from quotes.api.shapes import QuoteShape
from quotes.linking import address_of
from quotes.models import QuoteLink, RemarkKind


class LinkShape(Shape):
    """Whoever has the address may read and answer the quote."""

    id = Whole()
    url = Text(help_text="Empty for who may not change the quote, and once the server’s secret key was changed.")
    expires_on = Day(help_text="The last day on which it works.")
    revoked_at = Instant(allow_null=True)
    made_by = Whole(allow_null=True)
    created_at = Instant()
    views = Whole()
    viewed_at = Instant(allow_null=True, help_text="When it was last opened.")
    is_sparse = False

    columns = ("id", "seed", "digest", "expires_on", "revoked_at", "made_by_id", "created_at", "views", "viewed_at")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "url": address_of(QuoteLink(seed=row["seed"], digest=row["digest"])),
            "expires_on": day(row["expires_on"]),
            "made_by": row["made_by_id"],
            "views": row["views"],
            **{name: instant(row[name]) for name in ("revoked_at", "created_at", "viewed_at")},
        }


class HiddenLinkShape(LinkShape):
    """For who may read the quote and not change it: the address would let them answer it."""

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return LinkShape.of(row) | {"url": ""}


class AcceptanceShape(Shape):
    """Who accepted what, when and from where. It stays, also once it was taken back."""

    id = Whole()
    name = Text()
    email = Text()
    accepted_at = Instant()
    ip = Text(allow_null=True)
    user_agent = Text()
    document_sha256 = Text(help_text="Of the PDF that was offered.")
    chosen = serializers.ListField(child=Whole(), help_text="The optional lines that the customer wants.")
    total = Amount(min_value=None)
    currency = Text()
    by = Whole(allow_null=True, help_text="Who entered it by hand; null: the customer, through the link.")
    note = Text()
    paper = Text(help_text="The name of the signed paper among the deal’s files.")
    paper_sha256 = Text()
    retracted_at = Instant(allow_null=True, help_text="When it was taken back as a mistake; null: it stands.")
    retracted_by = Whole(allow_null=True)
    retraction_reason = Text()
    is_sparse = False

    plain = ("id", "name", "email", "ip", "user_agent", "document_sha256", "chosen", "note", "paper", "paper_sha256")
    retraction = ("retraction__retracted_at", "retraction__by_id", "retraction__reason")
    columns = (*plain, "accepted_at", "total", "currency_id", "by_id", *retraction)

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {name: row[name] for name in AcceptanceShape.plain} | {
            "accepted_at": instant(row["accepted_at"]),
            "total": money(row["total"], row["currency_id"]),
            "currency": row["currency_id"],
            "by": row["by_id"],
            "retracted_at": instant(row["retraction__retracted_at"]),
            "retracted_by": row["retraction__by_id"],
            "retraction_reason": row["retraction__reason"] or "",
        }


class RemarkShape(Shape):
    """What a customer wrote: a question, or why the quote was declined."""

    id = Whole()
    kind = Choice(RemarkKind.choices)
    name = Text()
    email = Text()
    text = Text()
    created_at = Instant()
    by = Whole(allow_null=True, help_text="Who entered it by hand; null: the customer.")
    is_sparse = False

    plain = ("id", "kind", "name", "email", "text")
    columns = (*plain, "created_at", "by_id")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        known = {name: row[name] for name in RemarkShape.plain}
        return known | {"created_at": instant(row["created_at"]), "by": row["by_id"]}


class LinkInput(Input):
    expires_on = Day(required=False, help_text="By default 90 days after the quote’s last day.")


class AcceptanceInput(Input):
    name = Text(max_length=LONGEST_NAME, help_text="Who accepted it.")
    email = serializers.EmailField(required=False, allow_blank=True, default="")
    chosen = serializers.ListField(
        child=Whole(max_value=MOST), required=False, help_text="Ids of optional lines; by default as they stand."
    )
    note = Text(max_length=500, required=False, allow_blank=True, default="")


class RetractionInput(SeenInput):
    reason = Text(max_length=LONGEST_REASON, help_text="Why it was a mistake.")


class DeclineInput(Input):
    name = Text(max_length=LONGEST_NAME, required=False, allow_blank=True, default="")
    reason = Text(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class Answered(Resource):
    """What `Quotes` offers beyond its own: all of it below /quotes/{id}/."""

    @extend_schema(responses=LinkShape(many=True))
    @action(detail=True, methods=["get"])
    def links(self, request: Request, pk: int) -> Response:
        """List a quote’s links, newest first"""
        quote = self.find(pk)
        may_change = self.reach.changes(quote.deal.owner_id, quote.deal.team_id)
        return self.page(quote.links.all(), LinkShape if may_change else HiddenLinkShape, ordering=("-id",))

    @extend_schema(request=LinkInput, responses={201: LinkShape})
    @links.mapping.post
    @guarded
    def make_link(self, request: Request, pk: int) -> Response:
        """Make a quote’s link

        The one that works already is the answer, unless you ask for another day: then it is replaced.
        """
        quote, sent = self.to_change(pk, LinkInput)
        return self._link(actions.link_of(quote, by=self.me, **sent), status=201)

    @extend_schema(request=None, responses=LinkShape)
    @action(detail=True, methods=["post"], url_path="link-revocations")
    @guarded
    def link_revocations(self, request: Request, pk: int) -> Response:
        """Take a quote’s link back

        It opens nothing from now on. 404 if there is none that works.
        """
        quote = self.find_to_change(pk)
        return self._link(actions.revoke_link(get_object_or_404(quote.links, revoked_at=None), by=self.me))

    def _link(self, link: QuoteLink, *, status: int = 200) -> Response:
        return Response(LinkShape.of(QuoteLink.objects.values(*LinkShape.columns).get(pk=link.pk)), status=status)

    @extend_schema(responses=AcceptanceShape(many=True))
    @action(detail=True, methods=["get"])
    def acceptances(self, request: Request, pk: int) -> Response:
        """List who accepted a quote, newest first

        One that stands at most; the others were taken back.
        """
        return self.page(self.find(pk).acceptances.all(), AcceptanceShape, ordering=("-id",))

    @extend_schema(request=AcceptanceInput, responses=QuoteShape)
    @acceptances.mapping.post
    @guarded
    def accept(self, request: Request, pk: int) -> Response:
        """Enter that a quote was accepted

        On paper or by word. The deal follows the quote and is won, or its owner is asked to, as the settings say.
        """
        quote, sent = self.to_change(pk, AcceptanceInput)
        caller = actions.Caller(sent["name"], sent["email"])
        actions.accept_quote(quote, caller=caller, chosen=sent.get("chosen"), note_=sent["note"], by=self.me)
        return self.written(quote)

    @extend_schema(request=RetractionInput, responses=QuoteShape)
    @action(detail=True, methods=["post"])
    @guarded
    def retractions(self, request: Request, pk: int) -> Response:
        """Take back an acceptance that was a mistake

        Managers above and admins, as long as no invoice was issued and nothing delivered. The customer may answer
        again, and the deal is open again if the acceptance won it.
        """
        quote, sent = self.to_change(pk, RetractionInput)
        quote = actions.retract_acceptance(quote, reason=sent["reason"], lock=sent.get("version"), by=self.me)
        return self.written(quote)

    @extend_schema(request=DeclineInput, responses=QuoteShape)
    @action(detail=True, methods=["post"])
    @guarded
    def declines(self, request: Request, pk: int) -> Response:
        """Enter that a quote was declined"""
        quote, sent = self.to_change(pk, DeclineInput)
        actions.decline_quote(quote, caller=actions.Caller(sent["name"]), reason=sent["reason"], by=self.me)
        return self.written(quote)

    @extend_schema(responses=RemarkShape(many=True))
    @action(detail=True, methods=["get"])
    def remarks(self, request: Request, pk: int) -> Response:
        """List what the customer wrote, newest first"""
        return self.page(self.find(pk).remarks.all(), RemarkShape, ordering=("-id",))
