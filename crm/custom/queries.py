"""Filter and sort records by their custom fields.

Equal values are found through the GIN index on `custom`. Ranges and order go by type: numbers as numbers, days as days,
money by what it is worth in the base currency today, without a rate in no range.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, CharField, DateField, DecimalField, Func, IntegerField, Q, Value, When
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce, Lower
from django.db.models.lookups import Exact, GreaterThanOrEqual, IContains, LessThan

from crm.custom.kinds import KINDS, number
from crm.models import CustomField, CustomKind, ExchangeRate, Workspace, custom_field

NONE = "none"  # stands for no value
LEAST = Decimal("-1e30")
LONG_AGO = date(1, 1, 1)
NAME_OF = "(SELECT lower(name) FROM crm_user WHERE id = (%(expressions)s)::bigint)"
NUMERIC: "DecimalField[Any, Any]" = DecimalField(max_digits=60, decimal_places=20)


class Asked(NamedTuple):
    """The field that a parameter of an address is about, and what it asks of it: "", "from" or "before"."""

    field: CustomField
    asks: str


def field_of(noun: str, parameter: str) -> Asked | None:
    if not parameter.startswith("cf_"):
        return None
    key, asks = parameter.removeprefix("cf_"), ""
    for end in ("from", "before"):
        if key.endswith(f"_{end}"):
            key, asks = key.removesuffix(f"_{end}"), end
    field = custom_field(noun, key)
    if field is None or (asks and not KINDS[field.kind].has_range):
        return None
    return Asked(field, asks)


def narrow(noun: str, parameter: str, values: Sequence[str]) -> Q:
    """Which records an address asks for. Raises ValueError for what is not understood."""
    if (found := field_of(noun, parameter)) is None:
        raise ValueError(parameter)
    field, asks = found
    if asks:
        return _range(field, asks, values[-1])
    wanted = Q(pk__in=[])
    for value in values:
        wanted |= ~Q(custom__has_key=field.key) if value == NONE else _having(field, value)
    return wanted


def _having(field: CustomField, text: str) -> Q:
    """Texts and links that contain it; of everything else what is equal."""
    if field.kind in {CustomKind.TEXT, CustomKind.LINK}:
        return Q(IContains(KeyTextTransform(field.key, "custom"), text.strip()[:200]))
    return Q(custom__contains={field.key: KINDS[field.kind].read(text, field.labels)})


def _range(field: CustomField, asks: str, text: str) -> Q:
    bound = date.fromisoformat(text) if field.kind == CustomKind.DATE else Decimal(number(text))
    compare = GreaterThanOrEqual if asks == "from" else LessThan
    return Q(compare(typed(field), bound))


def typed(field: CustomField) -> Any:
    """The value as SQL compares it; NULL if there is none."""
    text = KeyTextTransform(field.key, "custom")
    match field.kind:
        case CustomKind.NUMBER:
            return Cast(text, NUMERIC)
        case CustomKind.MONEY:
            return _worth(field)
        case CustomKind.DATE:
            return Cast(text, DateField())
        case CustomKind.CHOICE:
            return _place(field, text)
        case CustomKind.CHOICES:
            return _place(field, KeyTextTransform(0, KeyTransform(field.key, "custom")))
        case CustomKind.PERSON:
            return Func(text, template=NAME_OF, output_field=CharField())
    return Lower(text)


def sorted_by(field: CustomField) -> Any:
    """What records are put in order by: never NULL, what has no value is the least."""
    match field.kind:
        case CustomKind.NUMBER | CustomKind.MONEY:
            least: Any = Value(LEAST, output_field=NUMERIC)
        case CustomKind.DATE:
            least = Value(LONG_AGO, output_field=DateField())
        case CustomKind.CHOICE | CustomKind.CHOICES:
            least = Value(-1)
        case _:
            least = Value("")
    return Coalesce(typed(field), least)


def _worth(field: CustomField) -> Any:
    workspace = Workspace.current()
    rates = ExchangeRate.rates_on(workspace.today, workspace.currency_id)
    money = KeyTransform(field.key, "custom")
    amount, currency = Cast(KeyTextTransform("amount", money), NUMERIC), KeyTextTransform("currency", money)
    worth = {rates.base: Decimal(1), **rates.worth}
    cases = [When(Exact(currency, code), then=amount * Value(rate)) for code, rate in worth.items()]
    return Case(*cases, default=None, output_field=NUMERIC)


def _place(field: CustomField, chosen: Any) -> Any:
    """Choices go in the order they are offered in."""
    cases = [When(Exact(chosen, choice["key"]), then=place) for place, choice in enumerate(field.choices)]
    return Case(*cases, default=None, output_field=IntegerField())
