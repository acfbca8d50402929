"""The drawing of a waterfall: where each bar stands, and what is written on it. No Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from forecasting.drawings import scale

LEFT, TOP, HEIGHT, WORDS = 40, 22, 206, 40
LEAST = 1.5  # px of the smallest step
WIDE = 76.0  # px: what a bar has at most of the width


class Part(NamedTuple):
    """An end (what stood open) or a step; `label` is what it is called."""

    cause: str
    value: Decimal
    label: str
    url: str = ""

    @property
    def is_end(self) -> bool:
        return self.cause in {"start", "end"}


class Bar(NamedTuple):
    part: Part
    x: str
    y: str
    width: str
    height: str
    middle: str
    text_y: str
    css: str
    words: list[str]  # the label on its lines


class Tick(NamedTuple):
    y: str
    value: Decimal


@dataclass(frozen=True, slots=True)
class Falls:
    bars: list[Bar]
    links: list[tuple[str, str, str]]  # x1, x2, y of the dashes between two bars
    ticks: list[Tick]
    width: int
    right: int
    height: int = TOP + HEIGHT + WORDS
    label_y: int = TOP + HEIGHT + 16


def falls(parts: Sequence[Part], width: int = 640) -> Falls:
    """`parts` begin with what stood at the start and end with what stands at the end."""
    tops = _tops(parts)
    highest = float(max((max(pair) for pair in tops), default=Decimal(0))) or 1.0
    slot = (width - LEFT) / max(1, len(parts))
    wide = min(WIDE, slot * 0.78)

    def y(value: Decimal) -> float:
        return TOP + HEIGHT * (1 - float(value) / highest)

    bars, links = [], []
    for number, (part, (before, after)) in enumerate(zip(parts, tops, strict=True)):
        x = LEFT + slot * number + (slot - wide) / 2
        upper, lower = sorted([y(before), y(after)])
        if part.value and lower - upper < LEAST:
            lower = upper + LEAST
        below = not part.is_end and part.value < 0
        bars.append(
            Bar(
                part=part, x=f"{x:.1f}", y=f"{upper:.1f}", width=f"{wide:.1f}", height=f"{max(0.0, lower - upper):.1f}",
                middle=f"{x + wide / 2:.1f}", text_y=f"{lower + 13 if below else upper - 5:.1f}", css=_colour(part),
                words=part.label.split(" ", 1),
            )
        )  # fmt: skip
        if number < len(parts) - 1:
            links.append((f"{x + wide:.1f}", f"{x + slot:.1f}", f"{y(after):.1f}"))
    marks = [Decimal(str(mark)) for mark in scale(highest) if mark <= highest]
    ticks = [Tick(f"{y(mark):.1f}", mark) for mark in marks]
    return Falls(bars, links, ticks, width, width)


def _tops(parts: Sequence[Part]) -> list[tuple[Decimal, Decimal]]:
    """From where to where each bar goes."""
    level, tops = Decimal(0), []
    for part in parts:
        before = Decimal(0) if part.is_end else level
        level = before + part.value
        tops.append((before, level))
    return tops


def _colour(part: Part) -> str:
    if part.is_end:
        return "c-open"
    if part.cause == "won":
        return "c-won"
    return "c-lost" if part.value < 0 else "c-commit"
