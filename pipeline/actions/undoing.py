"""Take back a change."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from contacts.models import Contact
from crm.custom.values import is_custom, put_back
from crm.errors import Conflict, Refused
from crm.models import User
from pipeline.actions.rules import LINE_COLUMNS, plain_line, plain_link
from pipeline.ledger import FIELDS, SILENT, Ledger, writing
from pipeline.models import (
    Deal,
    DealChange,
    DealContact,
    DealLine,
    Outcome,
    Product,
    Stage,
)

Verb = DealChange.Verb


def undo_change(deal: Deal, *, version: int, first: int | None = None, by: User | None) -> Deal:
    """Take back the change that made the deal's `version`, and with `first` all from that one on: a compensating
    change, with history of its own.

    Raises Conflict if the deal differs from how the change left it, Refused if there is nothing to take back.
    """
    with writing() as ledger:
        deal = ledger.lock(deal)
        changes = deal.changes.filter(version__range=(first or version, version)).order_by("-version", "-id")
        was = _was_before(changes)
        if not changes or Verb.OPENED in {change.verb for change in changes}:
            raise Refused(version=_("There is nothing to undo."))
        if _differs_since(ledger, deal, version):
            latest = deal.changes.order_by("-version").select_related("by").first()
            raise Conflict(
                _("%(who)s changed this deal since.") % {"who": (latest and latest.by) or _("Penstock")},
                current=deal,
                change=latest,
            )
        was_outcome, was_stage, was_owner, was_archived = deal.outcome, deal.stage_id, deal.owner_id, deal.archived_at
        _expect_still_there(ledger, was)
        also_was = _undo_related(ledger, deal, was)
        for name in was.keys() & set(FIELDS) - SILENT:
            setattr(deal, name, FIELDS[name].to_python(was[name]))
        deal.custom = put_back("deal", deal.custom, {name: old for name, old in was.items() if is_custom(name)})
        if deal.lost_from_id and not Stage.objects.filter(pk=deal.lost_from_id).exists():
            deal.lost_from = None
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


def _expect_still_there(ledger: Ledger, was: Mapping[str, Any]) -> None:
    """A stage, company or product may have been deleted since the deal let go of it."""
    for name in was.keys() & set(FIELDS) - {"lost_from_id"}:
        _expect_all(FIELDS[name].related_model, {was[name]} - {None})
    _expect_all(Product, {line[0] for line in was.get("lines", [])})
    if "stage_id" in was:
        ledger.hold_stage(was["stage_id"])


def _expect_all(model: type[Model] | None, ids: set[Any]) -> None:
    if model and ids and model._default_manager.filter(pk__in=ids).count() < len(ids):
        raise Refused(version=_("What it was before no longer exists."))


def _undo_related(ledger: Ledger, deal: Deal, was: Mapping[str, Any]) -> dict[str, Any]:
    also_was: dict[str, Any] = {}
    if "lines" in was:
        also_was["lines"] = [plain_line(line) for line in ledger.related(DealLine, deal)]
        values = [dict(zip(LINE_COLUMNS, [line[0], *map(Decimal, line[1:])], strict=True)) for line in was["lines"]]
        lines = [DealLine(deal=deal, position=position, **line) for position, line in enumerate(values)]
        ledger.relate(DealLine, deal, lines)
    if "people" in was:
        also_was["people"] = [plain_link(link) for link in ledger.related(DealContact, deal)]
        roles = dict(was["people"])
        there = set(Contact.objects.filter(pk__in=roles).values_list("pk", flat=True))
        links = [DealContact(deal=deal, contact_id=pk, role=role) for pk, role in roles.items() if pk in there]
        ledger.relate(DealContact, deal, links)
    return also_was
