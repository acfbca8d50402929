"""A new version of a quote."""

from django.utils.translation import gettext as _

from crm.errors import Refused
from crm.models import User, Workspace
from quotes.actions.rules import holding, note
from quotes.actions.saving import write_lines
from quotes.lines import items_of, lines_of, rows_of
from quotes.models import Quote, Status

COPIED = (
    "deal", "number", "title", "company", "contact", "address", "language", "currency", "book", "includes_tax",
    "rounding", "payment_days", "introduction", "terms", "discount_kind", "discount",
)  # fmt: skip
REVISABLE = (Status.SENT, Status.VIEWED, Status.DECLINED, Status.EXPIRED, Status.SUPERSEDED, Status.CANCELLED)


def revise_quote(quote: Quote, *, by: User) -> Quote:
    """The next version, a draft with copies of the lines, valid as long from today. Sending it supersedes the old."""
    with holding(quote) as (quote, _ledger):
        versions = Quote.objects.filter(number=quote.number)
        newest = versions.order_by("-version").select_for_update()[0]
        if newest.status in (Status.DRAFT, Status.WAITING):
            raise Refused(status=_("There is a newer version already: %(quote)s.") % {"quote": newest})
        if quote.status not in REVISABLE or versions.filter(status=Status.ACCEPTED).exists():
            raise Refused(status=_("This quote was accepted and stays as it is."))
        today = Workspace.current().today
        new = Quote(**{name: getattr(quote, name) for name in COPIED}, replaces=newest, made_by=by)
        new.version = newest.version + 1
        new.quoted_on, new.valid_until = today, today + (quote.valid_until - quote.quoted_on)
        lines = lines_of(new, items_of(rows_of(quote), is_copy=True))
        new.save()
        write_lines(new, lines)
        note(new, "revised", by=by, replaces=quote.pk)
    return new
