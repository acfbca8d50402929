"""Where a deal stands on a board, and its neighbours there: by the board's own order, also of cards not drawn yet."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, F, Q, Window
from django.db.models.functions import Lag, Lead, RowNumber
from django.urls import reverse
from django.utils.translation import gettext as _

from pipeline.board import BoardMaker
from pipeline.columns import Slot
from pipeline.models import Deal


@dataclass(frozen=True, slots=True)
class Beside:
    place: int
    count: int
    column: str
    before: str  # the board with the neighbour's panel; empty at the end
    after: str
    query: str  # of the deal's own address, so that it knows its neighbours when it is drawn again

    def __str__(self) -> str:
        words = {"place": self.place, "count": self.count, "stage": self.column}
        return _("%(place)s of %(count)s in %(stage)s") % words


def beside_of(maker: BoardMaker, deal: Deal) -> Beside | None:
    """None if it is on none of the board's columns."""
    key = maker.columns.key_of(deal.__dict__)
    slot = next((slot for slot in maker.columns.slots if slot.key == key), None)
    row = _around(maker, deal, slot) if slot and deal.is_open else None
    if slot is None or row is None:
        return None
    before, after, place, count = row
    query = "&".join(filter(None, [f"beside={maker.shape.pipeline.pk}", maker.asked.query]))
    return Beside(place, count, slot.name, _address(maker, before), _address(maker, after), query)


def _address(maker: BoardMaker, deal: int | None) -> str:
    query = "&".join(filter(None, [maker.asked.query, f"panel={deal}"]))
    return f"{reverse('pipeline:board', args=[maker.shape.pipeline.pk])}?{query}" if deal else ""


def _around(maker: BoardMaker, deal: Deal, slot: Slot) -> tuple[int | None, int | None, int, int] | None:
    ends = (
        [F("place").desc(), F("pk").desc()] if maker.columns.sort.is_descending else [F("place").asc(), F("pk").asc()]
    )
    rows = maker.in_order(_narrow(maker, slot), "").order_by()
    rows = rows.annotate(
        before=Window(Lag("pk"), order_by=ends),
        behind=Window(Lead("pk"), order_by=ends),
        number=Window(RowNumber(), order_by=ends),
        count=Window(Count("*")),
    )
    sql, params = rows.values("pk", "before", "behind", "number", "count").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT before, behind, number, count FROM ({sql}) AS around WHERE pk = %s", [*params, deal.pk])
        found: tuple[int | None, int | None, int, int] | None = cursor.fetchone()
    return found


def _narrow(maker: BoardMaker, slot: Slot) -> Q:
    if slot.stage:
        return Q(stage=slot.stage)
    board = Q(pipeline=maker.shape.pipeline, outcome="open")
    start, end = slot.days or (None, None)
    within = Q(expected_close_on__gte=start, expected_close_on__lt=end) if slot.days else Q(expected_close_on=None)
    return board & within
