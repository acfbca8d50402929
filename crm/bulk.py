"""Write rows without building a query: Django spends more on that than Postgres on the row. Many go in by COPY."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

from crm.rows import prepared

WORTH_IT = 100  # fewer rows are one INSERT
Column = tuple[str, Callable[[Any], Any]]
Write = tuple[str, list[Any]]  # a statement and what stands in its places
MOST = 50  # values in one of several statements written as one: a longer one psycopg reads anew each time
_waiting: ContextVar[list[Write] | None] = ContextVar("waiting", default=None)


@contextmanager
def together() -> Iterator[None]:
    """What the block appends and amends is written at its end, several statements as one, and nothing if it fails.

    A row may be written once.
    """
    waiting: list[Write] = []
    token = _waiting.set(waiting)
    try:
        yield
    finally:
        _waiting.reset(token)
    for writes in _gathered(waiting):
        *before, last = [text for text, _values in writes]
        parts = ", ".join(f"part{number} AS ({text})" for number, text in enumerate(before))
        _write(f"WITH {parts} {last}" if parts else last, [value for _text, values in writes for value in values])


def _gathered(waiting: Iterable[Write]) -> Iterator[list[Write]]:
    writes: list[Write] = []
    for text, values in waiting:
        if writes and sum(len(others) for _text, others in writes) + len(values) > MOST:
            yield writes
            writes = []
        writes.append((text, values))
    if writes:
        yield writes


def append[M: models.Model](model: type[M], rows: Sequence[M]) -> None:
    """Insert new rows. Those without an id get one from the database, but need not learn which."""
    if not rows:
        return
    columns = _columns(model, rows[0].pk is not None)
    values = [[read(row) for _name, read in columns] for row in rows]
    write = _insert if len(rows) < WORTH_IT else _copy
    write(model._meta.db_table, [name for name, _read in columns], values)
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def amend(row: models.Model, names: Sequence[str]) -> None:
    """Write those columns of a row that is there."""
    columns = [column for column in _columns(type(row), True) if column[0] in names]
    places = ", ".join(f'"{name}" = %s' for name, _read in columns)
    _write(
        f'UPDATE "{row._meta.db_table}" SET {places} WHERE id = %s', [*(read(row) for _name, read in columns), row.pk]
    )


def _insert(table: str, names: list[str], rows: list[list[Any]]) -> None:
    places = ", ".join([f"({', '.join(['%s'] * len(names))})"] * len(rows))
    _write(f'INSERT INTO "{table}" ({_quoted(names)}) VALUES {places}', [value for row in rows for value in row])


def _write(text: str, values: list[Any]) -> None:
    if (waiting := _waiting.get()) is not None:
        waiting.append((text, values))
        return
    with prepared() as cursor:
        cursor.execute(text, values)


def _copy(table: str, names: list[str], rows: list[list[Any]]) -> None:
    statement = f'COPY "{table}" ({_quoted(names)}) FROM STDIN'
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@cache
def _columns(model: type[models.Model], has_ids: bool) -> list[Column]:
    """What is written, and how to read it from a row."""
    return [_column(field) for field in model._meta.concrete_fields if not _is_given(field, has_ids)]


def _is_given(field: Any, has_ids: bool) -> bool:
    """Whether the database fills the column itself."""
    return (field.primary_key and not has_ids) or field.db_default is not NOT_PROVIDED


def _column(field: Any) -> Column:
    attname, name = field.attname, str(field.column)
    if isinstance(field, models.JSONField):
        encoder = field.encoder
        return name, lambda row: _as_json(row.__dict__[attname], encoder)
    return name, lambda row: row.__dict__[attname]


def _as_json(value: Any, encoder: Any) -> str | None:
    return None if value is None else json.dumps(value, cls=encoder)


def take_stock() -> None:
    """Fresh statistics after a large load: until then Postgres plans as if the tables were still empty."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
