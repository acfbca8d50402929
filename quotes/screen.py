"""What the page of a quote shows: the document, its lines and what they come to, its versions and its approval."""

from typing import Any

from django.http import QueryDict
from django.utils.functional import cached_property

from quotes.actions import limits_passed, may_decide, price_changes
from quotes.actions.approving import is_above
from quotes.actions.repricing import PriceChange
from quotes.actions.revising import REVISABLE
from quotes.actions.syncing import ENDED
from quotes.desk import Desk
from quotes.forms import QuoteForm
from quotes.lines import rows_of, taxed_otherwise
from quotes.models import Approval, LineItem, Quote, QuoteSettings, Sending, Status

MODES = ("language", "prices", "includes_tax")


class Screen(Desk[Quote]):
    noun, badge, has_options = "quote", "quotes/state.html", True
    texts_of = ("title", "contact", "address", "quoted_on", "rounding", "introduction", "terms")
    beside = ("valid_until", "payment_days", "discount")

    @property
    def quote(self) -> Quote:
        return self.document

    def form_of(self, data: QueryDict | None = None) -> QuoteForm:
        return QuoteForm(data, quote=self.quote, contacts=self.contacts)

    @cached_property
    def lines(self) -> list[LineItem]:
        return rows_of(self.quote)

    @property
    def modes(self) -> list[Any]:
        return [self.facts[name] for name in MODES]

    # ── What may be done ───────────────────────────────────────────────────────────────────────────

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

    @property
    def may_retract(self) -> bool:
        return self.quote.status == Status.ACCEPTED and is_above(self.reach, self.quote)

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
        return price_changes(self.quote, self.lines) if self.is_edited else []

    @property
    def untakable(self) -> str:
        """Why the book's prices cannot be taken."""
        return next(filter(None, (taxed_otherwise(self.quote, each.book) for each in self.price_changes)), "")

    @property
    def fallen_back(self) -> list[PriceChange]:
        """Prices that are not the quote's own book's."""
        return [each for each in self.price_changes if each.book != self.quote.book]
