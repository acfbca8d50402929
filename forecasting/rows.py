"""The rows of a query as the driver gives them: for thousands of sums, without what the ORM does to each value."""

from collections.abc import Callable, Hashable
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from crm.moment import current_moment
from crm.rows import phrased, prepared


def plain_rows(query: Callable[[], QuerySet[Any, Any]], *, known: Hashable | None = None) -> list[tuple[Any, ...]]:
    """`query` makes a `values_list` of columns whose values need no conversion (numbers, dates, texts).

    It is phrased and planned once where it depends, as of now, on nothing but what is `known`.
    """
    known = None if current_moment() else known
    try:
        sql, params = phrased(query, known=known)
    except EmptyResultSet:
        return []
    with connection.cursor() if known is None else prepared() as cursor:
        cursor.execute(sql, params)
        return list(cursor.fetchall())
