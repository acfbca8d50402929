"""Forecast types: what is counted, of all deals or of one product family. No Django."""

from collections.abc import Iterable
from typing import Literal, NamedTuple, Self

Unit = Literal["revenue", "count"]
UNITS: tuple[Unit, ...] = ("revenue", "count")
FAMILY = "family-"
LONGEST = 80  # of a family’s name


class BadType(ValueError):
    """Text that names no forecast type."""


class ForecastType(NamedTuple):
    """Revenue or the number of deals; `family` empty: of everything that is sold."""

    unit: Unit = "revenue"
    family: str = ""

    @property
    def is_count(self) -> bool:
        """Without a currency: a deal is a deal."""
        return self.unit == "count"

    @property
    def key(self) -> str:
        """`revenue`, `count`, `family-Pumps` or `count-family-Pumps`: what `parse` reads back."""
        if not self.family:
            return self.unit
        return f"{'count-' if self.is_count else ''}{FAMILY}{self.family}"

    @classmethod
    def parse(cls, key: str) -> Self:
        """Raises BadType."""
        whole, has_family, family = key.partition(FAMILY)
        if has_family and 0 < len(family) <= LONGEST and whole in {"", "count-"}:
            return cls("count" if whole else "revenue", family)
        for unit in UNITS:
            if key == unit:
                return cls(unit)
        raise BadType(key)

    @classmethod
    def read(cls, key: str) -> Self:
        """Of an address that somebody kept: what is not understood is revenue."""
        try:
            return cls.parse(key)
        except BadType:
            return cls()


REVENUE = ForecastType()
COUNT = ForecastType("count")


def types_of(families: Iterable[str]) -> list[ForecastType]:
    """What a page offers: both units of everything, then of each family."""
    return [ForecastType(unit, family) for family in ("", *families) for unit in UNITS]
