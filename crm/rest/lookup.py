"""One record by its id, through Reach, with SQL that is built once.

Building a query costs Django ten times what Postgres needs to answer it, and every write of the API looks up several
records by id: the query of each kind and reach is the same but for that id.
"""

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import QuerySet

from crm.access import Reach
from crm.models import Workspace
from crm.rows import made, prepared

Find = Callable[[Reach], QuerySet[Any]]
PLACE = -1  # stands for the id while the query is built
MOST = 2**63 - 1


def by_id(find: Find, reach: Reach, pk: int) -> Any:
    """The record, or None if the reach does not extend to it."""
    if not 0 <= pk <= MOST or (built := _built(find, reach, Workspace.current().today)) is None:
        return None
    model, sql, params = built
    with prepared() as cursor:
        cursor.execute(sql, [*params, pk])
        row = cursor.fetchone()
    return None if row is None else made(model, row)


@lru_cache(maxsize=1000)
def _built(find: Find, reach: Reach, today: date) -> tuple[type[models.Model], str, list[Any]] | None:
    """For one day: who is in a team is a question of the date."""
    rows = find(reach).order_by()
    query = rows.only(*(field.name for field in rows.model._meta.concrete_fields)).filter(pk=PLACE).query
    try:
        sql, params = query.sql_with_params()
    except EmptyResultSet:  # a reach that extends to nothing
        return None
    assert params[-1] == PLACE, "the id must be the last condition"
    return rows.model, sql, list(params[:-1])
