"""What a deal had been, put back."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from contacts.models import Contact
from crm.custom.values import is_custom
from crm.custom.values import put_back as put_values_back
from crm.errors import Refused
from pipeline.actions.rules import LINE_COLUMNS, plain_line, plain_link
from pipeline.ledger import FIELDS, SILENT, Ledger
from pipeline.models import Deal, DealContact, DealLine, Product, Stage


def put_back(deal: Deal, was: Mapping[str, Any]) -> None:
    """The columns as they were."""
    for name in was.keys() & set(FIELDS) - SILENT:
        setattr(deal, name, FIELDS[name].to_python(was[name]))
    deal.custom = put_values_back("deal", deal.custom, {name: old for name, old in was.items() if is_custom(name)})
    if deal.lost_from_id and not Stage.objects.filter(pk=deal.lost_from_id).exists():
        deal.lost_from = None


def expect_still_there(ledger: Ledger, was: Mapping[str, Any]) -> None:
    """A stage, company or product may have been deleted since the deal let go of it."""
    for name in was.keys() & set(FIELDS) - {"lost_from_id"}:
        _expect_all(FIELDS[name].related_model, {was[name]} - {None})
    _expect_all(Product, {line[0] for line in was.get("lines", [])})
    if "stage_id" in was:
        ledger.hold_stage(was["stage_id"])


def _expect_all(model: type[Model] | None, ids: set[Any]) -> None:
    if model and ids and model._default_manager.filter(pk__in=ids).count() < len(ids):
        raise Refused(version=_("What it was before no longer exists."))


def undo_related(ledger: Ledger, deal: Deal, was: Mapping[str, Any]) -> dict[str, Any]:
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
