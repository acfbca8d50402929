"""The rows of a query as the driver gives them: for thousands of sums, without what the ORM does to each value."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet


def plain_rows(query: QuerySet[Any, Any]) -> list[tuple[Any, ...]]:
    """`query` is a `values_list` of columns whose values need no conversion (numbers, dates, texts)."""
    try:
        sql, params = query.query.sql_with_params()
    except EmptyResultSet:
        return []
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
