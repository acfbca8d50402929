"""Orders of a column other than the one made by hand: `?sort=close`, turned round by `?sort=-close`.

A deal's place in an order is a text that sorts as the database does: it is what a page goes on behind (`after=`), and
by it the browser puts a card where it belongs.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import DateField, F, Q, QuerySet, Value
from django.db.models.functions import Coalesce, Collate
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as lazy

from crm.custom.queries import field_of, sorted_by
from crm.models import CustomKind, custom_fields
from crm.money import WIDE
from pipeline.models import BY_CLOSE, BY_TITLE, Deal
from pipeline.valuing import NUMERIC, Valuing

SHIFT = Decimal("1e31")  # added to numbers, so that those below 0 are texts in their order too
NO_DAY = Value(date(9999, 12, 31), output_field=DateField())  # behind every other


class Kind(NamedTuple):
    """How a value is written into a place, and read from it."""

    write: Callable[[Any], str]
    read: Callable[[str], Any]


DAY = Kind(date.isoformat, date.fromisoformat)
INSTANT = Kind(
    lambda at: at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
    lambda text: datetime.fromisoformat(text).replace(tzinfo=UTC),
)
NUMBER = Kind(lambda number: f"{WIDE.add(number, SHIFT):043.10f}", lambda text: WIDE.subtract(Decimal(text), SHIFT))
ID = Kind(lambda number: f"{number:020d}", int)
TEXT = Kind(str, str)


class Key(NamedTuple):
    kind: Kind
    expression: Callable[[Valuing], Any]


def _amount(valuing: Valuing) -> Any:
    return Coalesce(valuing.open_value(), Value(Decimal(0)), output_field=NUMERIC)


KEYS: dict[str, Key] = {
    "amount": Key(NUMBER, _amount),
    "close": Key(DAY, lambda valuing: BY_CLOSE),
    "step": Key(DAY, lambda valuing: Coalesce("next_step__due_on", NO_DAY)),
    "days": Key(INSTANT, lambda valuing: F("stage_since")),
    "newest": Key(ID, lambda valuing: F("pk")),
    "title": Key(TEXT, lambda valuing: BY_TITLE),
}
OF_CUSTOM = {
    CustomKind.NUMBER: NUMBER,
    CustomKind.MONEY: NUMBER,
    CustomKind.DATE: DAY,
    CustomKind.CHOICE: NUMBER,
    CustomKind.CHOICES: NUMBER,
}


def key_of(name: str) -> Key | None:
    """By a name of its own, or `cf_<key>` of a custom field."""
    asked = field_of("deal", name)
    if asked is None or asked.asks or asked.field.archived_at is not None:
        return KEYS.get(name)
    kind, expression = OF_CUSTOM.get(CustomKind(asked.field.kind), TEXT), sorted_by(asked.field)
    return Key(kind, lambda valuing: Collate(expression, "C") if kind is TEXT else expression)


TURNED = {"newest"}  # whose plain order is the descending one
CHOICES: list[tuple[str, Any]] = [
    ("", lazy("Manual order")),
    ("-amount", lazy("Largest first")),
    ("close", lazy("Closing soonest")),
    ("step", lazy("Next step due")),
    ("days", lazy("Longest in stage")),
    ("newest", lazy("Newest first")),
    ("title", lazy("Name")),
]


def choices() -> list[tuple[str, Any]]:
    """What is offered, with the company's own fields."""
    return [*CHOICES, *((field.parameter, field.label) for field in custom_fields("deal"))]


@dataclass(frozen=True)
class Sort:
    """`name` is empty for the order made by hand."""

    name: str
    is_turned: bool = False

    @classmethod
    def of(cls, text: str, *, default: str = "") -> "Sort":
        name = text.removeprefix("-")
        return cls(name, text.startswith("-")) if key_of(name) else cls(default)

    def __bool__(self) -> bool:
        return bool(self.name)

    def __str__(self) -> str:
        return f"-{self.name}" if self.is_turned else self.name

    @property
    def turned(self) -> "Sort":
        return Sort(self.name, not self.is_turned)

    @property
    def is_descending(self) -> bool:
        return bool(self) and self.is_turned != (self.name in TURNED)

    @cached_property
    def key(self) -> Key:
        return key_of(self.name) or KEYS["newest"]

    def applied(self, deals: QuerySet[Deal], valuing: Valuing) -> QuerySet[Deal]:
        """In order; `place` is what `place_of` reads."""
        if not self:
            return deals.annotate(place=F("rank")).order_by("rank", "id")
        sign = "-" if self.is_descending else ""
        return deals.annotate(place=self.key.expression(valuing)).order_by(f"{sign}place", f"{sign}id")

    def sorted(self, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return sorted(rows, key=lambda row: (row["place"], row["id"]), reverse=self.is_descending)

    def place_of(self, row: Any) -> str:
        if not self:
            return SafeString(row.get("place", ""))  # letters and digits: pipeline.ranking
        place = f"{self.key.kind.write(row['place'])} {row['id']:020d}"
        return place if self.key.kind is TEXT else SafeString(place)

    def below(self, deals: Any, place: str) -> QuerySet[Deal]:
        """Those behind a place, of deals that are `applied`. Raises ValueError for what is no place."""
        found: QuerySet[Deal]
        if not self:
            found = deals.filter(place__gt=place)
            return found
        text, _space, pk = place.rpartition(" ")
        value, beyond = self._read(text), "lt" if self.is_descending else "gt"
        behind = Q(**{f"place__{beyond}": value}) | Q(**{f"pk__{beyond}": int(pk)})
        found = deals.filter(behind, **{f"place__{beyond}e": value})
        return found

    def _read(self, text: str) -> Any:
        try:
            return self.key.kind.read(text)
        except ArithmeticError as error:  # what Decimal raises
            raise ValueError(text) from error
