"""A custom field of each kind, and values to put into them."""

from datetime import date
from decimal import Decimal
from typing import Any

from crm.custom.actions import create_custom_field
from crm.models import CustomField, CustomKind, User

CHOICES = ["Small", "Large", "Huge"]
SAMPLES: dict[str, list[Any]] = {  # as a verb takes them
    "text": ["Blue", "green", "Ζέφυρος", 'a "quoted" % _ text'],
    "number": [Decimal(0), Decimal("-2.5"), Decimal(1000), Decimal("0.0001")],
    "money": [("0", "EUR"), ("1200.5", "USD"), ("1000", "EUR"), ("999.99", "EUR")],
    "date": [date(2026, 1, 31), date(1999, 12, 31), date(2030, 6, 1)],
    "choice": ["small", "large", "huge"],
    "choices": [["small"], ["huge", "small"], ["large"]],
    "link": ["https://example.com/a", "http://b.example"],
    "yes_no": [True, False],
}


def custom_field(kind: str, noun: str = "deal", key: str = "", by: User | None = None, **fields: Any) -> CustomField:
    choices = CHOICES if kind in {CustomKind.CHOICE, CustomKind.CHOICES} else []
    return create_custom_field(
        **{"noun": noun, "label": f"The {kind}", "kind": kind, "key": key or kind, "choices": choices, "by": by}
        | fields
    )


def one_of_each(noun: str = "deal") -> dict[str, CustomField]:
    return {kind: custom_field(kind, noun) for kind in CustomKind.values}


def custom(**values: Any) -> dict[str, Any]:
    """As the verbs take them: `custom(seats=5)` is `{"custom.seats": 5}`."""
    return {f"custom.{key}": value for key, value in values.items()}
