"""Append many rows at once: Postgres' COPY is several times faster than INSERT."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from django.db import connection, models
from django.db.models.fields import NOT_PROVIDED

WORTH_IT = 100  # fewer rows are one INSERT


def append[M: models.Model](model: type[M], rows: Sequence[M]) -> None:
    """Insert new rows. Those without an id get one from the database, but need not learn which."""
    if len(rows) < WORTH_IT:
        model._default_manager.bulk_create(rows)
        return
    has_ids = rows[0].pk is not None
    columns = [_column(field) for field in model._meta.concrete_fields if not _is_given(field, has_ids)]
    names = ", ".join(f'"{name}"' for name, _read in columns)
    statement = f'COPY "{model._meta.db_table}" ({names}) FROM STDIN'
    with connection.cursor() as cursor, connection.wrap_database_errors, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row([read(row) for _name, read in columns])
    for row in rows:
        row._state.adding, row._state.db = False, connection.alias


def _is_given(field: Any, has_ids: bool) -> bool:
    """Whether the database fills the column itself."""
    return (field.primary_key and not has_ids) or field.db_default is not NOT_PROVIDED


def _column(field: Any) -> tuple[str, Callable[[Any], Any]]:
    attname, name = field.attname, str(field.column)
    if isinstance(field, models.JSONField):
        encoder = field.encoder
        return name, lambda row: _as_json(row.__dict__[attname], encoder)
    return name, lambda row: row.__dict__[attname]


def _as_json(value: Any, encoder: Any) -> str | None:
    return None if value is None else json.dumps(value, cls=encoder)
