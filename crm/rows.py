"""Rows by SQL written out: what every request asks, Django takes longer to phrase than Postgres to answer."""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


def prepared() -> CursorWrapper:
    """A cursor whose statements Postgres plans once on each connection: to plan takes it longer than to answer.

    Their parameters are bound by Postgres: one whose type nothing tells needs a cast.
    """
    if connection.connection is None:
        connection.ensure_connection()
    raw: Any = ServerBindingCursor(connection.connection)  # type: ignore[call-arg]
    cursor: CursorWrapper = connection._prepare_cursor(raw)  # type: ignore[attr-defined]
    return cursor


MOST_KNOWN = 1000
_known: dict[Hashable, tuple[str, tuple[Any, ...]]] = {}
Rows = Callable[[], models.QuerySet[Any, Any]]


def fetched(
    rows: Rows, *, known: Hashable | None = None, within: str = "{rows}", before: Iterable[Any] = (),
    behind: Iterable[Any] = (),
) -> list[tuple[Any, ...]]:  # fmt: skip
    """The rows, or what `within` makes of their SQL, as the driver gives them; none where there can be none.

    `before` and `behind` are the parameters that stand there around theirs. Phrased and planned once for all that is
    `known`, where the rows depend on nothing else.
    """
    try:
        sql, params = _phrased(rows, known)
    except EmptyResultSet:
        return []
    with connection.cursor() if known is None else prepared() as cursor:
        cursor.execute(within.format(rows=sql), [*before, *params, *behind])
        return list(cursor.fetchall())


def _phrased(rows: Rows, known: Hashable | None) -> tuple[str, tuple[Any, ...]]:
    if known is None:
        return rows().query.sql_with_params()
    if (phrase := _known.get(known)) is None:
        if len(_known) >= MOST_KNOWN:
            _known.clear()
        phrase = _known[known] = rows().query.sql_with_params()
    return phrase


@cache
def columns(model: type[models.Model], alias: str) -> str:
    """All of them, for a SELECT."""
    return ", ".join(f'{alias}."{field.column}"' for field in model._meta.concrete_fields)


def first(sql: str, params: Sequence[Any], *kinds: type[models.Model]) -> list[Any] | None:
    """The first row that `SELECT columns(…), columns(…) …` finds, as one record of each kind; None if there is none.

    What else is selected comes last, as it is.
    """
    return next(found(sql, params, *kinds), None)


def found(sql: str, params: Sequence[Any], *kinds: type[models.Model]) -> Iterator[list[Any]]:
    """Every such row."""
    with prepared() as cursor:
        cursor.execute(sql, params)
        rows = cursor.fetchall()
    return (_apart(row, kinds) for row in rows)


def _apart(row: Sequence[Any], kinds: Iterable[type[models.Model]]) -> list[Any]:
    records: list[Any] = []
    for kind in kinds:
        width = len(kind._meta.concrete_fields)
        records.append(made(kind, row[:width]))
        row = row[width:]
    return [*records, row] if row else records


def made(model: type[models.Model], row: Sequence[Any]) -> Any:
    """The record of a row that has all its columns."""
    names, converters = _reading(model)
    values = list(row)
    for place, convert in converters:
        values[place] = convert(values[place], None, connection)
    return model.from_db(connection.alias, names, values)


@cache
def _reading(model: type[models.Model]) -> tuple[list[str], list[tuple[int, Any]]]:
    """The names of the columns, and what makes a value of those that Postgres gives as something else."""
    fields = model._meta.concrete_fields
    converters = [(at, field.from_db_value) for at, field in enumerate(fields) if hasattr(field, "from_db_value")]
    return [field.attname for field in fields], converters
