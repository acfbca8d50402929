"""What a row about a unit, a tax class or a tax means."""

from collections.abc import Mapping
from typing import Any

from crm.imports.mapping import Field
from crm.imports.rows import Action, Row
from crm.imports.run import Kind
from pipeline.imports.catalogue import put, tax_classes, units
from pipeline.imports.tariffs import Together
from pipeline.models import LANGUAGES, TaxClass, Unit
from pipeline.taxing import TaxRow, create_tax_class, create_unit, revise_tax_class, revise_unit

NAMES = {f"name_{language}": language for language, _name in LANGUAGES[1:]}


class Units(Kind):
    """What products are counted in."""

    name, noun = "units", "unit"
    fields = {"name": Field(is_needed=True), "code": Field(), **{name: Field() for name in NAMES}}
    keys = ("name",)

    def write_row(self, row: Row) -> Action:
        facts = dict(row.values)
        if "code" in facts:
            facts["code"] = facts["code"].upper()
        unit = Unit.objects.filter(name=facts["name"]).first()
        if names := {NAMES[name]: facts.pop(name) for name in NAMES if name in facts}:
            facts["names"] = (unit.names if unit else {}) | names
        return put(units(self.run), unit, create_unit, revise_unit, by=self.by, **facts)


class TaxClasses(Kind):
    """What is taxed alike, without its taxes."""

    name, noun = "tax_classes", "tax class"
    fields = {
        "name": Field(is_needed=True),
        "kind": Field(),
        "reason": Field(),
        "is_default": Field("yes"),
        "is_active": Field("yes"),
    }
    keys = ("name",)

    def write_row(self, row: Row) -> Action:
        facts = dict(row.values)
        if "kind" in facts:
            facts["kind"] = facts["kind"].upper()
        known = tax_classes(self.run)
        return put(known, known.get(facts["name"]), create_tax_class, revise_tax_class, by=self.by, **facts)


class Taxes(Together[TaxClass, Mapping[str, Any]]):
    """A tax of a class, known by its name and first day. Those that no row names stay, in their order."""

    name, noun = "taxes", "tax"
    fields = {
        "tax_class": Field(is_needed=True),
        "name": Field(is_needed=True),
        "rate": Field("number", is_needed=True),
        "is_compound": Field("yes"),
        "starts_on": Field("day"),
        "ends_on": Field("day"),
    }

    def read(self, row: Row) -> tuple[TaxClass, Mapping[str, Any]]:
        facts = dict(row.values)
        tax_class = tax_classes(self.run).find(facts.pop("tax_class"))
        row.name = f"{facts['name']} in {tax_class}"
        self.say(row, tax_class.pk, _key(facts))
        return tax_class, facts

    def set(self, tax_class: TaxClass, rows: Mapping[Row, Mapping[str, Any]]) -> dict[Row, Action]:
        taxes = [TaxRow(*values) for values in tax_class.taxes.values_list(*TaxRow._fields)]
        before = {(tax.name, tax.starts_on): tax for tax in taxes}
        after = dict(before)
        for facts in rows.values():
            there = after.get(_key(facts))
            after[_key(facts)] = there._replace(**facts) if there else TaxRow(**facts)
        revise_tax_class(tax_class, taxes=list(after.values()), by=self.by)
        return {row: _became(before.get(_key(facts)), after[_key(facts)]) for row, facts in rows.items()}


def _key(tax: Mapping[str, Any]) -> tuple[Any, Any]:
    return tax["name"], tax.get("starts_on")


def _became(before: TaxRow | None, after: TaxRow) -> Action:
    if before is None:
        return Action.CREATED
    return Action.UNCHANGED if before == after else Action.UPDATED
