"""Many quotas at once: set, spread over a year or copied forward, all of them or none, and taken back as one."""

from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from crm.access import people_in
from crm.calendar import fiscal_calendar
from crm.errors import Refused
from crm.models import Team, User
from crm.periods import Period
from crm.rest.fields import Amount, Choice, CurrencyCode, Flag, Instant, Ref, Text, Whole, instant, money
from crm.rest.guard import guarded
from crm.rest.resource import Input, Resource, Row, Shape
from forecasting.actions import set_quotas, undo_quotas
from forecasting.api.asking import FiscalPeriodText, TypeText
from forecasting.batches import draft_of
from forecasting.models import QuotaBatch
from forecasting.proposals import Proposal, Subject, copy_forward, spread
from forecasting.setting import Entry, Step, examine
from forecasting.types import REVENUE

MOST = 10_000  # quotas in one request


class QuotaBatchShape(Shape):
    """Quotas that were set together."""

    id = Whole()
    kind = Choice(QuotaBatch.Kind.choices)
    by = Whole()
    made_at = Instant()
    quotas = Whole(help_text="How many it changed.")
    undoes = Whole(allow_null=True, help_text="The batch that this one took back.")

    columns = ("id", "kind", "by_id", "made_at", "undoes_id", "quotas")

    @staticmethod
    def of(row: Row) -> dict[str, Any]:
        return {
            "id": row["id"],
            "kind": row["kind"],
            "by": row["by_id"],
            "made_at": instant(row["made_at"]),
            "quotas": row["quotas"],
            "undoes": row["undoes_id"],
        }


class QuotaStepShape(serializers.Serializer[Any]):
    """What would become of one quota, and what speaks against it."""

    owner = Whole(allow_null=True)
    team = Whole(allow_null=True)
    period = Text()
    was_amount = Amount(allow_null=True)
    was_currency = Text()
    amount = Amount(allow_null=True)
    currency = Text()
    errors = serializers.DictField(child=Text(), help_text="By field: why it is refused.")  # type: ignore[assignment]

    @staticmethod
    def of(step: Step) -> dict[str, Any]:
        was = step.quota
        return {
            "owner": step.entry.subject.pk if isinstance(step.entry.subject, User) else None,
            "team": step.entry.subject.pk if isinstance(step.entry.subject, Team) else None,
            "period": step.entry.period.key,
            "was_amount": quota_amount(was.amount, was.currency_id) if was else None,
            "was_currency": (was.currency_id or "") if was else "",
            "amount": quota_amount(step.entry.amount, step.currency),
            "currency": step.currency,
            "errors": step.errors,
        }


class ProposalShape(serializers.Serializer[Any]):
    """`batch`: what was set; null for a dry run, and where nothing was different."""

    batch = Whole(allow_null=True)
    quotas = QuotaStepShape(many=True)


def quota_amount(amount: Any, currency: str | None) -> str | None:
    """As text: money with its currency’s decimals, or a number of deals."""
    return None if amount is None else money(amount, currency) if currency else f"{amount:.0f}"


class Whose(Input):
    owner = Ref(people_in, required=False, help_text="A person, or a team: one of the two.")
    team = Ref(lambda reach: Team.objects.all(), required=False)

    def validate(self, sent: dict[str, Any]) -> dict[str, Any]:
        if ("owner" in sent) == ("team" in sent):
            raise ValidationError({"owner": [_("A quota is for one person or one team.")]})
        return sent


class QuotaEntryInput(Whose):
    period = FiscalPeriodText(help_text="2026-11 or 2026-Q4, by the fiscal calendar.")
    amount = Amount(allow_null=True, help_text="null removes it.")
    currency = CurrencyCode(required=False, help_text="By default as before, else the company’s.")
    type = TypeText(required=False)
    note = Text(required=False, allow_blank=True, max_length=2000)
    version = Whole(required=False, help_text="What you last saw: 409 if it was revised since. 0: there was none.")


class QuotaBatchInput(Input):
    quotas = QuotaEntryInput(many=True, allow_empty=False, help_text=f"At most {MOST:,}.")

    def validate_quotas(self, sent: list[Any]) -> list[Any]:
        if len(sent) > MOST:
            raise ValidationError(_("This is too much at once."))
        return sent


class SpreadInput(Whose):
    year = FiscalPeriodText(help_text="A fiscal year: 2026.")
    amount = Amount(help_text="Of the whole year.")
    currency = CurrencyCode(required=False)
    type = TypeText(required=False)
    into = Choice(["month", "quarter"], required=False)
    shape = Choice(["even", "won", "quotas"], required=False, help_text="Evenly, or as last year was won or planned.")
    note = Text(required=False, allow_blank=True, max_length=2000)
    dry_run = Flag(required=False, help_text="Only say what would be set.")


