"""Everything the deal's page shows, in a fixed number of statements."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access import Reach, Sight, who_sees
from crm.custom.words import Shown, shown_of
from crm.models import Workspace
from crm.templatetags.penstock import day
from pipeline.actions import can_be_undone, is_followed
from pipeline.beside import Beside
from pipeline.chronicle import Chronicle, chronicle_of, events_of
from pipeline.history import is_told
from pipeline.models import (
    Activity,
    ActivityKind,
    Category,
    Deal,
    DealChange,
    DealContact,
    DealFile,
    DealLine,
    DealRole,
    Stage,
)
from pipeline.models.activities import ICONS
from pipeline.stalling import is_stalled
from pipeline.valuing import Valuing


class Step(NamedTuple):
    """A stage on the way, and how long the deal was in it."""

    stage: Stage
    css: str
    days: str


@dataclass(slots=True)
class Dossier:
    deal: Deal
    today: date
    may_change: bool
    stages: list[Stage]
    path: list[Step]
    days_here: int
    days_in_all: int
    converted: Decimal | None
    currency: str
    is_stalled: bool
    next_step: Activity | None
    planned: list[Activity]  # besides the next step and what its checklist shows
    chronicle: Chronicle
    entry_count: int
    touches: int
    files: list[DealFile]
    people: list[DealContact]
    lines: list[DealLine]
    lines_total: Decimal
    seen: list[Sight]
    custom: list[Shown]
    beside: Beside | None  # where it stands on the board that it was opened from
    undo: DealChange | None  # the newest change, if it can be taken back

    @property
    def url(self) -> str:
        address = reverse("pipeline:deal", args=[self.deal.pk])
        return f"{address}?{self.beside.query}" if self.beside else address

    @property
    def seers(self) -> int:
        return sum(len(sight.users) for sight in self.seen)

    @property
    def next_stage(self) -> Stage | None:
        """The stage after this one, for the one button of a phone."""
        later = [stage for stage in self.stages if stage.is_open and stage.position > self.deal.stage.position]
        return later[0] if later and self.deal.is_open else None

    @property
    def may_change_lines(self) -> bool:
        return self.may_change and not self.deal.amount_from_quote

    @property
    def category(self) -> str:
        return str(Category(self.deal.category).label)

    @property
    def step_when(self) -> str:
        """When the next step is due, in words."""
        if self.next_step is None or self.next_step.due_on is None:
            return ""
        late = (self.today - self.next_step.due_on).days
        if late > 0:
            return _("Next step, overdue %(days)d d") % {"days": late}
        names = {0: _("today"), -1: _("tomorrow")}
        when = names.get(late) or day(self.next_step.due_on, "EdMMM")
        at = f" {self.next_step.due_time:%H:%M}" if self.next_step.due_time else ""
        return _("Next step, %(when)s") % {"when": f"{when}{at}"}

    @property
    def kinds(self) -> list[tuple[str, str, str]]:
        """What can be logged, in the composer's order."""
        order = (ActivityKind.NOTE, ActivityKind.CALL, ActivityKind.EMAIL, ActivityKind.MEETING, ActivityKind.TASK)
        return [(kind.value, ICONS[kind], str(kind.label)) for kind in order]

    @property
    def roles(self) -> list[tuple[str, Any]]:
        return DealRole.choices

    @property
    def tiles(self) -> list[tuple[str, str, str]]:
        order = (ActivityKind.CALL, ActivityKind.EMAIL, ActivityKind.NOTE, ActivityKind.TASK)
        return [(kind.value, ICONS[kind], str(kind.label)) for kind in order]


