"""Who or what stands where from a day on: dated spans that never overlap. No Django."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import NamedTuple

ALWAYS = date(1, 1, 1)


class Span[W](NamedTuple):
    """`where` on the days [`start`, `end`)."""

    start: date
    end: date | None
    where: W

    def holds_on(self, day: date) -> bool:
        return self.start <= day and (self.end is None or day < self.end)


def on_day[W](spans: Iterable[Span[W]], day: date) -> Span[W] | None:
    return next((span for span in spans if span.holds_on(day)), None)


def put[W](spans: Sequence[Span[W]], where: W | None, on: date) -> list[Span[W]]:
    """From `on` it is there (None: nowhere), until the next change that was planned already; before, as it was."""
    before = [span._replace(end=min(span.end or on, on)) for span in spans if span.start < on]
    after = [span for span in spans if span.start > on]
    until = min((span.start for span in after), default=None)
    here = [] if where is None else [Span(on, until, where)]
    return joined([*before, *here, *after])


def joined[W](spans: Iterable[Span[W]]) -> list[Span[W]]:
    """In order; neighbours that say the same become one."""
    result: list[Span[W]] = []
    for span in sorted(spans, key=lambda span: span.start):
        last = result[-1] if result else None
        if last and last.end == span.start and last.where == span.where:
            result[-1] = last._replace(end=span.end)
        else:
            result.append(span)
    return result


def has_loop(parents: Mapping[int, int | None]) -> bool:
    """Whether somebody stands below themselves."""
    for start in parents:
        above, seen = parents[start], {start}
        while above is not None and above in parents:
            if above in seen:
                return True
            seen.add(above)
            above = parents[above]
    return False
