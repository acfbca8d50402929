"""An acceptance that was a mistake is taken back. Its record stays and says so; what came of it is undone."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access import reach_of
from crm.errors import Refused
from crm.models import User, Workspace
from pipeline.actions import reopen_deal
from pipeline.activities import drop_activity
from pipeline.models import Activity, Outcome
from quotes.actions.approving import is_above
from quotes.actions.invoicing import drop_invoice
from quotes.actions.rules import expect_same, holding, note
from quotes.actions.saving import write_lines
from quotes.actions.syncing import ENDED, sync, unsync
from quotes.lines import rows_of
from quotes.models import OPEN, Acceptance, Quote, Retraction, Status

LONGEST_REASON = 500


def retract_acceptance(quote: Quote, *, reason: str, lock: int | None = None, by: User) -> Quote:
    """The quote is with the customer again, or expired; the deal is open again if this acceptance won it.

    The deal's other quotes are back too, drafts of its invoice are gone, and what was planned for a won deal is
    cancelled. Not once something came of it that cannot be undone. Raises Refused or Conflict.
    """
    if not (reason := reason.strip()):
        raise Refused(reason=_("Say why."))
    if len(reason) > LONGEST_REASON:
        raise Refused(reason=_("At most %(most)d characters.") % {"most": LONGEST_REASON})
    with holding(quote) as (quote, _ledger):
        expect_same(quote, lock)
        accepted = _retractable(quote, by)
        Retraction.objects.create(acceptance=accepted, reason=reason, by=by)
        for draft in quote.invoices.filter(issued_at=None):
            drop_invoice(draft, by=by)
        _offer_again(quote)
        lines, chosen = rows_of(quote), accepted.before.get("chosen", accepted.chosen)
        for line in lines:
            line.is_chosen = line.pk in chosen
        write_lines(quote, lines)
        note(quote, "acceptance_retracted", by=by, name=accepted.name, reason=reason)
        _bring_back_others(quote, accepted, by)
        _reopen(quote, accepted, by)
        _let_deal_follow_as_before(quote, accepted, by)
    return quote


def _retractable(quote: Quote, by: User) -> Acceptance:
    """The acceptance that stands, if nothing came of it that cannot be undone."""
    if not is_above(reach_of(by), quote):
        raise Refused(status=_("Only a manager or an administrator takes an acceptance back."))
    if (accepted := quote.acceptance) is None:
        raise Refused(status=_("Nobody has accepted this quote."))
    if quote.deal.archived_at:
        raise Refused(status=_("Its deal is deleted: restore that first."))
    if issued := quote.invoices.exclude(issued_at=None).order_by("pk").first():
        raise Refused(status=_("Invoice %(number)s was issued: credit it instead.") % {"number": issued})
    steps = Activity.objects.filter(delivery_step__delivery__deal=quote.deal_id, in_checklist=True)
    if steps.filter(done_at__gte=accepted.accepted_at).exists():
        raise Refused(status=_("Something of it was delivered already."))
    return accepted


def _offer_again(quote: Quote) -> None:
    """As it was sent: to be answered, or too late for that."""
    if quote.valid_until < Workspace.current().today:
        quote.status, quote.answered_at = Status.EXPIRED, timezone.now()
    else:
        quote.status, quote.answered_at = Status.VIEWED if quote.viewed_at else Status.SENT, None


def _bring_back_others(quote: Quote, accepted: Acceptance, by: User) -> None:
    """What was set aside for this one."""
    states: dict[str, Any] = accepted.before.get("set_aside", {})
    others = quote.deal.quotes.select_for_update(of=["self"]).filter(pk__in=states, status=Status.CANCELLED)
    for other in others.order_by("pk"):
        other.deal, other.status = quote.deal, states[str(other.pk)]
        if other.status in OPEN:
            _offer_again(other)
        note(other, "offered_again", by=by)


def _reopen(quote: Quote, accepted: Acceptance, by: User) -> None:
    """In the stage it was won from, unless somebody opened it since; and nobody is to win it any more."""
    won, changes = accepted.before.get("won"), quote.deal.changes.exclude(outcome=Outcome.WON)
    if won and quote.deal.is_won and not changes.filter(version__gt=won).exists():
        quote.deal = reopen_deal(quote.deal, by=by)
    task = Activity.objects.filter(pk=accepted.before.get("task"), done_at=None).first()
    if task:
        drop_activity(task, by=by)


def _let_deal_follow_as_before(quote: Quote, accepted: Acceptance, by: User) -> None:
    followed = accepted.before.get("followed", quote.pk)
    other = quote.deal.quotes.filter(pk=followed).exclude(status__in=ENDED).select_related("currency").first()
    if other is None:
        unsync(quote, by=by)
    else:
        other.deal = quote.deal
        sync(quote if other == quote else other, by=by)
