"""Looking back: inside `looking_back(moment)` every query reads the tables as they stood at that instant.

A table that has a history says here, by `stands_for`, which SELECT gives its rows of then. A query that names the table
is sent with that SELECT in front, as a CTE of the table's own name: Postgres finds it before the table, folds it into
the query, and board, list, table, reports and API need not know. Nothing can be written meanwhile.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from django.db import connection, models
from django.utils import timezone
from psycopg import sql as postgres

from crm.models import ExchangeRate, PlanRate, Workspace
from crm.moment import Moment, at_moment, current_moment, read_moment

History = Callable[[Moment], str]
READING = re.compile(
    r"(?P<explain>\s*(?:EXPLAIN \([^)]*\)\s*)?)(?:(?P<with>WITH\s+RECURSIVE\b|WITH\b)|SELECT\b|\()", re.IGNORECASE
)
HARMLESS = ("SAVEPOINT", "RELEASE SAVEPOINT", "ROLLBACK TO SAVEPOINT", "SET ", "SHOW ")
NAMES = re.compile(r"[a-z]+_[a-z]+")

_histories: dict[str, History] = {}


def stands_for(model: type[models.Model]) -> Callable[[History], History]:
    """Of the SELECT with all the model's columns. A real table it reads is named with its schema: `public.…`.

    Tables are built upon each other in the order in which they are declared.
    """

    def declare(history: History) -> History:
        _histories[model._meta.db_table] = history
        return history

    return declare


def moment_of(text: str) -> Moment:
    """What `?as_of=` means to this company. Raises BadMoment."""
    return read_moment(text, Workspace.current().zone, timezone.now())


@contextmanager
def looking_back(moment: Moment | None) -> Iterator[None]:
    """None: at things as they are."""
    if moment is None:
        yield
        return
    with at_moment(moment), connection.execute_wrapper(_as_it_stood):
        yield


def _as_it_stood(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    reads = READING.match(sql)
    if reads is None:
        if not sql.lstrip().upper().startswith(HARMLESS):
            raise RuntimeError("The past cannot be changed.")
        return execute(sql, params, many, context)
    return execute(then(sql, params), params, many, context)


def then(sql: str, params: Any = None) -> str:
    """A query as it is sent while looking back: for statements that keep what it says elsewhere."""
    reads = READING.match(sql)
    if reads is None or not (tables := _tables_of(sql)):
        return sql
    tables = tables if params is None else tables.replace("%", "%%")
    rest = f", {sql[reads.end('with') :]}" if reads["with"] else f" {sql[reads.end('explain') :]}"
    return f"{reads['explain']}{reads['with'] or 'WITH'} {tables}{rest}"


def _tables_of(sql: str) -> str:
    """The CTEs for the tables that a query names, and for those that these are made of."""
    moment = current_moment()
    assert moment is not None
    named, found = set(NAMES.findall(sql)), []
    for table, history in reversed(_histories.items()):
        if table in named:
            select = history(moment)
            named |= set(NAMES.findall(select))
            found.append(f"{table} AS NOT MATERIALIZED ({select})")
    return ", ".join(reversed(found))


def columns_of(model: type[models.Model], then: Mapping[str, str], otherwise: Callable[[Any], str]) -> str:
    """All the model's columns for a SELECT: `then` says how some were, `otherwise` what becomes of any other field."""
    fields = model._meta.concrete_fields
    return ", ".join(f'{then.get(field.attname) or otherwise(field)} AS "{field.attname}"' for field in fields)


def literal(value: Any) -> str:
    """A value as SQL writes it."""
    return postgres.Literal(value).as_string()


def recorded_by(model: type[models.Model]) -> None:
    """Of a table that is only added to: what was entered or corrected later was not known then."""

    def rows(moment: Moment) -> str:
        return f"SELECT * FROM public.{model._meta.db_table} WHERE recorded_at <= {literal(moment.at)}"

    stands_for(model)(rows)


recorded_by(ExchangeRate)
recorded_by(PlanRate)
