"""Values of custom fields in the reader's words."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from babel.numbers import format_decimal
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from crm.custom.kinds import KINDS, BadValue
from crm.custom.queries import NONE, field_of
from crm.models import CustomField, CustomKind, User, custom_fields
from crm.templatetags.penstock import MINUS, day, locale, money

NEED_A_NAME = {CustomKind.NUMBER, CustomKind.MONEY, CustomKind.DATE}


class Shown(NamedTuple):
    """One field of one record."""

    field: CustomField
    text: str
    has_value: bool

    @property
    def said(self) -> str:
        """The text, of a link without what every link begins with and not more than fits."""
        return Truncator(self.text.partition("://")[2].rstrip("/")).chars(36) if self.url else self.text

    @property
    def brief(self) -> str:
        """In a column not more than fits."""
        return Truncator(self.said).chars(40)

    @property
    def url(self) -> str:
        """Where a link leads."""
        return self.text if self.has_value and self.field.kind == CustomKind.LINK else ""


class Wording:
    """For `fields` of many records: whoever they name is read in one statement, and only if a field names people."""

    def __init__(self, fields: Sequence[CustomField], records: Iterable[Mapping[str, Any]] | None) -> None:
        """Without `records` it is ready for any: it knows everybody."""
        self.fields = fields
        self.people: dict[int, str] = {}
        if naming := [field.key for field in fields if field.kind == CustomKind.PERSON]:
            people = User.objects.all()
            if records is not None:
                people = people.filter(pk__in={values[key] for values in records for key in naming if values.get(key)})
            self.people = dict(people.values_list("pk", "name"))

    def of(self, values: Mapping[str, Any]) -> list[Shown]:
        """Every field with its value, or –."""
        return [Shown(field, self.text(field, values.get(field.key)), field.key in values) for field in self.fields]

    def text(self, field: CustomField, value: Any) -> str:
        if value is None:
            return "–"
        try:
            return str(self._text(field, value))
        except (ArithmeticError, KeyError, TypeError, ValueError):  # history knows what is no value any more
            return str(value)

    def line(self, values: Mapping[str, Any]) -> str:
        """All values in one line, those that would say nothing by themselves with their name; a no is left out."""
        said = [(field, values[field.key]) for field in self.fields if field.key in values]
        return " · ".join(self._brief(field, value) for field, value in said if value is not False)

    def _brief(self, field: CustomField, value: Any) -> str:
        if field.kind == CustomKind.YES_NO:
            return field.label
        if field.kind in NEED_A_NAME:
            return _("%(field)s %(value)s") % {"field": field.label, "value": self.text(field, value)}
        return self.text(field, value)

    def change(self, name: str, old: Any, new: Any) -> tuple[str, str, str]:
        """What a change of the field `name` was about, and from what to what."""
        field = next(field for field in self.fields if field.name == name)
        return field.label, self.text(field, old), self.text(field, new)

    def _text(self, field: CustomField, value: Any) -> Any:
        match field.kind:
            case CustomKind.NUMBER:
                return format_decimal(Decimal(value), "#,##0.##########", locale=locale()).replace("-", MINUS)
            case CustomKind.MONEY:
                return money(Decimal(value["amount"]), value["currency"])
            case CustomKind.DATE:
                return day(date.fromisoformat(value), "ydMMM")
            case CustomKind.CHOICE:
                return field.labels.get(value, value)
            case CustomKind.CHOICES:
                return ", ".join(field.labels.get(key, key) for key in value)
            case CustomKind.PERSON:
                return self.people.get(value) or _("somebody")
            case CustomKind.YES_NO:
                return _("Yes") if value else _("No")
        return value


def shown_of(noun: str, values: Mapping[str, Any]) -> list[Shown]:
    """Every field in use of one record."""
    return Wording(custom_fields(noun), [values]).of(values)


# ── Filters in use ─────────────────────────────────────────────────────────────────────────────────


def filter_label(noun: str, parameter: str) -> str:
    """`?cf_renewal_from=2026-01-01` as a chip begins it: Renewal from."""
    if (found := field_of(noun, parameter)) is None:
        return parameter
    field, asks = found
    texts = {"from": _("%(field)s from"), "before": _("%(field)s before")}
    return texts[asks] % {"field": field.label} if asks else field.label


def filter_words(noun: str, parameter: str, values: Sequence[str]) -> str:
    if (found := field_of(noun, parameter)) is None:
        return ", ".join(values)
    field, _asks = found
    return ", ".join(_("none") if value == NONE else _wanted(field, value) for value in values)


def _wanted(field: CustomField, text: str) -> str:
    try:
        value = KINDS[field.kind].read(text, field.labels)
    except BadValue:
        return text
    if field.kind == CustomKind.MONEY and "currency" not in value:
        return text
    return Wording([field], [{field.key: value}]).text(field, value)
