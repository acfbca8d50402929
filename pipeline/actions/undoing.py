"""Take back a change."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from contacts.models import Contact
from crm.errors import Conflict, Refused
from crm.models import User
from pipeline.actions.rules import LINE_COLUMNS, plain_line
from pipeline.ledger import FIELDS, SILENT, Ledger, writing
from pipeline.models import (
    Deal,
    DealChange,
    DealContact,
    DealLine,
    Outcome,
    Product,
)

Verb = DealChange.Verb


def undo_change(deal: Deal, *, version: int, by: User | None) -> Deal:
    """Take back the change that made the deal's `version`: a compensating change, with history of its own.

    Raises Conflict if anything has changed since, Refused if there is nothing to take back.
    """
    with writing() as ledger:
        deal = ledger.lock(deal)
        change = deal.changes.filter(version=version).select_related("by").first()
        if change is None or change.verb == Verb.OPENED:
            raise Refused(version=_("There is nothing to undo."))
        if deal.version != version:
            latest = deal.changes.order_by("-version").select_related("by").first()
            raise Conflict(
                _("%(who)s changed this deal since.") % {"who": (latest and latest.by) or _("Penstock")},
                current=deal,
                change=latest,
            )
        was_outcome, was_stage, was_owner, was_archived = deal.outcome, deal.stage_id, deal.owner_id, deal.archived_at
        _expect_still_there(ledger, change.was)
        also_was = _undo_related(deal, change.was)
        for name in change.was.keys() & set(FIELDS) - SILENT:
            setattr(deal, name, FIELDS[name].to_python(change.was[name]))
        if deal.outcome != was_outcome:
            verb = {Outcome.OPEN: Verb.REOPENED, Outcome.WON: Verb.WON, Outcome.LOST: Verb.LOST}[Outcome(deal.outcome)]
        elif deal.stage_id != was_stage:
            verb = Verb.MOVED
        elif deal.archived_at != was_archived:
            verb = Verb.ARCHIVED if deal.archived_at else Verb.RESTORED
        else:
            verb = Verb.HANDED_OVER if deal.owner_id != was_owner else Verb.REVISED
        ledger.note(deal, verb, by=by, **also_was)
    return deal


def _expect_still_there(ledger: Ledger, was: Mapping[str, Any]) -> None:
    """A stage, company or product may have been deleted since the deal let go of it."""
    wanted: list[tuple[type[Model], set[Any]]] = [
        (FIELDS[name].related_model, {was[name]})
        for name in was.keys() & set(FIELDS)
        if FIELDS[name].is_relation and was[name] is not None
    ]
    wanted.append((Product, {line[0] for line in was.get("lines", [])}))
    for model, ids in wanted:
        if ids and model._default_manager.filter(pk__in=ids).count() < len(ids):
            raise Refused(version=_("What it was before no longer exists."))
    if "stage_id" in was:
        ledger.hold_stage(was["stage_id"])


def _undo_related(deal: Deal, was: Mapping[str, Any]) -> dict[str, Any]:
    also_was: dict[str, Any] = {}
    if "lines" in was:
        also_was["lines"] = [plain_line(line) for line in deal.lines.all()]
        deal.lines.all().delete()
        DealLine.objects.bulk_create(
            DealLine(deal=deal, position=position, **dict(zip(LINE_COLUMNS, map(str, line), strict=True)))
            for position, line in enumerate(was["lines"])
        )
    if "people" in was:
        also_was["people"] = [[link.contact_id, link.role] for link in deal.people.all()]
        deal.people.all().delete()
        roles = dict(was["people"])
        there = set(Contact.objects.filter(pk__in=roles).values_list("pk", flat=True))
        DealContact.objects.bulk_create(
            DealContact(deal=deal, contact_id=pk, role=role) for pk, role in roles.items() if pk in there
        )
    return also_was
