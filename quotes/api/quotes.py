"""Quotes of deals: drafted, saved whole, revised, synced, approved, called off."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from contacts.api import PEOPLE, CompanyShape, ContactShape
from contacts.models import Company, Contact
from crm.rest.filters import choices, day, flag, ids, one_id, read_params, text
from crm.rest.guard import guarded
from crm.rest.resource import Expansion, Input
from pipeline.api.shapes import DealShape
from pipeline.models import Deal
from quotes import actions
from quotes.api.answers import Answered
from quotes.api.inputs import (
    LineItemsInput,
    QuoteInput,
    QuoteRevision,
    RemarkInput,
    RepricingInput,
    SeenInput,
    items_of,
)
from quotes.api.sendings import WithSendings
from quotes.api.shapes import (
    ApprovalShape,
    DifferenceShape,
    LineItemShape,
    PriceChangeShape,
    QuoteShape,
    TotalsShape,
)
from quotes.comparing import compare
from quotes.lines import rows_of
from quotes.models import Quote, Status
from quotes.totals import totals_of

WITH = {"with": one_id("The version to compare with; by default the one it replaces.")}

OTHER = [OpenApiParameter("with", int, description=WITH["with"].about)]


class Quotes(Answered, WithSendings):
    """A quote is seen by whoever sees its deal."""

    scope = "quotes"
    model = Quote
    shape = QuoteShape
    counter = "lock"
    also_takes = frozenset(WITH)
    filters = {
        "deal": ids("Only of these deals.", "deal"),
        "owner": ids("Only of deals of these owners.", "deal__owner"),
        "company": ids("Only to these companies.", "company"),
        "made_by": ids("Only made by these people.", "made_by"),
        "status": choices("Only in these states.", "status", Status.values),
        "number": text("The whole number: all its revisions.", "number"),
        "synced": flag("Only those that their deal follows, or only the others.", "is_synced"),
        "quoted_from": day("Of this day or later.", "quoted_on__gte"),
        "quoted_to": day("Of this day or earlier.", "quoted_on__lte"),
        "valid_from": day("Valid until this day or later.", "valid_until__gte"),
        "valid_to": day("Valid until this day or earlier.", "valid_until__lte"),
    }
    expandable = {
        "deal": Expansion(DealShape, lambda reach: Deal.objects.visible_to(reach)),
        "company": Expansion(CompanyShape, lambda reach: Company.objects.visible_to(reach)),
        "contact": Expansion(ContactShape, lambda reach: Contact.objects.visible_to(reach)),
        "made_by": PEOPLE["owner"],
    }

    def visible(self) -> QuerySet[Quote]:
        return Quote.objects.visible_to(self.reach).select_related("deal", "currency", "book", "company", "contact")

    def editable(self, pk: Any) -> Quote:
        quote: Quote = self.find(pk)
        self._may_change(quote.deal)
        return quote

    def _may_change(self, deal: Deal) -> None:
        if not self.reach.changes(deal.owner_id, deal.team_id):
            raise PermissionDenied(_("You may read this, but not change it."))

    def _sent(self, pk: Any, kind: type[Input], *, partial: bool = False) -> tuple[Quote, dict[str, Any]]:
        """The quote, and what is to become of it; `version` as the verbs know it."""
        quote, sent = self.to_change(pk, kind, partial=partial)
        if "version" in sent:
            sent["lock"] = sent.pop("version")
        if "lines" in sent and kind is not RepricingInput:
            sent["lines"] = items_of(sent["lines"])
        return quote, sent

    # ── The quote itself ───────────────────────────────────────────────────────────────────────

    @extend_schema(request=QuoteInput, responses={201: QuoteShape})
    @guarded
    def create(self, request: Request) -> Response:
        """Draft a quote

        From the deal’s lines, priced from the price book; what you send beside `deal` stands instead.
        """
        sent = self.read_body(QuoteInput)
        deal = sent.pop("deal")
        self._may_change(deal)
        with transaction.atomic():
            quote = actions.draft_quote(deal, by=self.me)
            if "lines" in sent:
                sent["lines"] = items_of(sent["lines"])
            if sent:
                quote = actions.save_quote(quote, by=self.me, **sent)
        return self.written(quote, status=201)

    @extend_schema(request=QuoteRevision, responses=QuoteShape)
    @guarded
    def partial_update(self, request: Request, pk: int) -> Response:
        """Save a draft

        The fields you send, and with `lines` all of its lines in their order.
        """
        quote, sent = self._sent(pk, QuoteRevision, partial=True)
        return self.written(actions.save_quote(quote, by=self.me, **sent))

    # ── Its lines and what they come to ────────────────────────────────────────────────────────

    @extend_schema(responses=LineItemShape(many=True))
    @action(detail=True, methods=["get"])
    def lines(self, request: Request, pk: int) -> Response:
        """List a quote’s lines"""
        return self.page(self.find(pk).lines.all(), LineItemShape, ordering=("position", "id"))

    @extend_schema(request=LineItemsInput, responses=QuoteShape)
    @lines.mapping.put
    @guarded
    def replace_lines(self, request: Request, pk: int) -> Response:
        """Replace a draft’s lines

        A line sent with its `id` is changed, one without is new, one that is not sent is taken out.
        """
        quote, sent = self._sent(pk, LineItemsInput)
        return self.written(actions.save_quote(quote, by=self.me, **sent))

    @extend_schema(responses=TotalsShape)
    @action(detail=True, methods=["get"])
    def totals(self, request: Request, pk: int) -> Response:
        """Read what a quote comes to, with its taxes by rate"""
        quote = self.find(pk)
        return Response(TotalsShape.of(totals_of(quote, rows_of(quote)), quote.currency_id))

    @extend_schema(responses=PriceChangeShape(many=True))
    @action(detail=True, methods=["get"], url_path="price-changes", pagination_class=None, filter_backends=[])
    def price_changes(self, request: Request, pk: int) -> Response:
        """List lines whose price the price book has changed since"""
        quote = self.find(pk)
        return Response(
            [
                {
                    "line": change.line.pk,
                    "name": change.line.name,
                    "unit_price": f"{change.line.unit_price:f}",
                    "now": f"{change.unit_price:f}",
                    "book": change.book.pk if change.book else None,
                }
                for change in actions.price_changes(quote, rows_of(quote))
            ]
        )

    @extend_schema(request=RepricingInput, responses=QuoteShape)
    @price_changes.mapping.post
    @guarded
    def refresh_prices(self, request: Request, pk: int) -> Response:
        """Take the price book’s prices of today"""
        quote, sent = self._sent(pk, RepricingInput)
        return self.written(actions.refresh_prices(quote, by=self.me, **sent))

    # ── Versions ───────────────────────────────────────────────────────────────────────────────

    @extend_schema(request=None, responses={201: QuoteShape})
    @action(detail=True, methods=["post"])
    @guarded
    def revisions(self, request: Request, pk: int) -> Response:
        """Make the next revision of a quote

        A draft with copies of its lines; sending it supersedes the old one.
        """
        return self.written(actions.revise_quote(self.find_to_change(pk), by=self.me), status=201)

    @extend_schema(parameters=OTHER, responses=DifferenceShape(many=True))
    @action(detail=True, methods=["get"], pagination_class=None, filter_backends=[])
    def comparison(self, request: Request, pk: int) -> Response:
        """List what became different since the revision it replaces"""
        quote = self.find(pk)
        asked = read_params(request, WITH).get("with")
        other = self.find(asked) if asked else quote.replaces
        if other is None:
            raise Http404
        return Response(
            [
                {"what": each.what, "line": each.line, "before": _plain(each.before), "after": _plain(each.after)}
                for each in compare(other, quote).differences
            ]
        )

    # ── What happens to it ─────────────────────────────────────────────────────────────────────

    @extend_schema(request=SeenInput, responses=QuoteShape)
    @action(detail=True, methods=["post"])
    @guarded
    def syncs(self, request: Request, pk: int) -> Response:
        """Let the deal follow a quote

        Its amount and lines are the quote’s from now on; the one it followed before is left.
        """
        quote, sent = self._sent(pk, SeenInput)
        return self.written(actions.sync_quote(quote, by=self.me, **sent))

    @extend_schema(request=SeenInput, responses=QuoteShape)
    @action(detail=True, methods=["post"])
    @guarded
    def unsyncs(self, request: Request, pk: int) -> Response:
        """Let the deal follow a quote no longer"""
        quote, sent = self._sent(pk, SeenInput)
        return self.written(actions.unsync_quote(quote, by=self.me, **sent))

    @extend_schema(responses=ApprovalShape(many=True))
    @action(detail=True, methods=["get"])
    def approvals(self, request: Request, pk: int) -> Response:
        """List a quote’s approvals, newest first"""
        return self.page(self.find(pk).approvals.all(), ApprovalShape, ordering=("-id",))

    @extend_schema(request=RemarkInput, responses=QuoteShape)
    @approvals.mapping.post
    @guarded
    def ask_approval(self, request: Request, pk: int) -> Response:
        """Ask for approval

        When a discount or margin passes the limit. Nobody changes the quote meanwhile.
        """
        quote, sent = self._sent(pk, RemarkInput)
        return self.written(actions.ask_approval(quote, by=self.me, **sent))

    @extend_schema(request=RemarkInput, responses=QuoteShape)
    @action(detail=True, methods=["post"])
    @guarded
    def grants(self, request: Request, pk: int) -> Response:
        """Grant an approval

        Managers above, who neither made the quote nor asked.
        """
        quote, sent = self._sent(pk, RemarkInput)
        return self.written(actions.grant(quote, by=self.me, **sent))

    @extend_schema(request=RemarkInput, responses=QuoteShape)
    @action(detail=True, methods=["post"])
    @guarded
    def refusals(self, request: Request, pk: int) -> Response:
        """Refuse an approval"""
        quote, sent = self._sent(pk, RemarkInput)
        return self.written(actions.refuse(quote, by=self.me, **sent))

    @extend_schema(request=SeenInput, responses=QuoteShape)
    @action(detail=True, methods=["post"])
    @guarded
    def withdrawals(self, request: Request, pk: int) -> Response:
        """Ask for approval no longer"""
        quote, sent = self._sent(pk, SeenInput)
        return self.written(actions.withdraw(quote, by=self.me, **sent))

    @extend_schema(request=SeenInput, responses=QuoteShape)
    @action(detail=True, methods=["post"])
    @guarded
    def cancellations(self, request: Request, pk: int) -> Response:
        """Call a quote off

        It keeps its number.
        """
        quote, sent = self._sent(pk, SeenInput)
        return self.written(actions.cancel_quote(quote, by=self.me, **sent))


def _plain(value: Any) -> str | None:
    return None if value is None else str(value)
