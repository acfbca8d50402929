"""The page that plans backwards: what was measured, what it takes, whether it can still be done, and what if."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.forms.boundfield import BoundField
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.access import Reach
from crm.forms import as_typed
from crm.models import Workspace
from crm.money import round_to
from crm.period_choice import Calendar
from crm.periods import Period, add_months, month_start
from crm.templatetags.penstock import percent, plain_percent, whole
from forecasting.charts import share
from forecasting.forms import Asked
from forecasting.links import Opening
from forecasting.measures import Closed, a_week, ages_of, closed_in, deals_behind, expected_variance, stage_ages
from forecasting.plan_forms import WhatIfForm, plain
from forecasting.planning import Curve, Plan, Question, Share, Step, Verdict, plan_back
from forecasting.scope import Scope, scope_of
from forecasting.templatetags.forecast import frequency, times
from pipeline.models import Pipeline, Stage

SLIDERS = ("win", "size")
FEW = 10  # won deals: with fewer of one's own, everybody's say more


@dataclass(frozen=True, slots=True)
class Measured:
    """Rates with how many deals they were seen in. `is_wider`: of everybody within reach, for want of enough own."""

    over: Period
    closed: Closed
    within: Share | None
    evenly: Decimal
    of_stage: dict[int, Share | None]
    usual: Decimal
    is_wider: bool
    to: Opening


class Fact(NamedTuple):
    """One measured rate in words: its value, its 95 % interval, how many deals it was seen in, and which."""

    label: str
    value: str
    interval: str = "–"
    of: int | None = None
    url: str = ""


@dataclass(frozen=True, slots=True)
class Rung:
    """One line of the answer: how many of something, in all, a week, a week and person."""

    label: str
    step: Step
    note: str
    width: str
    a_week: Decimal | None
    each: Decimal | None  # a week and person


@dataclass(frozen=True)
class PlanScreen:
    scope: Scope
    calendar: Calendar
    form: WhatIfForm
    unmoved: list[BoundField]  # sliders as they stand now, where nobody moved them
    plan: Plan
    measured: Measured
    pipeline: Pipeline | None
    stages: list[Stage]  # of the pipeline, open ones
    finding: str
    rungs: list[Rung]
    facts: list[Fact]
    is_if: bool  # something else than what was measured
    quotas_query: str

    @property
    def pipelines(self) -> list[Pipeline]:
        return list(Pipeline.objects.all())

    @property
    def days_left(self) -> int:
        return max(0, self.plan.question.days_left)

    @property
    def may_set_quotas(self) -> bool:
        asked, rows = self.scope.asked, self.scope.table.rows
        return (
            asked.period.kind in {"month", "quarter"}
            and not asked.as_of
            and any(row.may_set_quota for row in rows if row.kind == "person")
        )


def plan_screen(reach: Reach, asked: Asked, query: QueryDict) -> PlanScreen:
    scope = scope_of(reach, asked)
    form = WhatIfForm.of(query)
    pipeline = _pipeline(asked)
    stages = list(pipeline.stages.filter(kind="open")) if pipeline else []
    measured = _measured(scope, form.months, pipeline)
    question = _question(scope, form, measured, stages)
    fresh = WhatIfForm()
    for each in (form, fresh):
        _stand(each, measured, question, form.months)
    plan = plan_back(question)
    return PlanScreen(
        scope=scope,
        calendar=Calendar(query, asked.period),
        form=form,
        unmoved=[fresh[name] for name in SLIDERS if form.said(name) is None],
        plan=plan,
        measured=measured,
        pipeline=pipeline,
        stages=stages,
        finding=finding_of(plan),
        rungs=_rungs(plan, measured, stages),
        facts=_facts(plan, measured),
        is_if=any(form.said(name) is not None for name in SLIDERS),
        quotas_query=f"{asked.address}&target={question.target:f}",
    )


def _pipeline(asked: Asked) -> Pipeline | None:
    """Whose stages are the rungs: the one asked for, else the default one."""
    pipelines = Pipeline.objects.all()
    return pipelines.filter(pk=asked.pipeline).first() if asked.pipeline else pipelines.filter(is_default=True).first()


# ── Measuring ──────────────────────────────────────────────────────────────────────────────────────


def history_of(months: int) -> Period:
    """So many whole months, and what there is of this one."""
    this_month = month_start(Workspace.current().today)
    return Period(add_months(this_month, -months), add_months(this_month, 1))


def days_left(period: Period) -> int:
    """After today; negative once it is over."""
    return (period.last_day - Workspace.current().today).days


def _measured(scope: Scope, months: int, pipeline: Pipeline | None) -> Measured:
    over, days = history_of(months), days_left(scope.asked.period)
    to, deals = scope.to, scope.deals
    closed = closed_in(deals, [over])[0]
    is_wider = closed.total.won_deals < FEW and bool(to.scope)
    if is_wider:
        to = Opening(over, f"pipeline={scope.asked.pipeline}" if scope.asked.pipeline else "")
        deals = deals_behind(to.scope, scope.reach)
        closed = closed_in(deals, [over])[0]
    curve = Curve.of(ages_of(deals, over), days)
    by_stage = stage_ages(deals, pipeline.pk, over) if pipeline else {}
    return Measured(
        over=over,
        closed=closed,
        within=curve.within(),
        evenly=curve.evenly(),
        of_stage={stage: Curve.of(aged, days).within() for stage, aged in by_stage.items()},
        usual=a_week(scope.deals),
        is_wider=is_wider,
        to=Opening(over, to.scope),
    )


# ── Asking ─────────────────────────────────────────────────────────────────────────────────────────


def _question(scope: Scope, form: WhatIfForm, measured: Measured, stages: Sequence[Stage]) -> Question:
    size = measured.closed.size
    within = measured.within.value if measured.within else None
    if_within, if_size = form.said("win"), form.said("size")
    factor = if_within / 100 / within if if_within is not None and within else Decimal(1)
    mean = if_size if if_size is not None else size.mean if size else None
    lead_rate = form.said("leads")
    return Question(
        target=_target(form, scope),
        won=scope.row.figures.won,
        open_expected=scope.row.figures.weighted,
        open_variance=expected_variance(deals_behind(scope.to.open, scope.reach)),
        days_left=days_left(scope.asked.period),
        within=if_within / 100 if if_within is not None else within,
        evenly=min(Decimal(1), measured.evenly * factor),
        eventual=measured.closed.total.win_rate,
        size=mean,
        deviation=_scaled(size.deviation, mean, size.mean) if size and mean else Decimal(0),
        cycle=measured.closed.cycle.median,
        of_stage=[_capped(measured.of_stage.get(stage.pk), factor) for stage in stages],
        lead_rate=lead_rate / 100 if lead_rate else None,
        people=form.said("people") or _sellers(scope),
        usual=measured.usual,
    )


def _target(form: WhatIfForm, scope: Scope) -> Decimal:
    typed: Decimal | None = form.said("target")
    return typed if typed is not None else scope.row.quota or Decimal(0)


def _scaled(deviation: Decimal, mean: Decimal, was: Decimal) -> Decimal:
    """Larger deals differ the more."""
    return deviation * mean / was if was else deviation


def _capped(seen: Share | None, factor: Decimal) -> Decimal | None:
    return min(Decimal(1), seen.value * factor) if seen else None


def _sellers(scope: Scope) -> int:
    """People with a line of their own; whoever reads theirs alone is one."""
    if scope.row.kind == "person":
        return 1
    return max(1, len({row.id for row in scope.table.rows if row.kind == "person"}))


def _stand(form: WhatIfForm, measured: Measured, question: Question, months: int) -> None:
    """The controls stand where the measures are."""
    within, size = measured.within, measured.closed.size
    win = round_to((within.value if within else Decimal(0)) * 100, 1)
    mean = round_to(size.mean if size else Decimal(0), 0)
    form.stand("target", as_typed(question.target) if question.target else "")
    form.stand("win", plain(win), step="0.1", min="0", max="100")
    form.stand("size", plain(mean), step="1", min="0", max=plain(max(mean * 3, Decimal(100))))
    form.stand("people", question.people)
    form.stand("history", months)


# ── Answering ──────────────────────────────────────────────────────────────────────────────────────


def finding_of(plan: Plan) -> str:
    words: dict[str, Any] = {
        "days": max(0, plan.question.days_left),
        "cycle": plain_percent(round_to(plan.question.cycle or Decimal(0), 0)),
        "times": times(plan.effort),
        "deals": plan.created.needed,
    }
    return {
        Verdict.REACHED: _("The target is reached: nothing more is needed"),
        Verdict.COVERED: _("The open deals are expected to bring it: no new one is needed"),
        Verdict.OVER: _("The period is over"),
        Verdict.UNKNOWN: _("Nothing was won in these months: there is nothing to plan by"),
        Verdict.IMPOSSIBLE: _("No longer possible with new deals: none was ever won within %(days)s days"),
        Verdict.LATE: _("No longer possible at the usual pace: a won deal takes %(cycle)s days, %(days)s are left"),
        Verdict.USUAL: _("Feasible: %(deals)s new deals, no more a week than usual"),
        Verdict.MORE: _("A stretch: %(deals)s new deals, %(times)s as many a week as usual"),
        Verdict.FAR_MORE: _("Hardly feasible: %(deals)s new deals, %(times)s as many a week as usual"),
    }[plan.verdict] % words


def _rungs(plan: Plan, measured: Measured, stages: Sequence[Stage]) -> list[Rung]:
    asked = plan.question
    become = _("%(rate)s become deals") % {"rate": percent(asked.lead_rate, 1)}
    lines = [
        (_("Leads"), plan.leads, become if asked.lead_rate else _("say what share of them becomes a deal")),
        (_("New deals"), plan.created, _in_time(asked.within, measured.within)),
        *(
            (stage.name, step, _in_time(chance, measured.of_stage.get(stage.pk)))
            for stage, step, chance in zip(stages[1:], plan.stages[1:], asked.of_stage[1:], strict=True)
        ),
        (_("Won"), plan.wins, ""),
    ]
    top = max(step.needed or 0 for _label, step, _note in lines)
    return [
        Rung(
            label=label,
            step=step,
            note=note,
            width=share(step.needed or 0, top),
            a_week=step.a_week(plan.weeks),
            each=_each(step.a_week(plan.weeks), asked.people),
        )
        for label, step, note in lines
    ]


def _facts(plan: Plan, measured: Measured) -> list[Fact]:
    size, cycle = measured.closed.size, measured.closed.cycle
    days = ngettext(
        "New deals won within %(n)s day", "New deals won within %(n)s days", max(0, plan.question.days_left)
    )
    return [
        _share(days % {"n": max(0, plan.question.days_left)}, measured.within),
        _share(_("Won of those closed, however long it took"), measured.closed.win_rate),
        Fact(
            label=_("Mean value of a won deal"),
            value=whole(size.mean if size else None),
            interval=_between(*(whole(end) for end in (size.interval or ()))) if size else "–",
            of=size.of if size else None,
            url=measured.to.won,
        ),
        Fact(
            label=_("Days from opening to winning, median"),
            value="–" if cycle.median is None else plain_percent(cycle.median),
            of=cycle.of or None,
        ),
        Fact(_("New deals a week, last 90 days"), frequency(measured.usual)),
    ]


def _share(label: str, seen: Share | None) -> Fact:
    if seen is None:
        return Fact(label, "–")
    return Fact(label, percent(seen.value, 1), _between(*(percent(end) for end in seen.interval or ())), seen.of)


def _between(low: str = "", high: str = "") -> str:
    return f"{low} – {high}" if high else "–"


def _in_time(chance: Decimal | None, seen: Share | None) -> str:
    if chance is None or seen is None:
        return ""
    return _("%(rate)s are won in time, of %(n)s") % {"rate": percent(chance, 1), "n": whole(seen.of)}


def _each(a_week: Decimal | None, people: int) -> Decimal | None:
    return None if a_week is None else a_week / people
