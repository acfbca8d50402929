"""The arithmetic of one row of the forecast table. Amounts are in one currency. No Django."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from math import sqrt
from typing import Any

ZERO = Decimal(0)


@dataclass(slots=True)
class Figures:
    """What deals add up to: `open` all open deals but the omitted ones, the categories each on its own."""

    won: Decimal = ZERO
    won_deals: int = 0
    pipeline: Decimal = ZERO
    best_case: Decimal = ZERO
    commit: Decimal = ZERO
    weighted: Decimal = ZERO
    open_deals: int = 0
    not_convertible: int = 0

    def add(self, category: str, deals: int, amount: Decimal, weighted: Decimal, not_convertible: int) -> None:
        if category == "omitted":
            return
        self.not_convertible += not_convertible
        if category == "won":
            self.won += amount
            self.won_deals += deals
        else:
            setattr(self, category, getattr(self, category) + amount)
            self.weighted += weighted
            self.open_deals += deals

    def include(self, other: "Figures") -> None:
        self.won += other.won
        self.won_deals += other.won_deals
        self.pipeline += other.pipeline
        self.best_case += other.best_case
        self.commit += other.commit
        self.weighted += other.weighted
        self.open_deals += other.open_deals
        self.not_convertible += other.not_convertible

    @property
    def open(self) -> Decimal:
        return self.pipeline + self.best_case + self.commit

    @property
    def cumulative_commit(self) -> Decimal:
        """Won and what is committed."""
        return self.won + self.commit

    @property
    def cumulative_best_case(self) -> Decimal:
        return self.cumulative_commit + self.best_case


def ratio(part: Decimal, whole: Decimal | None) -> Decimal | None:
    """part ÷ whole, null where there is nothing to divide by."""
    return part / whole if whole else None


@dataclass(slots=True)
class Row:
    """One line of the table: the company, a team or a person, with everything below added up."""

    kind: str  # "company", "team", "person"
    id: int
    name: str
    depth: int
    parent: str = ""
    figures: Figures = field(default_factory=Figures)
    quota: Decimal | None = None
    own_quota: Decimal | None = None  # as set for exactly this subject
    quota_mismatch: Decimal | None = None
    team_id: int | None = None  # of a person: the team this line counts for
    quota_parts: Sequence[Any] = ()  # the quotas that make `quota`
    may_set_quota: bool = False
    deals: tuple[tuple[str, str], ...] = ()  # what names this line's deals to the deal filter; empty: all

    @property
    def subject(self) -> str:
        """Whose quota this line's is: `person-3`, `team-2`; empty for a company of several teams."""
        kind = "person" if self.kind == "person" else "team"
        return f"{kind}-{self.id}" if self.id else ""

    @property
    def key(self) -> str:
        return f"{self.kind}-{self.id}" + (f"-{self.team_id or 0}" if self.kind == "person" else "")

    @property
    def gap(self) -> Decimal | None:
        return None if self.quota is None else self.quota - self.figures.won

    @property
    def attainment(self) -> Decimal | None:
        return ratio(self.figures.won, self.quota)

    @property
    def is_covered(self) -> bool:
        return self.gap is not None and self.gap <= 0

    @property
    def coverage(self) -> Decimal | None:
        """Open pipeline ÷ gap; null where the quota is reached or there is none."""
        return None if self.gap is None or self.gap <= 0 else ratio(self.figures.open, self.gap)

    @property
    def static_forecast(self) -> Decimal:
        """Won and the weighted pipeline."""
        return self.figures.won + self.figures.weighted


def wilson(part: int, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share that was seen as part ÷ whole. `whole` must not be 0."""
    z = 1.959964
    share, square = part / whole, z * z
    middle = share + square / (2 * whole)
    reach = z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    below = 1 + square / whole
    return max(0.0, min(share, (middle - reach) / below)), min(1.0, max(share, (middle + reach) / below))
