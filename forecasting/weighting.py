"""The arithmetic of one row of the forecast table. Amounts are in one currency. No Django."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from math import sqrt
from typing import Any, NamedTuple

ZERO = Decimal(0)
# The columns of the table, in order, and what each counts: one language of page, panel, export and API.
MEASURES = (
    "quota", "won", "gap", "attainment", "open", "weighted", "commit", "best_case", "coverage", "forecast",
)  # fmt: skip
RATIOS = frozenset({"attainment", "coverage"})
OPEN = ("pipeline", "best_case", "commit")  # what the open pipeline is made of


class Makeup(NamedTuple):
    """Which deals a column counts: those won, the open ones of some categories, and these by their chance or whole."""

    won: bool = False
    open: tuple[str, ...] = ()
    is_weighted: bool = False


def makeup(measure: str, *, cumulative: bool = True) -> Makeup:
    """Cumulative: commit has what is won in it, best case has both, the pipeline is all that is open."""
    match measure:
        case "quota":
            return Makeup()
        case "won" | "gap" | "attainment":
            return Makeup(won=True)
        case "open":
            return Makeup(open=OPEN if cumulative else ("pipeline",))
        case "weighted":
            return Makeup(open=OPEN, is_weighted=True)
        case "commit":
            return Makeup(won=cumulative, open=("commit",))
        case "best_case":
            return Makeup(won=cumulative, open=("best_case", "commit") if cumulative else ("best_case",))
        case "coverage":
            return Makeup(won=True, open=OPEN)
        case "forecast":
            return Makeup(won=True, open=OPEN, is_weighted=True)
    raise KeyError(measure)


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

    def shown_by(self, exact: Callable[[Decimal], Decimal]) -> "Figures":
        """In another currency."""
        return replace(
            self,
            won=exact(self.won),
            pipeline=exact(self.pipeline),
            best_case=exact(self.best_case),
            commit=exact(self.commit),
            weighted=exact(self.weighted),
        )

    def of(self, makeup: Makeup) -> Decimal:
        """What these deals add up to."""
        still_open = self.weighted if makeup.is_weighted else sum((getattr(self, name) for name in makeup.open), ZERO)
        return (self.won if makeup.won else ZERO) + still_open

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
    adjusted: dict[str, Any] = field(default_factory=dict)  # measure → what adjustments make of it; none: it is raw

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

    def shown_by(self, exact: Callable[[Decimal], Decimal]) -> "Row":
        """In another currency; the quotas that make it stay as they were set."""

        def of(quota: Decimal | None) -> Decimal | None:
            return None if quota is None else exact(quota)

        return replace(
            self,
            figures=self.figures.shown_by(exact),
            quota=of(self.quota),
            own_quota=of(self.own_quota),
            quota_mismatch=of(self.quota_mismatch),
        )

    def value(self, measure: str, *, cumulative: bool = True) -> Decimal | None:
        """What stands in a column; each category on its own unless `cumulative`."""
        match measure:
            case "quota":
                return self.quota
            case "gap":
                return self.gap
            case "attainment":
                return self.attainment
            case "coverage":
                return self.coverage
        return self.figures.of(makeup(measure, cumulative=cumulative))


def wilson(part: float, whole: int) -> tuple[float, float]:
    """The 95 % interval of a share that was seen as part ÷ whole. `whole` must not be 0."""
    z = 1.959964
    share, square = part / whole, z * z
    middle = share + square / (2 * whole)
    reach = z * sqrt(share * (1 - share) / whole + square / (4 * whole * whole))
    below = 1 + square / whole
    return max(0.0, min(share, (middle - reach) / below)), min(1.0, max(share, (middle + reach) / below))
