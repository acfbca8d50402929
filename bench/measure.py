"""How long something takes, beside the least it could take: plain SQL on the same database."""

import gc
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from statistics import median
from typing import Any

from django.db import connection


@dataclass(slots=True)
class Result:
    """One line of the table. Times in milliseconds unless `unit` says otherwise; `at_most` is what we promised."""

    name: str
    size: str
    p50: float
    p95: float | None = None
    floor: float | None = None  # p50 of the plain SQL
    queries: int | None = None
    in_sql: float | None = None  # of p50, spent waiting for the database
    unit: str = "ms"
    at_most: float | None = None
    at_most_p95: float | None = None
    at_least: float | None = None
    note: str = ""

    @property
    def keeps_its_promise(self) -> bool | None:
        kept = [
            self.p50 <= self.at_most if self.at_most is not None else None,
            (self.p95 or 0) <= self.at_most_p95 if self.at_most_p95 is not None else None,
            self.p50 >= self.at_least if self.at_least is not None else None,
        ]
        told = [each for each in kept if each is not None]
        return all(told) if told else None

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def once(work: Callable[[], object]) -> float:
    """Milliseconds."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def by_turns(rounds: int, *works: Callable[[], object], warm: int = 3) -> list[list[float]]:
    """Sorted milliseconds of each, one after the other in every round: whatever slows the machine slows them alike."""
    for work in works * warm:
        work()
    gc.collect()
    taken = [[once(work) for work in works] for _ in range(rounds)]
    return [sorted(each) for each in zip(*taken, strict=True)]


def p95(taken: list[float]) -> float:
    return taken[min(len(taken) - 1, int(len(taken) * 0.95))]


@contextmanager
def watching_sql() -> Iterator[list[float]]:
    """The milliseconds of every statement that Django sends."""
    taken: list[float] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            taken.append((time.perf_counter() - began) * 1000)

    with connection.execute_wrapper(watch):
        yield taken


def compare(
    name: str, size: str, ours: Callable[[], object], floor: Callable[[], object] | None, rounds: int, **promise: Any
) -> Result:
    """Ours beside its floor, and how many statements ours sends."""
    with watching_sql() as statements:
        ours()
    sums: list[float] = []

    def watched() -> None:
        with watching_sql() as taken:
            ours()
        sums.append(sum(taken))

    taken, *floors = by_turns(rounds, watched, *([floor] if floor else []))
    return Result(
        name,
        size,
        p50=median(taken),
        p95=p95(taken),
        floor=median(floors[0]) if floors else None,
        queries=len(statements),
        in_sql=median(sums),
        **promise,
    )


def run_sql(*statements: str, params: dict[str, Any] | None = None) -> list[Any]:
    """Statements as they are; the rows of the last one."""
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement, params)
        return cursor.fetchall() if cursor.description else []
