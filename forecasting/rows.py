"""The rows of a query as the driver gives them: for thousands of sums, without what the ORM does to each value."""

from collections.abc import Callable, Hashable
from typing import Any

from django.db.models import QuerySet

from crm.moment import current_moment
from crm.rows import fetched


def plain_rows(
    query: Callable[[], QuerySet[Any, Any]], *, known: Hashable | None = None, within: str = "{rows}"
) -> list[tuple[Any, ...]]:
    """`query` makes a `values_list` of columns whose values need no conversion (numbers, dates, texts).

    `within` is SQL around it. It is phrased and planned once where it depends, as of now, on nothing but what is
    `known`.
    """
    return fetched(query, known=None if current_moment() else known, within=within)
