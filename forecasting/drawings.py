"""The drawings of the dashboard, in pixels of the frames they are drawn in. No Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from math import floor, log10
from typing import NamedTuple

MOST_LINES = 4  # gridlines above the base
TINY = 1e-9  # less is nothing to draw
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def scale(top: float) -> list[float]:
    """Round marks from 0 to at least `top`, four steps at most."""
    if top <= TINY:
        return [0.0, 1.0]
    power = 10.0 ** floor(log10(top / MOST_LINES))
    step = next(step * power for step in STEPS if step * power * MOST_LINES >= top * 0.999999)
    count = next(n for n in range(1, MOST_LINES + 1) if n * step >= top * 0.999999)
    return [step * n for n in range(count + 1)]


class Tick(NamedTuple):
    at: str
    value: float


# ── A line as small as a word ──────────────────────────────────────────────────────────────────────

SPARK_WIDTH, SPARK_HEIGHT, SPARK_PAD = 72, 24, 4


class Spark(NamedTuple):
    """Unbroken parts of the line, and where it ends today."""

    segments: list[str]
    end: tuple[str, str] | None


def spark(values: Sequence[Decimal | int | None]) -> Spark:
    known = [float(value) for value in values if value is not None]
    low, high = min(known, default=0.0), max(known, default=0.0)
    step = (SPARK_WIDTH - 2 * SPARK_PAD) / max(1, len(values) - 1)
    segments: list[list[str]] = [[]]
    end: tuple[str, str] | None = None
    for number, value in enumerate(values):
        if value is None:
            segments.append([])
            continue
        part = (float(value) - low) / (high - low) if high > low else 0.5
        end = (
            f"{SPARK_PAD + step * number:.1f}",
            f"{SPARK_HEIGHT - SPARK_PAD - (SPARK_HEIGHT - 2 * SPARK_PAD) * part:.1f}",
        )
        segments[-1].append(",".join(end))
    return Spark([" ".join(segment) for segment in segments if len(segment) > 1], end)


# ── Won by day ─────────────────────────────────────────────────────────────────────────────────────

# In a frame of 680 × 232.
LEFT, RIGHT, TOP, BOTTOM = 44, 548, 20, 196
APART = 16.0  # px between two labels


class Sum(NamedTuple):
    """What had been won by the end of a day of the period (0: its first)."""

    day: int
    won: Decimal


@dataclass(frozen=True, slots=True)
class RunUp:
    """Won day by day against the quota, and the even pace that would reach it."""

    line: str
    marks: list[tuple[str, str]]  # one for each sum
    end: tuple[str, str]  # today, or the period's end
    ticks: list[Tick]
    quota: str  # y; empty: none
    forecast: str
    forecast_label: str
    quota_label: str

    @property
    def is_late(self) -> bool:
        """Words on the end stand left of it."""
        return float(self.end[0]) > LEFT + 120


def x_of(day: int, days: int) -> str:
    """Where a day begins; `days` are in the whole."""
    return f"{LEFT + (RIGHT - LEFT) * day / max(1, days):.1f}"


def run_up(sums: Sequence[Sum], *, days: int, today: int, quota: Decimal | None, forecast: Decimal) -> RunUp:
    """`today` is the number of days that are over, at most `days`."""
    won = sums[-1].won if sums else Decimal(0)
    marks = scale(float(max(won, quota or Decimal(0), forecast)) * 1.04)
    top = marks[-1]

    def y(value: float | Decimal) -> str:
        return f"{BOTTOM - (BOTTOM - TOP) * float(value) / top:.1f}"

    points, before, spots = [f"{x_of(0, days)},{y(0)}"], y(0), []
    for each in sums:
        at = x_of(each.day + 1, days)
        points += [f"{at},{before}", f"{at},{y(each.won)}"]
        before = y(each.won)
        spots.append((at, before))
    points.append(f"{x_of(today, days)},{before}")
    labels = apart([float(y(forecast)), *([float(y(quota))] if quota else [])])
    return RunUp(
        line=" ".join(points),
        marks=spots,
        end=(x_of(today, days), before),
        ticks=[Tick(y(mark), mark) for mark in marks],
        quota=y(quota) if quota else "",
        forecast=y(forecast),
        forecast_label=f"{labels[0]:.1f}",
        quota_label=f"{labels[1]:.1f}" if quota else "",
    )


def apart(heights: Sequence[float]) -> list[float]:
    """The same heights, moved so that labels on them do not touch."""
    found = list(heights)
    order = sorted(range(len(found)), key=lambda number: found[number])
    for above, below in pairwise(order):
        found[below] = max(found[below], found[above] + APART)
    return found


# ── Bars against their quotas ──────────────────────────────────────────────────────────────────────

# In a frame of 454 × 232.
BARS_WIDTH, BARS_TOP, BARS_BOTTOM = 454, 26, 196


class Bar(NamedTuple):
    x: str
    middle: str
    width: str
    y: str
    height: str
    quota: str  # y; empty: none
    label: str  # y of the words above it


def bars(pairs: Sequence[tuple[Decimal, Decimal | None]]) -> list[Bar]:
    """`pairs`: won and quota of each."""
    top = float(max((max(won, quota or Decimal(0)) for won, quota in pairs), default=Decimal(0))) or 1.0
    step = BARS_WIDTH / max(1, len(pairs))
    width = min(44.0, step * 0.74)

    def y(value: Decimal) -> float:
        return BARS_BOTTOM - (BARS_BOTTOM - BARS_TOP) * float(value) / top

    found = []
    for number, (won, quota) in enumerate(pairs):
        x, line = step * number + (step - width) / 2, y(quota) if quota else y(won)
        found.append(
            Bar(
                x=f"{x:.1f}",
                middle=f"{x + width / 2:.1f}",
                width=f"{width:.1f}",
                y=f"{y(won):.1f}",
                height=f"{BARS_BOTTOM - y(won):.1f}",
                quota=f"{line:.1f}" if quota else "",
                label=f"{min(y(won), line) - 6:.1f}",
            )
        )
    return found
