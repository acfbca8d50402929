"""Where the marks of a drawing go: shares of the width as text, ready for SVG attributes. No Django."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from forecasting.weighting import Row

GLYPH = 6.5  # px of a character, wide enough for every language's figures
GAP = 15.0  # px that labels keep from one another
BASE = 1080.0  # px of the narrowest drawing that carries labels
CARD_SCALE = Decimal("1.5")  # of the quota


def share(part: float | Decimal, whole: float | Decimal) -> str:
    """In percent of the whole, between 0 and 100, as SVG wants it in every language."""
    return f"{max(0.0, min(100.0, float(part) / float(whole) * 100)):.2f}%" if whole else "0%"


class Label(NamedTuple):
    text: str
    figure: str
    x: str
    at_end: bool = True  # of the text: it stands left of x
    is_side: bool = False  # left out where the drawing is narrow


class Mark(NamedTuple):
    text: str
    figure: str
    at: float  # 0 to 1
    is_side: bool = False

    @property
    def width(self) -> float:
        return (len(self.text) + len(self.figure) + 1) * GLYPH / BASE


def spread(marks: Sequence[Mark]) -> list[Label]:
    """Labels that end at their marks, moved just so far that none touches another."""
    gap = GAP / BASE
    ends: list[float] = []
    ordered = sorted(marks, key=lambda mark: mark.at)
    for mark in ordered:
        ends.append(max(mark.at, mark.width, (ends[-1] + gap + mark.width) if ends else 0.0))
    limit = 1.0
    for number in reversed(range(len(ordered))):
        ends[number] = min(ends[number], limit)
        limit = ends[number] - ordered[number].width - gap
    pairs = zip(ordered, ends, strict=True)
    return [Label(mark.text, mark.figure, share(end, 1), is_side=mark.is_side) for mark, end in pairs]


@dataclass(frozen=True, slots=True)
class Bullet:
    """Won, commit and best case on one bar, against the quota and the pace that would reach it."""

    won: str
    over: str  # where winning passed the quota: the part beyond it
    commit: str
    best: str
    quota: str
    pace: str
    forecast: str
    labels: list[Label]
    below: list[tuple[Label, int]]  # with the line each stands on
    height: int


class Words(NamedTuple):
    """The labels of a bullet with their figures, in the reader's language."""

    won: tuple[str, str]
    commit: tuple[str, str]
    best: tuple[str, str]
    quota: tuple[str, str]
    pace: tuple[str, str]
    forecast: tuple[str, str]

    def mark(self, name: str, at: float) -> Mark:
        text, figure = getattr(self, name)
        return Mark(text, figure, at, is_side=name in {"commit", "best"})


def bullet(row: Row, pace: Decimal | None, words: Words) -> Bullet:
    """`pace` is what would have to be won by today to reach the quota evenly; None outside the period."""
    figures, quota = row.figures, row.quota
    amounts = [figures.cumulative_best_case, row.static_forecast, quota or Decimal(0), figures.won]
    top = float(max(amounts)) * 1.03 or 1.0
    at = {
        "won": float(figures.won) / top,
        "commit": float(figures.cumulative_commit) / top,
        "best": float(figures.cumulative_best_case) / top,
        "quota": float(quota or 0) / top,
        "pace": float(pace or 0) / top,
        "forecast": float(row.static_forecast) / top,
    }
    shown = ["won", "commit", "best", *(["quota"] if quota else [])]
    below, height = _below(at, words, has_pace=pace is not None)
    return Bullet(
        won=share(at["won"], 1),
        over=share(max(0.0, at["won"] - at["quota"]), 1) if quota else "",
        commit=share(at["commit"], 1),
        best=share(at["best"], 1),
        quota=share(at["quota"], 1) if quota else "",
        pace=share(at["pace"], 1) if pace is not None else "",
        forecast=share(at["forecast"], 1),
        labels=spread([words.mark(name, at[name]) for name in shown]),
        below=below,
        height=height,
    )


def _below(at: dict[str, float], words: Words, *, has_pace: bool) -> tuple[list[tuple[Label, int]], int]:
    """The pace and the forecast under the bar, each beside its sign; on two lines where one would not do."""
    names = (["pace"] if has_pace else []) + ["forecast"]
    taken: list[tuple[float, float]] = []
    found: list[tuple[Label, int]] = []
    for name in names:
        mark, pad = words.mark(name, at[name]), 9 / BASE
        left, right = (mark.at - pad - mark.width, mark.at - pad), (mark.at + pad, mark.at + pad + mark.width)
        sides = [(left, True), (right, False)]
        free = [side for side in sides if side[0][0] >= 0 and side[0][1] <= 1]
        clear = [side for side in free if all(side[0][1] < low or side[0][0] > high for low, high in taken)]
        (low, high), at_end = (clear or free or [(left, True)])[0]
        line = 0 if clear else 1
        found.append((Label(mark.text, mark.figure, share(high if at_end else low, 1), at_end), 55 + 16 * line))
        taken.append((min(low, mark.at - pad), max(high, mark.at + pad)))
    return found, 76 if any(line > 55 for _, line in found) else 60


class CardBar(NamedTuple):
    """A phone card's bar, on a scale of 0 to 150 % of the quota; without a quota, of the best case."""

    won: str
    over_x: str
    over: str
    commit: str
    best: str
    quota: str


def card_bar(row: Row) -> CardBar:
    figures, quota = row.figures, row.quota
    top = quota * CARD_SCALE if quota else figures.cumulative_best_case or Decimal(1)
    over = max(Decimal(0), figures.won - quota) if quota else Decimal(0)
    return CardBar(
        won=share(figures.won - over, top),
        over_x=share(quota or 0, top),
        over=share(min(over, top - quota), top) if quota and over else "",
        commit=share(figures.cumulative_commit, top),
        best=share(figures.cumulative_best_case, top),
        quota=share(quota, top) if quota else "",
    )