def dossier_of(deal: Deal, reach: Reach, *, kind: str = "", after: str = "", beside: Beside | None = None) -> Dossier:
    """`deal` as read with stage, pipeline, company, owner, team, source and reasons; `kind`, `after`: its timeline."""
    workspace = Workspace.current()
    stages = list(deal.pipeline.stages.all())
    changes = list(deal.changes.select_related("by").order_by("-version", "-id"))
    events = events_of(deal)
    chronicle = chronicle_of(deal, changes, events, kind=kind, after=after)
    touches = deal.activities.filter(done_at__isnull=False).count()
    files = list(deal.files.filter(deleted_at=None).select_related("by"))
    to_do = deal.activities.filter(done_at=None, due_on__isnull=False).select_related("owner")
    planned = list(to_do.order_by("due_on", F("due_time").asc(nulls_first=True), "pk"))
    lines = list(deal.lines.select_related("product"))
    visits = days_by_stage(changes, workspace.zone)
    entered_on = deal.stage_since.astimezone(workspace.zone).date()
    opened_on = deal.opened_at.astimezone(workspace.zone).date()
    touched_on = deal.touched_at.astimezone(workspace.zone).date() if deal.touched_at else None
    valuing = Valuing.today()
    return Dossier(
        deal=deal,
        today=workspace.today,
        may_change=reach.changes(deal.owner_id, deal.team_id),
        stages=stages,
        path=path_of(deal, stages, visits),
        days_here=max(0, (workspace.today - entered_on).days),
        days_in_all=max(0, ((deal.closed_on or workspace.today) - opened_on).days),
        converted=valuing.convert(deal.money) if deal.amount is not None else None,
        currency=valuing.currency,
        is_stalled=deal.is_open
        and not planned
        and is_stalled(entered_on, deal.stage.stall_days, touched_on, workspace.today),
        next_step=planned[0] if planned else None,
        planned=[activity for activity in planned[1:] if not activity.in_checklist],
        chronicle=chronicle,
        entry_count=sum(is_told(change) for change in changes) + touches + len(files) + len(events),
        touches=touches,
        files=files,
        people=list(deal.people.select_related("contact").prefetch_related("contact__positions")),
        lines=lines,
        lines_total=sum((line.total for line in lines), Decimal(0)),
        seen=who_sees(deal.owner, deal.team_id),
        custom=shown_of("deal", deal.custom),
        beside=beside,
        undo=next((change for change in changes[:1] if _may_undo(deal, change)), None),
    )


def _may_undo(deal: Deal, change: DealChange) -> bool:
    return can_be_undone(change) and not is_followed(deal, change.was)


# ── The way through the stages ─────────────────────────────────────────────────────────────────────


def days_by_stage(changes: list[DealChange], zone: ZoneInfo) -> dict[int, int]:
    """Days spent in each stage, all visits together, by the calendar; `changes` newest first."""
    spent: dict[int, int] = defaultdict(int)
    until = timezone.now().astimezone(zone).date()
    for change in sorted(changes, key=lambda change: (change.effective_at, change.pk), reverse=True):
        since = min(until, change.effective_at.astimezone(zone).date())
        spent[change.stage_id] += (until - since).days
        until = since
    return dict(spent)


def path_of(deal: Deal, stages: list[Stage], days: dict[int, int]) -> list[Step]:
    """The open stages and how it ended, or would end if won."""
    end = next((stage for stage in stages if stage.kind == (deal.outcome if not deal.is_open else "won")), None)
    way = [stage for stage in stages if stage.is_open] + ([end] if end else [])
    here = deal.stage.position if deal.is_open else len(stages)
    return [Step(stage, _css(deal, stage, here), _days(deal, stage, days)) for stage in way]


def _css(deal: Deal, stage: Stage, here: int) -> str:
    if stage.pk == deal.stage_id:
        return {"open": "is-current", "won": "is-current is-won", "lost": "is-current is-lost"}[stage.kind]
    return "is-done" if stage.is_open and stage.position < here and not deal.is_lost else ""


def _days(deal: Deal, stage: Stage, days: dict[int, int]) -> str:
    if stage.pk not in days or not stage.is_open:
        return ""
    if stage.pk == deal.stage_id and stage.stall_days is not None:
        return _("%(days)d d, limit %(limit)d") % {"days": days[stage.pk], "limit": stage.stall_days}
    return _("%(days)d d") % {"days": days[stage.pk]}
