"""The drawings of the win and loss report: a line of monthly rates, rates with their intervals. No Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from math import ceil
from typing import NamedTuple

from forecasting.weighting import wilson

# A figure of 380 × 124, drawn 1:1.
LEFT, RIGHT, TOP, BOTTOM = 34, 338, 10, 94
GRIDLINES = (0.0, 1 / 3, 2 / 3, 1.0)
# Rates with their intervals: a line of 24 for each.
DOTS_LEFT, DOTS_RIGHT, LINE = 128, 300, 24


class Tick(NamedTuple):
    at: str
    share: float


class Point(NamedTuple):
    x: str
    y: str
    number: int  # of the month


@dataclass(frozen=True, slots=True)
class RateLine:
    """Monthly win rates. A month in which nothing closed is a gap in the line."""

    segments: list[str]  # points of each unbroken part
    points: list[Point]
    ticks: list[Tick]
    months: list[tuple[str, int, str]]  # x, number of the month, how its name is anchored

    @property
    def last(self) -> Point | None:
        return self.points[-1] if self.points else None


def rate_line(rates: Sequence[Decimal | None]) -> RateLine:
    known = [float(rate) for rate in rates if rate is not None]
    top = ceil(max(known, default=0.0) * 10 / 3 + 0.001) * 3 / 10  # a multiple of 30 %: three even steps
    step = (RIGHT - LEFT) / max(1, len(rates) - 1)
    points: list[Point] = []
    segments: list[list[str]] = [[]]
    for number, rate in enumerate(rates):
        if rate is None:
            segments.append([])
            continue
        y = BOTTOM - (BOTTOM - TOP) * float(rate) / top
        points.append(Point(f"{LEFT + step * number:.1f}", f"{y:.1f}", number))
        segments[-1].append(f"{points[-1].x},{points[-1].y}")
    last = len(rates) - 1
    marked = sorted({0, last // 3, 2 * last // 3, last})
    return RateLine(
        segments=[" ".join(segment) for segment in segments if len(segment) > 1],
        points=points,
        ticks=[Tick(f"{BOTTOM - (BOTTOM - TOP) * part:.1f}", top * part) for part in GRIDLINES],
        months=[(f"{LEFT + step * number:.1f}", number, _anchor(number, last)) for number in marked],
    )


def _anchor(number: int, last: int) -> str:
    return "" if number == 0 and last else "t-end" if number == last else "t-mid"


class Dot(NamedTuple):
    """A rate seen in `n` deals, with its 95 % interval, on a scale that ends at the widest one."""

    y: int
    at: str
    low: str
    high: str


@dataclass(frozen=True, slots=True)
class Dots:
    dots: list[Dot]
    overall: str
    ticks: list[Tick]
    height: int


def rate_dots(counts: Sequence[tuple[int, int]], overall: float) -> Dots:
    """`counts`: (won, closed) of each line; none may have closed nothing."""
    intervals = [wilson(won, closed) for won, closed in counts]
    top = min(1.0, ceil(max((high for _, high in intervals), default=1.0) * 5) / 5)

    def x(share: float) -> str:
        return f"{DOTS_LEFT + (DOTS_RIGHT - DOTS_LEFT) * share / top:.1f}"

    dots = [
        Dot(16 + LINE * number, x(won / closed), x(low), x(high))
        for number, ((won, closed), (low, high)) in enumerate(zip(counts, intervals, strict=True))
    ]
    ticks = [Tick(x(top * part / 2), top * part / 2) for part in range(3)]
    return Dots(dots, x(overall), ticks, 16 + LINE * len(dots) + 14)
