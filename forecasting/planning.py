"""Planning backwards: from a target to the deals that reach it, by rates that were measured. No Django.

wins = what is missing ÷ a won deal's mean value; created = wins ÷ the chance of a new deal to be won in the days left,
never its eventual chance; leads = created ÷ the share of leads that become deals. Each is rounded up on its own, from
the exact figures, so that no step pays for the rounding of the one before.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil, sqrt
from typing import NamedTuple

from forecasting.weighting import wilson

SURE = 0.8  # the second answer: so likely that the target is reached
QUANTILE = 0.8416212335729143  # of the normal distribution at SURE
Z95 = 1.959964
STRETCH = 1.5  # times as many new deals as usual: more than usual, beyond it far more
MOST = 10**9  # deals: more than anybody could create


# ── What was measured ──────────────────────────────────────────────────────────────────────────────


class Share(NamedTuple):
    """A share seen in `of` deals."""

    value: Decimal
    of: int

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 %, after Wilson."""
        return wilson(float(self.value) * self.of, self.of) if self.of else None


class Size(NamedTuple):
    """The mean value of a won deal."""

    mean: Decimal
    deviation: Decimal  # of single deals
    of: int

    @property
    def interval(self) -> tuple[Decimal, Decimal] | None:
        """95 % of the mean, normal."""
        if self.of < 2:
            return None
        reach = Decimal(Z95 * float(self.deviation) / sqrt(self.of))
        return max(Decimal(0), self.mean - reach), self.mean + reach


class Cycle(NamedTuple):
    """Days from opening to winning. Deals that closed before they were opened are errors, in no figure."""

    mean: Decimal | None = None
    median: Decimal | None = None
    of: int = 0
    errors: int = 0


class Aged(NamedTuple):
    """How many deals came to an end at this age in days, and how; `open` ones are this old today."""

    age: int
    won: int = 0
    lost: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class Curve:
    """The chance to be won by an age: Aalen–Johansen, Σ S(u−1)·won(u) ÷ at-risk(u). Open deals leave at their age."""

    chances: list[Decimal]  # by age, from day 0
    counts: Sequence[Aged]

    @classmethod
    def of(cls, counts: Iterable[Aged], days: int) -> "Curve":
        counts = sorted(counts)
        by_age = {each.age: each for each in counts}
        at_risk = sum(each.won + each.lost + each.open for each in counts)
        still, chance, chances = Decimal(1), Decimal(0), []
        for age in range(max(0, days) + 1):
            if (each := by_age.get(age)) and at_risk:
                chance += still * each.won / at_risk
                still *= 1 - Decimal(each.won + each.lost) / at_risk
                at_risk -= each.won + each.lost + each.open
            chances.append(min(Decimal(1), chance))
        return cls(chances, counts)

    def within(self) -> Share | None:
        """Won within all these days, of the deals of which that is known."""
        days = len(self.chances) - 1
        known = sum(each.won + each.lost + (each.open if each.age >= days else 0) for each in self.counts)
        return Share(self.chances[-1], known) if known else None

    def evenly(self) -> Decimal:
        """The mean chance of deals that are begun evenly, day by day until the last."""
        later = self.chances[:-1]
        return min(sum(later, Decimal(0)) / len(later), self.chances[-1]) if later else Decimal(0)


# ── The question and its answer ────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Question:
    """`within`, `evenly` and `of_stage` are chances to be won in the days left: of a new deal, of one begun evenly over
    them, of one that enters a stage. `eventual` is won ÷ closed, however long it takes."""

    target: Decimal
    won: Decimal = Decimal(0)
    open_expected: Decimal = Decimal(0)
    open_variance: Decimal = Decimal(0)
    days_left: int = 0
    within: Decimal | None = None
    evenly: Decimal | None = None
    eventual: Decimal | None = None
    size: Decimal | None = None
    deviation: Decimal = Decimal(0)
    cycle: Decimal | None = None
    of_stage: Sequence[Decimal | None] = ()
    lead_rate: Decimal | None = None
    people: int = 1
    usual: Decimal | None = None  # new deals a week, lately


class Verdict(StrEnum):
    REACHED = "reached"  # won already
    COVERED = "covered"  # the open deals are expected to bring it
    OVER = "over"  # the period is
    UNKNOWN = "unknown"  # nothing was measured yet
    IMPOSSIBLE = "impossible"  # no deal was ever won in so few days
    LATE = "late"  # a won deal usually takes longer than the time left
    USUAL = "usual"
    MORE = "more"
    FAR_MORE = "far_more"


