"""Fields that take exactly what the OpenAPI document says: no "12" for 12, no 1 for true, no "1e3".

Reading, money and percentages are text, so that no reader turns them into a binary float. Writing, a number will do.
"""

import re
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from rest_framework import serializers

from crm.custom.values import present
from crm.models import Currency
from crm.models.custom import flat
from crm.money import round_to
from crm.rest.lookup import Find, by_id

NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,10})?")
_digits: dict[str, int] = {}


# ── Writing as text ────────────────────────────────────────────────────────────────────────────────


def digits_of(currency: str) -> int:
    """Decimals of a currency. They do not change while a process runs; a new currency is looked up once."""
    if currency not in _digits:
        _digits.update(Currency.objects.values_list("code", "digits"))
    return _digits[currency]


def money(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else f"{amount:.{digits_of(currency)}f}"


def price(amount: Decimal | None, currency: str) -> str | None:
    """Of one thing: with the currency's decimals, and with three where there is a third."""
    if amount is None:
        return None
    digits = digits_of(currency)
    return f"{amount:.{digits}f}" if round_to(amount, digits) == amount else f"{amount:.3f}"


def percent(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"


def day(value: date | None) -> str | None:
    return None if value is None else value.isoformat()


def instant(value: datetime | None) -> str | None:
    if value is None:
        return None
    if value.tzinfo is not UTC:
        value = value.astimezone(UTC)
    return f"{value.replace(tzinfo=None).isoformat()}Z"


def custom(noun: str, values: dict[str, Any]) -> dict[str, Any]:
    """Custom fields as they are read: without the archived ones, money with its currency’s decimals."""
    return {
        key: {**value, "amount": money(Decimal(value["amount"]), value["currency"])} if type(value) is dict else value
        for key, value in present(noun, values).items()
    }


# ── Reading what was sent ──────────────────────────────────────────────────────────────────────────


class Text(serializers.CharField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Email(serializers.EmailField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class Choice(serializers.ChoiceField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return str(super().to_internal_value(data))


class Whole(serializers.IntegerField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 0, "max_value": 2**31 - 1} | kwargs)

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        return data


class Flag(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Day(serializers.DateField):
    def to_internal_value(self, value: Any) -> date:
        if not isinstance(value, str):
            self.fail("invalid", format="YYYY-MM-DD")
        return super().to_internal_value(value)


class Instant(serializers.DateTimeField):
    """With its offset from UTC: “2026-11-03T09:30:00+01:00”, or Z."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str) or not re.search(r"([zZ]|[+-]\d\d:\d\d)$", value):
            self.fail("invalid", format="YYYY-MM-DDThh:mm:ssZ")
        return super().to_internal_value(value)


class Amount(serializers.DecimalField):
    """Money. `currency` stands beside it; decimals as that currency has them."""

    default_error_messages = {"invalid": _("A number like 1234.50 is needed.")}

    def __init__(self, **kwargs: Any) -> None:
        usual: dict[str, Any] = {"max_digits": 18, "decimal_places": 3, "min_value": Decimal(0)}
        super().__init__(**usual | kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        text = data if isinstance(data, str) else repr(data)
        if isinstance(data, bool) or not NUMBER.fullmatch(text):
            self.fail("invalid")
        return super().to_internal_value(text)


class Percent(Amount):
    """From 0 to 100."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_digits": 5, "decimal_places": 2, "max_value": Decimal(100)} | kwargs)


class Ref(serializers.IntegerField):
    """The id of a record that the caller may see; what the caller may not see does not exist."""

    default_error_messages = {"does_not_exist": _("There is no such record.")}

    def __init__(self, find: Find, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.find = find

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, bool) or not isinstance(data, int):
            self.fail("invalid")
        found: Model | None = by_id(self.find, self.context["reach"], data)
        if found is None:
            self.fail("does_not_exist")
        return found


class CurrencyCode(Text):
    default_error_messages = {"unknown": _("There is no such currency.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=3, max_length=3, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        code = super().to_internal_value(data)
        try:
            digits_of(code)
        except KeyError:
            self.fail("unknown")
        return code


class CustomValues(serializers.Field[Any, Any, Any, Any]):
    """Custom fields by key. Sent, those that are named change and null takes a value away; crm.custom checks each."""

    default_error_messages = {"invalid": _("An object of keys and values is needed.")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, help_text="The company’s own fields, by key: see /custom-fields/.", **kwargs)

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict):
            self.fail("invalid")
        return flat(data)

    def to_representation(self, value: Any) -> Any:
        return value


class Words(serializers.Field[Any, Any, Any, Any]):
    """Texts by language and kind. Sent, they replace all; the verb checks each."""

    default_error_messages = {"invalid": _("An object of languages, each an object of texts, is needed.")}

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        if not isinstance(data, dict) or not all(
            isinstance(words, dict) and all(isinstance(text, str) and "\x00" not in text for text in words.values())
            for words in data.values()
        ):
            self.fail("invalid")
        return data

    def to_representation(self, value: Any) -> Any:
        return value


class Expandable(serializers.Field[Any, Any, Any, Any]):
    """The id of a related record, or with `?expand=` the record itself."""

    def __init__(
        self, shape: type[serializers.BaseSerializer[Any]], *, allow_null: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(read_only=True, allow_null=allow_null, **kwargs)
        self.shape = shape


# ── As the OpenAPI document has them ───────────────────────────────────────────────────────────────


class AmountSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = Amount
    match_subclasses = True

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        if direction == "response":
            return {"type": "string", "format": "decimal", "examples": ["1234.50"]}
        least, most = self.target.min_value, self.target.max_value
        number: dict[str, Any] = {"type": "number"}
        if least is not None:
            number["minimum"] = int(least)
        if most is not None:
            number["maximum"] = int(most)
        text = {"type": "string", "format": "decimal", "pattern": r"^-?[0-9]{1,18}(\.[0-9]{1,10})?$"}
        return {"anyOf": [text, number]}


class WordsSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = Words

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        texts = {"type": "object", "additionalProperties": {"type": "string"}}
        return {"type": "object", "additionalProperties": texts}


class CustomValuesSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = CustomValues

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        money = {
            "type": "object",
            "properties": {"amount": {"type": "string"}, "currency": {"type": "string"}},
            "required": ["amount", "currency"],
            "additionalProperties": False,
        }
        texts = {"type": "array", "items": {"type": "string"}}
        kinds = [{"type": "string"}, {"type": "boolean"}, {"type": "integer", "format": "int64"}, money, texts]
        if direction == "request":
            kinds += [{"type": "number"}, {"type": "null"}]
        return {"type": "object", "additionalProperties": {"anyOf": kinds}}


class RefSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = Ref

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        return {"type": "integer", "format": "int64"}


class ExpandableSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = Expandable

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        shape = auto_schema.resolve_serializer(self.target.shape, direction)
        return {"oneOf": [{"type": "integer", "format": "int64"}, shape.ref]}


class ChoiceSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    target_class = Choice

    def map_serializer_field(self, auto_schema: Any, direction: str) -> dict[str, Any]:
        known = list(self.target.choices)
        return {"type": "string", "enum": ["", *known] if self.target.allow_blank else known}
