"""How far forecasts were from what came. No Django."""

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple


class Error(NamedTuple):
    """Over `periods`; None where nothing came, as there is nothing to measure by."""

    wape: Decimal | None  # Σ|forecast − actual| ÷ Σ actual
    bias: Decimal | None  # Σ(forecast − actual) ÷ Σ actual
    periods: int


def errors(pairs: Sequence[tuple[Decimal, Decimal]]) -> Error:
    """Of (forecast, actual) pairs."""
    actual = sum((came for _said, came in pairs), Decimal(0))
    if not actual:
        return Error(None, None, len(pairs))
    missed = sum((abs(said - came) for said, came in pairs), Decimal(0))
    leaning = sum((said - came for said, came in pairs), Decimal(0))
    return Error(missed / actual, leaning / actual, len(pairs))
