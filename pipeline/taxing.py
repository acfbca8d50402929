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
    return _write_unit(Unit(position=_next_place(Unit)), fields, by)


@transaction.atomic
def revise_unit(unit: Unit, *, by: User | None, **fields: Any) -> Unit:
    return _write_unit(Unit.objects.select_for_update().get(pk=unit.pk), fields, by)


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
def create_tax_class(*, taxes: Sequence[TaxRow] = (), by: User | None, **fields: Any) -> TaxClass:
    """What is taxed alike: `name`, and any other of CLASS_FIELDS."""
    return _write_class(TaxClass(position=_next_place(TaxClass)), taxes, fields, by)


@transaction.atomic
def revise_tax_class(
    tax_class: TaxClass, *, taxes: Sequence[TaxRow] | None = None, by: User | None, **fields: Any
) -> TaxClass:
    """`taxes` are all it has from now on, in the order they are worked out: a compound one is upon those before it."""
    return _write_class(TaxClass.objects.select_for_update().get(pk=tax_class.pk), taxes, fields, by)


def _write_class(
    tax_class: TaxClass, taxes: Sequence[TaxRow] | None, fields: dict[str, Any], by: User | None
) -> TaxClass:
    is_new = tax_class.pk is None
    only_known(CLASS_FIELDS, fields)
    changed = apply(tax_class, fields)
    check(tax_class)
    _check_name(tax_class)
    _check_class(tax_class)
    tax_class.save()
    changed |= _replace_taxes(tax_class, taxes)
    if is_new or changed:
        data: dict[str, Any] = {"name": tax_class.name} | ({} if is_new else {"changed": changed})
        kind = "taxclass.created" if is_new else "taxclass.revised"
        events.record([events.event(kind, tax_class, by=by, is_public=True, data=data)])
    return tax_class


def _replace_taxes(tax_class: TaxClass, taxes: Sequence[TaxRow] | None) -> dict[str, list[Any]]:
    known = list(tax_class.taxes.all())
    if taxes is None:
        _check_taxes(tax_class, known)  # its kind may be another
        return {}
    rows = [Tax(tax_class=tax_class, position=place, **tax._asdict()) for place, tax in enumerate(taxes)]
    _check_taxes(tax_class, rows)
    before, after = [_plain(tax) for tax in known], [_plain(tax) for tax in rows]
    if before == after:
        return {}
    tax_class.taxes.all().delete()
    Tax.objects.bulk_create(rows)
    return {"taxes": [before, after]}


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


def _write_unit(unit: Unit, fields: dict[str, Any], by: User | None) -> Unit:
    is_new = unit.pk is None
    only_known(UNIT_FIELDS, fields)
    if not (changed := apply(unit, _tidy(fields))) and not is_new:
        return unit
    _check_unit(unit)
    _check_name(unit)
    check(unit)
    unit.save()
    data: dict[str, Any] = {"name": unit.name} | ({} if is_new else {"changed": changed})
    kind = "unit.created" if is_new else "unit.revised"
    events.record([events.event(kind, unit, by=by, is_public=True, data=data)])
    return unit


def _check_name(record: Unit | TaxClass) -> None:
    if type(record).objects.filter(name__iexact=record.name).exclude(pk=record.pk).exists():
        raise Refused(name=_("There is one of that name."))


def _tidy(fields: dict[str, Any]) -> dict[str, Any]:
    if "code" in fields:
        fields = fields | {"code": fields["code"].strip().upper()}
    if "names" not in fields:
        return fields
    names = translated({language: {"name": text} for language, text in (fields["names"] or {}).items()}, {"name": 40})
    return fields | {"names": {language: words["name"] for language, words in names.items()}}


def _check_unit(unit: Unit) -> None:
    if not CODE.fullmatch(unit.code):
        raise Refused(code=_("Codes of UN/ECE recommendation 20 are two or three letters and digits: C62, HUR, DAY."))


def _check_class(tax_class: TaxClass) -> None:
    if tax_class.kind not in (TaxKind.STANDARD, TaxKind.ZERO) and not tax_class.reason:
        raise Refused(reason=_("An invoice must say why there is no tax: give the reason."))
    if tax_class.is_default and not tax_class.is_active:
        raise Refused(is_active=_("The one that is taken when none is named stays in use."))
    if tax_class.is_default:  # the one before steps back
        TaxClass.objects.filter(is_default=True).exclude(pk=tax_class.pk).update(is_default=False)


def _next_place(model: type[Unit] | type[TaxClass]) -> int:
    last: int | None = model.objects.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1
