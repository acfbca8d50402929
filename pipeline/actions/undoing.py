"""Take back a change."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from crm.errors import Conflict, Refused
from crm.models import User
from pipeline.actions.following import expect_not_followed
from pipeline.actions.merging import unmerge_deal
from pipeline.actions.recovering import expect_still_there, put_back, undo_related
from pipeline.actions.rules import plain_line, plain_link
from pipeline.ledger import FIELDS, Ledger, writing
from pipeline.models import Deal, DealChange, DealContact, DealLine, Outcome

Verb = DealChange.Verb
FINAL = {Verb.OPENED, Verb.CLONED, Verb.UNMERGED, Verb.NOTED}


def can_be_undone(change: DealChange) -> bool:
    """Whether a deal's newest change is of a kind that can be taken back."""
    parted = change.verb == Verb.RESTORED and "merged_into_id" in change.was
    return change.verb not in FINAL and not parted


def undo_change(deal: Deal, *, version: int, first: int | None = None, by: User | None) -> Deal:
    """Take back the change that made the deal's `version`, and with `first` all from that one on: a compensating
    change, with history of its own.

    Raises Conflict if the deal differs from how the change left it, Refused if there is nothing to take back.
    """
    with writing() as ledger:
        deal = ledger.lock(deal)
        changes = deal.changes.filter(version__range=(first or version, version)).order_by("-version", "-id")
        was = _was_before(changes)
        if not changes or not all(can_be_undone(change) for change in changes):
            raise Refused(version=_("There is nothing to undo."))
        if _differs_since(ledger, deal, version):
            latest = deal.changes.order_by("-version").select_related("by").first()
            raise Conflict(
                _("%(who)s changed this deal since.") % {"who": (latest and latest.by) or _("Penstock")},
                current=deal,
                change=latest,
            )
        if "merged" in was:
            unmerge_deal(Deal.objects.get(pk=was["merged"][0]), by=by)
        elif "merged_into_id" in was:
            unmerge_deal(deal, by=by)
        else:
            _put_back(ledger, deal, was, by)
    return deal


def _put_back(ledger: Ledger, deal: Deal, was: dict[str, Any], by: User | None) -> None:
    expect_not_followed(deal, was)
    was_outcome, was_stage, was_owner, was_archived = deal.outcome, deal.stage_id, deal.owner_id, deal.archived_at
    expect_still_there(ledger, was)
    also_was = undo_related(ledger, deal, was)
    put_back(deal, was)
    if deal.outcome != was_outcome:
        verb = {Outcome.OPEN: Verb.REOPENED, Outcome.WON: Verb.WON, Outcome.LOST: Verb.LOST}[Outcome(deal.outcome)]
    elif deal.stage_id != was_stage:
        verb = Verb.MOVED
    elif deal.archived_at != was_archived:
        verb = Verb.ARCHIVED if deal.archived_at else Verb.RESTORED
    else:
        verb = Verb.HANDED_OVER if deal.owner_id != was_owner else Verb.REVISED
    ledger.note(deal, verb, by=by, **also_was)


def _was_before(changes: Iterable[DealChange]) -> dict[str, Any]:
    """What changes, the newest first, have replaced: the older one knows what was before both."""
    was: dict[str, Any] = {}
    for change in changes:
        was |= change.was
    return was


def _differs_since(ledger: Ledger, deal: Deal, version: int) -> bool:
    """Whether anything is other than it was then. What was changed and taken back since is not."""
    if deal.version == version:
        return False
    was = _was_before(deal.changes.filter(version__gt=version).order_by("-version", "-id"))
    now: dict[str, Any] = {name: deal.__dict__[name] for name in was.keys() & set(FIELDS)}
    if "lines" in was:
        now["lines"] = [plain_line(line) for line in ledger.related(DealLine, deal)]
    if "people" in was:
        now["people"] = [plain_link(link) for link in ledger.related(DealContact, deal)]
    return now != {name: FIELDS[name].to_python(value) if name in FIELDS else value for name, value in was.items()}
