"""Lists by key: a page starts behind a row, not at a number, so that the thousandth costs what the first does."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Q
from django.http import HttpRequest

SIZE = 50


class Page(NamedTuple):
    rows: Sequence[Any]
    next_url: str  # empty on the last page

    @property
    def size(self) -> int:
        return SIZE


def page_by_name(request: HttpRequest, records: models.QuerySet[Any]) -> Page:
    """The rows by (name, id) that follow the one named by `?after=<id>`."""
    after = _number(request)
    last = after and records.model._default_manager.filter(pk=after).values_list("name", "pk").first()
    if last:
        name, pk = last
        records = records.filter(Q(name__gt=name) | Q(pk__gt=pk), name__gte=name)
    return _page(request, records.order_by("name", "pk"))


def page_by(request: HttpRequest, records: models.QuerySet[Any], order: Any, sign: str) -> Page:
    """The rows by (`order`, id), or with the sign - the other way round, that follow the one named by `?after=<id>`."""
    after = _number(request)
    records = records.annotate(place=order)
    last = records.model._default_manager.filter(pk=after).annotate(place=order).values_list("place", flat=True).first()
    if last is not None:
        compare = "lt" if sign else "gt"
        records = records.filter(Q(**{f"place__{compare}": last}) | Q(place=last, **{f"pk__{compare}": after}))
    return _page(request, records.order_by(f"{sign}place", f"{sign}pk"))


def page_newest_first(request: HttpRequest, records: models.QuerySet[Any]) -> Page:
    """The rows older than the one named by `?after=<id>`."""
    if after := _number(request):
        records = records.filter(pk__lt=after)
    return _page(request, records.order_by("-pk"))


def page_latest(request: HttpRequest, records: models.QuerySet[Any], instant: str) -> Page:
    """The rows by (instant, id), latest first, that follow the one named by `?after=<id>`."""
    after = _number(request)
    last = after and records.filter(pk=after).values_list(instant, "pk").first()
    if last:
        at, pk = last
        records = records.filter(Q(**{f"{instant}__lt": at}) | Q(pk__lt=pk), **{f"{instant}__lte": at})
    return _page(request, records.order_by(f"-{instant}", "-pk"))


def _page(request: HttpRequest, records: models.QuerySet[Any]) -> Page:
    rows = list(records[: SIZE + 1])
    if len(rows) <= SIZE:
        return Page(rows, "")
    query = request.GET.copy()
    query["after"] = str(rows[SIZE - 1].pk)
    return Page(rows[:SIZE], f"?{query.urlencode()}")


def _number(request: HttpRequest) -> int:
    text = request.GET.get("after", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0