class Step(NamedTuple):
    """So many are needed; `sure`: so many for 80 % certainty. None: cannot be said."""

    needed: int | None
    sure: int | None

    def a_week(self, weeks: Decimal) -> Decimal | None:
        return None if self.needed is None or not weeks else Decimal(self.needed) / weeks


@dataclass(frozen=True, slots=True)
class Plan:
    question: Question
    missing: Decimal  # signed
    wins: Step
    closed: int | None  # by the eventual win rate: only where a deal begun today has the time
    stages: list[Step]
    created: Step
    evenly: int | None  # created, if they are begun evenly until the last day
    leads: Step

    @property
    def weeks(self) -> Decimal:
        return Decimal(max(0, self.question.days_left)) / 7

    @property
    def effort(self) -> Decimal | None:
        """New deals a week, as times of what is usual."""
        a_week = self.created.a_week(self.weeks)
        return a_week / self.question.usual if a_week is not None and self.question.usual else None

    @property
    def verdict(self) -> Verdict:
        asked = self.question
        if asked.won >= asked.target:
            return Verdict.REACHED
        if asked.days_left < 0:
            return Verdict.OVER
        if self.missing <= 0:
            return Verdict.COVERED
        if asked.within is None or asked.size is None:
            return Verdict.UNKNOWN
        if self.created.needed is None:
            return Verdict.IMPOSSIBLE
        if asked.cycle is not None and asked.days_left < asked.cycle:
            return Verdict.LATE
        if self.effort is None or self.effort <= 1:
            return Verdict.USUAL
        return Verdict.MORE if self.effort <= STRETCH else Verdict.FAR_MORE

    @property
    def is_possible(self) -> bool:
        return self.verdict not in {Verdict.OVER, Verdict.IMPOSSIBLE, Verdict.LATE}


def plan_back(question: Question) -> Plan:
    missing = question.target - question.won - question.open_expected
    wins = _wins(missing, question.size)
    created = _per(wins, question.within)
    sure = _surely(missing, question)
    has_time = question.cycle is not None and question.days_left >= question.cycle
    return Plan(
        question=question,
        missing=missing,
        wins=Step(_up(wins), _up(_times(sure, question.within))),
        closed=_up(_per(wins, question.eventual)) if has_time else None,
        stages=[
            Step(_up(_per(wins, chance)), _up(_per(_times(sure, question.within), chance)))
            for chance in question.of_stage
        ],
        created=Step(_up(created), sure),
        evenly=_up(_per(wins, question.evenly)),
        leads=Step(_up(_per(created, question.lead_rate)), _up(_per(_whole(sure), question.lead_rate))),
    )


def _wins(missing: Decimal, size: Decimal | None) -> Fraction | None:
    """Exact. Nothing missing: none."""
    if missing <= 0:
        return Fraction(0)
    return Fraction(missing) / Fraction(size) if size else None


def _per(count: Fraction | None, chance: Decimal | None) -> Fraction | None:
    if count is None or chance is None or (count and chance <= 0):
        return None
    return count / Fraction(chance) if count else Fraction(0)


def _times(count: int | None, chance: Decimal | None) -> Fraction | None:
    return None if count is None or chance is None else count * Fraction(chance)


def _whole(count: int | None) -> Fraction | None:
    return None if count is None else Fraction(count)


def _up(count: Fraction | None) -> int | None:
    return None if count is None else ceil(count)


def _surely(missing: Decimal, question: Question) -> int | None:
    """The fewest new deals with which the target is reached at 80 %.

    Each new deal is won with the chance of the days left and then brings a value of the measured mean and deviation;
    each open one its amount with its own chance; all independent, their sum taken as normal.
    """
    if question.within is None or question.size is None:
        return None
    need, spread = float(missing), float(question.open_variance)
    chance, mean, deviation = float(question.within), float(question.size), float(question.deviation)
    each = chance * deviation**2 + chance * (1 - chance) * mean**2

    def is_enough(deals: int) -> bool:
        return deals * chance * mean - QUANTILE * sqrt(deals * each + spread) >= need

    if is_enough(0):
        return 0
    if chance <= 0 or mean <= 0:
        return None
    # Left of the root the margin only falls and then rises (it is convex): past it, more deals always suffice.
    high = 1
    while not is_enough(high):
        high *= 2
        if high > MOST:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_enough(middle) else (middle, high)
    return high