class CopyInput(Input):
    period = FiscalPeriodText(help_text="2026, 2026-Q4 or 2026-11: copied to the next one of its kind.")
    owners = serializers.ListField(child=Ref(people_in), required=False, help_text="By default everybody you may set.")
    teams = serializers.ListField(child=Ref(lambda reach: Team.objects.all()), required=False)
    percent = Amount(required=False, min_value=-100, max_value=10_000, help_text="So much more, or less.")
    type = TypeText(required=False)
    note = Text(required=False, allow_blank=True, max_length=2000)
    dry_run = Flag(required=False, help_text="Only say what would be set.")


class QuotaBatches(Resource):
    scope = "quotas"
    model = QuotaBatch
    shape = QuotaBatchShape

    def visible(self) -> QuerySet[QuotaBatch]:
        """One’s own."""
        return QuotaBatch.objects.filter(by=self.me).annotate(quotas=Count("changes"))

    def shape_row(self, instance: Any) -> Row:
        row: Row = self.visible().filter(pk=instance.pk).values(*self.shape.columns).get()
        return row

    @extend_schema(request=QuotaBatchInput, responses={201: QuotaBatchShape, 204: None})
    @guarded
    def create(self, request: Request) -> Response:
        """Set many quotas

        All of them or none; errors name the entry as `quotas.3.amount`. 204: nothing was different.
        """
        entries = [_entry(sent) for sent in self.read_body(QuotaBatchInput)["quotas"]]
        batch = self._set(entries, QuotaBatch.Kind.SENT, "quotas.")
        return self.written(batch, status=201) if batch else Response(status=204)

    @extend_schema(request=SpreadInput, responses=ProposalShape)
    @action(detail=False, methods=["post"])
    @guarded
    def spreads(self, request: Request) -> Response:
        """Spread a year’s quota over its months or quarters

        To the cent. A team’s or a person’s; what is set already is revised.
        """
        sent = self.read_body(SpreadInput)
        subject, year, dry = _subject(sent), sent.pop("year"), sent.pop("dry_run", False)
        if year.kind != "year":
            raise ValidationError({"year": [_("This is not a fiscal year.")]})
        proposal = spread(subject, year, sent.pop("amount"), **{"type": REVENUE, **sent})
        return self._proposed(proposal, QuotaBatch.Kind.SPREAD, dry=dry)

    @extend_schema(request=CopyInput, responses=ProposalShape)
    @action(detail=False, methods=["post"])
    @guarded
    def copies(self, request: Request) -> Response:
        """Copy quotas forward

        A year’s, quarter’s or month’s to the next one.
        """
        sent = self.read_body(CopyInput)
        period, dry = sent.pop("period"), sent.pop("dry_run", False)
        kind = sent.setdefault("type", REVENUE)
        subjects: list[Subject] = [*sent.pop("owners", []), *sent.pop("teams", [])]
        if not subjects:
            year = fiscal_calendar().year_of(period.start)
            subjects = list(draft_of(self.reach, year, kind).subjects.values())
        return self._proposed(copy_forward(subjects, period, **sent), QuotaBatch.Kind.COPY, dry=dry)

    @extend_schema(request=None, responses={201: QuotaBatchShape})
    @action(detail=True, methods=["post"])
    @guarded
    def undoings(self, request: Request, pk: int) -> Response:
        """Take back what was set together

        But for what was revised since. The answer is the batch that did it.
        """
        return self.written(undo_quotas(self.find(pk), by=self.me), status=201)

    def _proposed(self, proposal: Proposal, kind: str, *, dry: bool) -> Response:
        steps = examine(proposal.entries, by=self.me)
        batch = None if dry else self._set(proposal.entries, kind)
        return Response({"batch": batch and batch.pk, "quotas": [QuotaStepShape.of(step) for step in steps]})

    def _set(self, entries: list[Entry], kind: str, prefix: str = "") -> QuotaBatch | None:
        try:
            return set_quotas(entries, kind=kind, by=self.me)
        except Refused as refused:
            raise Refused(**{f"{prefix}{name}": texts for name, texts in refused.errors.items()}) from None


def _subject(sent: dict[str, Any]) -> Subject:
    owner, team = sent.pop("owner", None), sent.pop("team", None)
    subject: Subject = owner or team
    return subject


def _entry(sent: dict[str, Any]) -> Entry:
    sent = dict(sent)
    subject, period, amount = _subject(sent), sent.pop("period"), sent.pop("amount")
    assert isinstance(period, Period)
    return Entry(subject, period, amount, **sent)
