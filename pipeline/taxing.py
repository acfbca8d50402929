"""The verbs of units and of taxes. Quotes and invoices keep the words and rates that they were given."""

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max
from django.db.models.deletion import ProtectedError
from django.utils.translation import gettext as _

from crm import events
from crm.changes import apply, check
from crm.errors import Refused
from crm.models import User
from pipeline.catalogue import only_known, translated
from pipeline.models import Tax, TaxClass, TaxKind, Unit

UNIT_FIELDS = {"name", "code", "names"}
CLASS_FIELDS = {"name", "kind", "reason", "is_default", "is_active"}
CODE = re.compile(r"[A-Z0-9]{2,3}")


class TaxRow(NamedTuple):
    """A tax of a class, from `starts_on` to the day before `ends_on`."""

    name: str
    rate: Decimal
    is_compound: bool = False
    starts_on: date | None = None
    ends_on: date | None = None


# ── Units ──────────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_unit(*, by: User | None, **fields: Any) -> Unit:
    """Something to count in: `name`, `code` (UN/ECE recommendation 20), `names` by language."""
    return _write(Unit(position=_next_place(Unit)), UNIT_FIELDS, fields, by, "created")


@transaction.atomic
def revise_unit(unit: Unit, *, by: User | None, **fields: Any) -> Unit:
    return _write(Unit.objects.select_for_update().get(pk=unit.pk), UNIT_FIELDS, fields, by, "revised")


@transaction.atomic
def delete_unit(unit: Unit, *, by: User | None) -> None:
    """Refused while a product is counted in it."""
    event = events.event("unit.deleted", unit, by=by, is_public=True, data={"name": unit.name})
    try:
        unit.delete()
    except ProtectedError:
        raise Refused(**{"": _("Products are counted in it: give them another unit first.")}) from None
    events.record([event])


# ── Tax classes ────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def create_tax_class(*, by: User | None, **fields: Any) -> TaxClass:
    """What is taxed alike: `name`, and any other of CLASS_FIELDS."""
    return _write(TaxClass(position=_next_place(TaxClass)), CLASS_FIELDS, fields, by, "created")


@transaction.atomic
def revise_tax_class(tax_class: TaxClass, *, by: User | None, **fields: Any) -> TaxClass:
    found = TaxClass.objects.select_for_update().get(pk=tax_class.pk)
    return _write(found, CLASS_FIELDS, fields, by, "revised")


@transaction.atomic
def set_taxes(tax_class: TaxClass, taxes: Sequence[TaxRow], *, by: User | None) -> TaxClass:
    """All its taxes, in the order in which they are worked out: a compound one is upon those before it."""
    tax_class = TaxClass.objects.select_for_update().get(pk=tax_class.pk)
    rows = [Tax(tax_class=tax_class, position=place, **tax._asdict()) for place, tax in enumerate(taxes)]
    _check_taxes(tax_class, rows)
    before = [_plain(tax) for tax in tax_class.taxes.all()]
    tax_class.taxes.all().delete()
    Tax.objects.bulk_create(rows)
    if (after := [_plain(tax) for tax in rows]) != before:
        data = {"name": tax_class.name, "changed": {"taxes": [before, after]}}
        events.record([events.event("taxclass.revised", tax_class, by=by, is_public=True, data=data)])
    return tax_class


def _plain(tax: Tax) -> dict[str, Any]:
    starts_on, ends_on = (day and day.isoformat() for day in (tax.starts_on, tax.ends_on))
    return {
        "name": tax.name, "rate": f"{tax.rate:.4f}", "is_compound": tax.is_compound, "starts_on": starts_on,
        "ends_on": ends_on,
    }  # fmt: skip


def _check_taxes(tax_class: TaxClass, rows: Sequence[Tax]) -> None:
    for tax in rows:
        tax.name = tax.name.strip()
        try:
            check(tax)
        except Refused as refused:
            raise Refused(taxes=[text for texts in refused.errors.values() for text in texts]) from None
        if tax.starts_on and tax.ends_on and tax.ends_on <= tax.starts_on:
            raise Refused(taxes=_("%(tax)s ends before it begins.") % {"tax": tax})
    if tax_class.kind != TaxKind.STANDARD and any(tax.rate for tax in rows):
        raise Refused(taxes=_("“%(kind)s” has no rate above 0.") % {"kind": tax_class.get_kind_display()})
    for one, other in combinations(rows, 2):
        if one.name.casefold() == other.name.casefold() and _meet(one, other):
            raise Refused(
                taxes=_("%(one)s and %(other)s are in force at the same time.") % {"one": one, "other": other}
            )


def _meet(one: Tax, other: Tax) -> bool:
    begun, ended = date.min, date.max
    return (one.starts_on or begun) < (other.ends_on or ended) and (other.starts_on or begun) < (one.ends_on or ended)


def _write[M: Unit | TaxClass](record: M, known: set[str], fields: dict[str, Any], by: User | None, verb: str) -> M:
    only_known(known, fields)
    if not (changed := apply(record, fields)) and record.pk:
        return record
    if isinstance(record, TaxClass):
        _check_class(record)
    else:
        _check_unit(record)
    if type(record).objects.filter(name__iexact=record.name).exclude(pk=record.pk).exists():
        raise Refused(name=_("There is one of that name."))
    check(record)
    record.save()
    data: dict[str, Any] = {"name": record.name} | ({"changed": changed} if verb == "revised" else {})
    kind = f"{record._meta.model_name}.{verb}"
    events.record([events.event(kind, record, by=by, is_public=True, data=data)])
    return record


def _check_unit(unit: Unit) -> None:
    unit.code = unit.code.upper()
    if not CODE.fullmatch(unit.code):
        raise Refused(code=_("Codes of UN/ECE recommendation 20 are two or three letters and digits: C62, HUR, DAY."))
    names = translated({language: {"name": text} for language, text in (unit.names or {}).items()}, {"name": 40})
    unit.names = {language: words["name"] for language, words in names.items()}


def _check_class(tax_class: TaxClass) -> None:
    if tax_class.kind not in (TaxKind.STANDARD, TaxKind.ZERO) and not tax_class.reason:
        raise Refused(reason=_("An invoice must say why there is no tax: give the reason."))
    if tax_class.kind != TaxKind.STANDARD and tax_class.pk and tax_class.taxes.filter(rate__gt=0).exists():
        raise Refused(kind=_("It has taxes above 0: take them out first."))
    if tax_class.is_default and not tax_class.is_active:
        raise Refused(is_active=_("The one that is taken when none is named stays in use."))
    if tax_class.is_default:  # the one before steps back
        TaxClass.objects.filter(is_default=True).exclude(pk=tax_class.pk).update(is_default=False)


def _next_place(model: type[Unit] | type[TaxClass]) -> int:
    last: int | None = model.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1
