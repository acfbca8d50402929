"""The dashboard of a month or a quarter: what a manager would hang on the wall, each figure with its finding."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import NamedTuple

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.period_choice import Calendar
from crm.periods import Period, add_months
from crm.templatetags.penstock import percent, whole
from forecasting.changes_screen import Figure, figure_of
from forecasting.charts import CardBar, card_bar, share
from forecasting.forms import Asked
from forecasting.links import Opening, deals
from forecasting.measures import Passed, conversions
from forecasting.reports import win_loss
from forecasting.runs import ByDay, ByPeriod, by_day, by_period
from forecasting.scope import Scope, scope_of
from forecasting.screen import opening_of
from forecasting.span import SpanForm
from forecasting.strip import Strip, strip_of
from forecasting.weighting import Row, ratio
from forecasting.win_loss_screen import Reason, largest_loss, reasons_of
from pipeline.models import Pipeline, Stage
from pipeline.valuing import Totals, Valuing, totals_by

FUNNEL_MONTHS = 6  # before the period: deals that entered a stage then have had time to go on
REASONS = 6  # lines on each side
FEW = 10  # deals: with fewer, a share says nothing


# ── Stages ─────────────────────────────────────────────────────────────────────────────────────────


class Rung(NamedTuple):
    """A stage: what is open in it, and what share of those that entered it went on."""

    stage: Stage
    open: Totals
    passed: Passed
    width: str
    url: str

    @property
    def rate(self) -> Decimal | None:
        return ratio(Decimal(self.passed.went_on), Decimal(self.passed.entered))


@dataclass(frozen=True, slots=True)
class Funnel:
    finding: str
    pipeline: Pipeline | None
    over: Period
    rungs: list[Rung]


def _funnel(scope: Scope) -> Funnel:
    pipelines, asked = Pipeline.objects.all(), scope.asked
    chosen = pipelines.filter(pk=asked.pipeline) if asked.pipeline else pipelines.filter(is_default=True)
    pipeline, over = chosen.first(), Period(add_months(asked.period.start, -FUNNEL_MONTHS), asked.period.start)
    if pipeline is None:
        return Funnel("", None, over, [])
    open_deals = scope.deals.filter(outcome="open", pipeline=pipeline)
    standing = totals_by("stage_id", open_deals, Valuing.today())
    passed = conversions(scope.deals, pipeline.pk, over)
    stages = list(pipeline.stages.filter(kind="open"))
    top = max((standing[stage.pk].value for stage in stages if stage.pk in standing), default=Decimal(0))
    rungs = [
        Rung(
            stage,
            here := standing.get(stage.pk, Totals()),
            passed.get(stage.pk, Passed()),
            share(here.value, top),
            deals((("stage", str(stage.pk)), ("outcome", "open"))) + (f"&{scope.to.scope}" if scope.to.scope else ""),
        )
        for stage in stages
    ]
    return Funnel(_bottleneck(rungs), pipeline, over, rungs)


def _bottleneck(rungs: Sequence[Rung]) -> str:
    telling = [rung for rung in rungs if rung.passed.entered >= FEW]
    if not telling:
        return _("Too few deals to say where they are lost")
    worst = min(telling, key=lambda rung: rung.rate or 0)
    words = {"stage": worst.stage.name, "rate": percent(worst.rate), "n": whole(worst.passed.entered)}
    return _("%(stage)s loses most: %(rate)s of %(n)s went on") % words


# ── Reasons ────────────────────────────────────────────────────────────────────────────────────────


class Side(NamedTuple):
    """Won or lost: its main reasons, and the others together."""

    label: str
    fill: str
    value: Decimal
    deals: int
    reasons: list[Reason]
    more: int


@dataclass(frozen=True, slots=True)
class Reasons:
    finding: str
    sides: list[Side]


def _reasons(scope: Scope) -> Reasons:
    asked = scope.asked
    owner = scope.row.id if scope.is_own else asked.owner
    found = win_loss(scope.reach, asked.period, owner=owner, team=asked.team, pipeline=asked.pipeline)
    narrowed = tuple((name, str(pk)) for name, pk in {**asked.narrowed, "owner": owner}.items() if pk)
    top = max((value for row in found.rows for value in (row.won_value, row.lost_value)), default=Decimal(0))
    won, lost = reasons_of(found, "won", top, narrowed), reasons_of(found, "lost", top, narrowed)
    total = found.total
    return Reasons(
        finding=largest_loss(lost),
        sides=[
            Side(_("Won"), "c-won", total.won_value, total.won_deals, won[:REASONS], max(0, len(won) - REASONS)),
            Side(_("Lost"), "c-lost", total.lost_value, total.lost_deals, lost[:REASONS], max(0, len(lost) - REASONS)),
        ],
    )


# ── Who is where ───────────────────────────────────────────────────────────────────────────────────


class Standing(NamedTuple):
    row: Row
    bar: CardBar
    to: Opening


@dataclass(frozen=True, slots=True)
class Standings:
    """Those directly below, best attainment first."""

    finding: str
    lines: list[Standing]


def _standings(scope: Scope) -> Standings:
    below = [row for row in scope.table.rows if row.parent == scope.row.key]
    while len(below) == 1 and below[0].kind == "team":  # one team alone says nothing that its people do not
        below = [row for row in scope.table.rows if row.parent == below[0].key]
    below.sort(key=lambda row: (row.attainment is None, -(row.attainment or 0), row.name))
    lines = [Standing(row, card_bar(row), opening_of(row, scope.asked.period, scope.asked.pipeline)) for row in below]
    owing = [row for row in below if row.attainment is not None]
    if not owing:
        return Standings(_("Nobody below has a quota"), lines)
    reached = sum(row.is_covered for row in owing)
    words = {"name": owing[0].name, "rate": percent(owing[0].attainment), "n": reached, "of": len(owing)}
    return Standings(_("%(name)s leads with %(rate)s; %(n)s of %(of)s reached quota") % words, lines)


# ── What changed ───────────────────────────────────────────────────────────────────────────────────


def _waterfall(scope: Scope) -> Figure:
    """What became of the period's pipeline since it began; its steps open on the page of changes."""
    asked = replace(scope.asked, currency="", owner=scope.row.id if scope.is_own else scope.asked.owner)
    span = SpanForm({}).span(asked)
    return figure_of(scope.reach, asked, span, f"{reverse('forecasting:changes')}{asked.address}")


# ── The whole ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Dashboard:
    scope: Scope
    calendar: Calendar
    strip: Strip
    waterfall: Figure
    by_day: ByDay
    by_period: ByPeriod
    funnel: Funnel
    reasons: Reasons
    standings: Standings

    @property
    def pipelines(self) -> list[Pipeline]:
        return list(Pipeline.objects.all())


def dashboard_of(reach: Reach, asked: Asked, query: QueryDict) -> Dashboard:
    scope = scope_of(reach, asked)
    return Dashboard(
        scope=scope,
        calendar=Calendar(query, asked.period),
        strip=strip_of(scope),
        waterfall=_waterfall(scope),
        by_day=by_day(scope),
        by_period=by_period(scope),
        funnel=_funnel(scope),
        reasons=_reasons(scope),
        standings=_standings(scope),
    )
