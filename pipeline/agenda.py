"""My day: what one has planned, and one's deals that stand still."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F

from crm.access import Reach
from crm.models import Workspace
from pipeline.cards import Card, CardMaker
from pipeline.models import Activity, Deal, Outcome, Stage
from pipeline.stalling import stall_days_of, stalled
from pipeline.valuing import Valuing

MOST = 200


@dataclass(slots=True)
class Agenda:
    today: date
    overdue: list[Activity]
    due: list[Activity]
    coming: list[Activity]
    stalled: list[Card]
    without_step: int  # open deals of one's own without a next step

    @property
    def is_empty(self) -> bool:
        return not (self.overdue or self.due or self.coming or self.stalled)


def agenda_of(reach: Reach) -> Agenda:
    workspace = Workspace.current()
    today = workspace.today
    planned = Activity.objects.filter(owner=reach.user_id, done_at=None, due_on__lte=today + timedelta(days=7))
    planned = planned.filter(deal__in=Deal.objects.visible_to(reach).live())
    activities = planned.select_related("deal__company", "deal__owner").order_by(
        "due_on", F("due_time").asc(nulls_first=True), "pk"
    )
    listed = list(activities[:MOST])
    mine = Deal.objects.visible_to(reach).live().filter(owner=reach.user_id, outcome=Outcome.OPEN)
    still = mine.alias(**stall_days_of(workspace.zone)).filter(stalled(today)).order_by("stage_since")[:MOST]
    maker = CardMaker(reach, Stage.objects.in_bulk(), Valuing.today())
    return Agenda(
        today=today,
        overdue=[one for one in listed if one.due_on and one.due_on < today],
        due=[one for one in listed if one.due_on == today],
        coming=[one for one in listed if one.due_on and one.due_on > today],
        stalled=maker.cards(still),
        without_step=mine.filter(next_step=None).count(),
    )
