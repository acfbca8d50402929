"""Reports are asked for a period, by the fiscal calendar."""

from decimal import Decimal

from crm.calendar import fiscal_calendar, this
from crm.periods import Period
from crm.rest.filters import Param

PERIOD = r"[0-9]{4}(-Q[1-4]|-[0-9]{2})?(\.\.[0-9]{4}(-Q[1-4]|-[0-9]{2})?)?"


def read_period(text: str) -> Period:
    """`2026-11`, `2026-Q4`, `2026` or `2026-07..2026-12`. Raises BadPeriod, a ValueError."""
    return fiscal_calendar().parse(text)


def this_quarter() -> Period:
    return this("quarter")


def ratio(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.6f}"


IN_PERIOD = Param(
    "2026-11, 2026-Q4, 2026 or 2026-07..2026-12, by the fiscal calendar. By default the quarter of today.",
    "", {"type": "string", "pattern": f"^{PERIOD}$", "examples": ["2026-Q4"]}, read_period,
)  # fmt: skip
