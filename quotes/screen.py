"""What the page of a quote shows: the document, its lines and what they come to, its versions and its approval."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q
from django.utils.functional import cached_property

from contacts.models import Contact
from crm.access import Reach
from pipeline.models import TaxClass, Unit
from pipeline.pricing import Totals
from quotes.actions import limits_passed, may_decide, price_changes
from quotes.actions.repricing import PriceChange
from quotes.actions.revising import REVISABLE
from quotes.actions.syncing import ENDED
from quotes.entering import Entry, Row, keyed, rows_of
from quotes.forms import QuoteForm
from quotes.lines import rows_of as lines_of
from quotes.models import Approval, LineItem, Quote, QuoteSettings, Sending, Status
from quotes.totals import priced, totals_of

MODES = ("language", "prices", "includes_tax")
TEXTS = ("title", "contact", "address", "quoted_on", "rounding", "introduction", "terms")
BESIDE = ("valid_until", "payment_days", "discount")  # fields with a place of their own


@dataclass
class Screen:
    quote: Quote
    reach: Reach
    entry: Entry | None = None  # what was sent, and is shown as it was typed
    form: QuoteForm | None = None
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)  # about the whole
    saved: Entry | None = None  # what has just been stored
    overtaken: str = ""  # who saved it first
    problem: str = ""  # why a button did nothing

    @cached_property
    def lines(self) -> list[LineItem]:
        return lines_of(self.quote)

    @cached_property
    def rows(self) -> list[Row]:
        if self.entry:
            return self.entry.rows
        rows = rows_of(self.lines, self.quote.currency.digits)
        return keyed(rows, self.saved) if self.saved else rows

    @cached_property
    def facts(self) -> QuoteForm:
        return self.form or QuoteForm(quote=self.quote, contacts=contacts_of(self.quote, self.reach))

    @property
    def focus(self) -> str:
        return self.saved.focus if self.saved else ""

    @cached_property
    def totals(self) -> Totals:
        return totals_of(self.quote, self.lines)

    @cached_property
    def counts(self) -> tuple[int, int]:
        """How many lines are in the total, and how many there are."""
        lines = priced(self.lines)
        return sum(line.counts for line in lines), len(lines)

    @cached_property
    def discount_percent(self) -> Any:
        whole = self.totals.lines_total
        return self.totals.discount / whole if whole else None

    @property
    def lock(self) -> int:
        """What the page has seen of the quote."""
        return self.entry.lock or 0 if self.entry else self.quote.lock

    @property
    def modes(self) -> list[Any]:
        return [self.facts[name] for name in MODES]

    @property
    def texts(self) -> list[Any]:
        return [self.facts[name] for name in TEXTS]

    @property
    def has_wrong_text(self) -> bool:
        return any(field.errors for field in self.texts)

    @property
    def complaints(self) -> list[str]:
        """What was refused and stands beside no field."""
        shown = {*TEXTS, *BESIDE}
        left = [text for name, texts in self.errors.items() if name not in shown for text in texts]
        return list(dict.fromkeys(left))

    # ── What may be done ───────────────────────────────────────────────────────────────────────────

    @cached_property
    def may_change(self) -> bool:
        """Whether the person may change the deal, and so its quotes."""
        return self.reach.changes(self.quote.deal.owner_id, self.quote.deal.team_id)

    @property
    def is_edited(self) -> bool:
        return self.may_change and self.quote.is_draft

    @property
    def may_revise(self) -> bool:
        newest = self.versions[0]
        return self.may_change and self.quote.status in REVISABLE and newest.status not in (
            Status.DRAFT, Status.WAITING, Status.ACCEPTED)  # fmt: skip

    @property
    def may_sync(self) -> bool:
        return self.may_change and self.quote.status not in (*ENDED, Status.ACCEPTED)

    @property
    def may_cancel(self) -> bool:
        over = (Status.ACCEPTED, Status.DECLINED, Status.SUPERSEDED, Status.CANCELLED)
        return self.may_change and self.quote.status not in over

    @cached_property
    def may_decide(self) -> bool:
        return self.quote.status == Status.WAITING and may_decide(self.quote, self.reach)

    # ── Around it ──────────────────────────────────────────────────────────────────────────────────

    @cached_property
    def versions(self) -> list[Quote]:
        """Latest first."""
        versions = Quote.objects.filter(number=self.quote.number).select_related("made_by")
        return list(versions.order_by("-version"))

    @cached_property
    def sendings(self) -> list[Sending]:
        """The mails that brought it, or are on their way."""
        return [] if self.is_edited else list(self.quote.sendings.all())

    @cached_property
    def passed(self) -> list[str]:
        return limits_passed(self.quote) if self.quote.status in (Status.DRAFT, Status.WAITING) else []

    @cached_property
    def approval(self) -> Approval | None:
        return self.quote.approvals.select_related("asked_by", "decided_by").first()

    @cached_property
    def settings(self) -> QuoteSettings:
        return QuoteSettings.current()

    @cached_property
    def price_changes(self) -> list[PriceChange]:
        return price_changes(self.quote) if self.is_edited else []

    @cached_property
    def tax_classes(self) -> list[TaxClass]:
        used = {row.tax_class for row in self.rows}
        return list(TaxClass.objects.filter(Q(is_active=True) | Q(pk__in=used - {None})))

    @cached_property
    def units(self) -> list[str]:
        return [unit.names.get(self.quote.language) or unit.name for unit in Unit.objects.all()]


def contacts_of(quote: Quote, reach: Reach) -> Any:
    """The people at the company and on the deal."""
    there = Q(positions__company=quote.company_id) if quote.company_id else Q()
    known = Contact.objects.filter(there | Q(deal_roles__deal=quote.deal_id) | Q(pk=quote.contact_id))
    return Contact.objects.visible_to(reach).filter(pk__in=known.values("pk")).order_by("name")
