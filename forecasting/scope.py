"""Whose numbers a page is about: a line of the forecast with its deals, as plan and dashboard start from it."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import Http404

from crm.access import Reach
from forecasting.forms import Asked
from forecasting.links import Opening
from forecasting.measures import deals_behind
from forecasting.screen import opening_of
from forecasting.table import Table, forecast_table
from forecasting.weighting import Row
from pipeline.models import Deal


@dataclass(frozen=True, slots=True)
class Scope:
    reach: Reach
    asked: Asked
    table: Table
    row: Row  # everybody asked for; oneself for whoever answers for nobody
    to: Opening

    @property
    def deals(self) -> QuerySet[Deal]:
        """All its live deals, whenever they close."""
        return deals_behind(self.to.scope, self.reach)

    @property
    def is_own(self) -> bool:
        return self.row.kind == "person" and self.row.id == self.reach.user_id


def scope_of(reach: Reach, asked: Asked) -> Scope:
    """Raises Http404 for a team that one may not read."""
    table = forecast_table(reach, asked.period, **asked.narrowed)
    if asked.team and asked.team not in table.tree.teams:
        raise Http404
    own = None if reach.is_manager or asked.owner or asked.team else table.of_person(reach.user_id)
    row = own or table.total
    return Scope(reach, asked, table, row, opening_of(row, asked.period, asked.pipeline))
