"""The table, for the terminal and as docs/benchmarks.md."""

import os
import platform
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Result

PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
HEAD = ("", "p50", "p95", "plain SQL", "SQL", "queries", "budget", "")


def number(value: float | None, unit: str = "") -> str:
    if value is None:
        return "–"
    text = f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
    return f"{text} {unit}".strip()


def budget(result: Result) -> str:
    if result.at_least is not None:
        return f"≥ {number(result.at_least, result.unit)}"
    if result.at_most is None:
        return "" if result.at_most_p95 is None else f"p95 ≤ {number(result.at_most_p95, result.unit)}"
    tail = f" (p95 {number(result.at_most_p95)})" if result.at_most_p95 is not None else ""
    return f"≤ {number(result.at_most, result.unit)}{tail}"


def cells(result: Result) -> tuple[str, ...]:
    mark = {True: "✓", False: "✗", None: ""}[result.keeps_its_promise]
    return (
        result.name,
        number(result.p50, result.unit),
        number(result.p95),
        number(result.floor),
        number(result.in_sql),
        "–" if result.queries is None else str(result.queries),
        budget(result),
        mark,
    )


def as_text(results: Iterable[Result]) -> str:
    rows = [HEAD, *(cells(result) for result in results)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    return "\n".join(
        "  ".join(part.ljust(width) for part, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def as_markdown(results: Iterable[Result]) -> str:
    lines = [
        "| | p50 | p95 | plain SQL | in SQL | queries | budget | | |",
        "|---|---:|---:|---:|---:|---:|---|---|---|",
    ]
    lines += [f"| {' | '.join(cells(result))} | {result.note} |" for result in results]
    return "\n".join(lines)


INTRODUCTION = """# Benchmarks

`bin/bench --write` fills a fresh database, measures, and writes this page. Times are milliseconds inside the server,
with every middleware, session and template, one client; *plain SQL* is the least the same answer takes on the same
database, *in SQL* what ours spends waiting for it.

Small: 60 people, 10,000 open and 50,000 closed deals. Crowded: 100,000 open deals in one pipeline, of
which a column holds 40,000. Large: 500 people, 150,000 open and 850,000 closed deals with 2.7 million changes of stage.

What a person feels is measured in a Chromium beside the servers: frames are those of a card dragged by mouse, answers
are Chromium’s own event timing (as INP counts them, in steps of 8 ms), other browsers and streams are real ones.
"""


def write(results: list[Result]) -> None:
    machine = f"{os.cpu_count()} cores, {platform.machine()}, Python {platform.python_version()}"
    parts = [INTRODUCTION, f"Measured on {datetime.now(UTC):%Y-%m-%d}: {machine}.\n"]
    titles = {
        "small": "10,000 open and 50,000 closed deals",
        "crowded": "100,000 open deals in one pipeline",
        "large": "1,000,000 deals",
        "": "At rest",
    }
    for size, title in titles.items():
        if found := [result for result in results if result.size == size]:
            parts += [f"## {title}\n", as_markdown(found) + "\n"]
    PAGE.write_text("\n".join(parts))
