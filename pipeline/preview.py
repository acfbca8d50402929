"""What another probability or category of a stage would do to the forecast, before it is saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Case, CharField, Count, F, Q, Sum, Value, When
from django.db.models.functions import Coalesce, NullIf, Round, TruncMonth

from crm.models import Workspace
from crm.periods import add_months, month_start
from pipeline.models import Category, Deal, Outcome, Stage
from pipeline.valuing import CHANCE, NUMERIC, Valuing

MONTHS = 6  # this one and those to come, each on a line of its own
ZERO = Decimal(0)


class Line(NamedTuple):
    """The weighted forecast of the whole company: in a month, or in `part` of the time around those months."""

    month: date | None
    part: str  # "", earlier, later, undated
    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class Preview:
    lines: Sequence[Line]
    following: int  # open deals of the stage without a probability of their own
    keeping: int
    moving: Decimal  # what goes from one forecast category to the other
    unconverted: int
    currency: str

    @property
    def total(self) -> Line:
        return Line(None, "total", sum((x.before for x in self.lines), ZERO), sum((x.after for x in self.lines), ZERO))


def preview_of(stage: Stage, *, probability: Decimal, category: str) -> Preview:
    """By SQL over all open deals, each rounded by itself, as the forecast's cells are."""
    valuing = Valuing.today()
    deals = Deal.objects.filter(outcome=Outcome.OPEN, archived_at=None)
    counts = deals.filter(stage=stage).aggregate(
        following=Count("pk", filter=Q(probability_override=None)),
        keeping=Count("pk", filter=Q(probability_override__isnull=False)),
        unconverted=Count("pk", filter=~Q(currency__in=[valuing.currency, *valuing.rates.worth])),
    )
    moving = ZERO
    if category != stage.category:
        moving = deals.filter(stage=stage, category_override="").aggregate(sum=Sum(valuing.open_value()))["sum"] or ZERO
    months = _weighted(deals, valuing, stage, probability, category)
    return Preview(_lines(months), moving=moving, currency=valuing.currency, **counts)


def _weighted(deals: Any, valuing: Valuing, stage: Stage, probability: Decimal, category: str) -> dict[Any, Any]:
    """Month → the weighted forecast now, and as it would be."""
    here = Q(stage=stage)
    own = NullIf("category_override", Value(""))
    rows = deals.annotate(
        month=TruncMonth("expected_close_on"),
        value=valuing.open_value(),
        chance=CHANCE,
        then=Case(
            When(here, then=Coalesce("probability_override", Value(probability))), default=CHANCE, output_field=NUMERIC
        ),
        counts=Coalesce(own, "stage__category"),
        counts_then=Case(
            When(here, then=Coalesce(own, Value(category))),
            default=Coalesce(own, "stage__category"),
            output_field=CharField(),
        ),
    )

    def summed(chance: str, counted: str) -> Any:
        weighted = Round(F("value") * F(chance) / 100, precision=valuing.digits, output_field=NUMERIC)
        return Coalesce(Sum(weighted, filter=~Q(**{counted: Category.OMITTED})), Value(ZERO), output_field=NUMERIC)

    sums = (
        rows.values("month")
        .annotate(now=summed("chance", "counts"), after=summed("then", "counts_then"))
        .order_by("month")
    )
    return {row["month"]: (row["now"], row["after"]) for row in sums}


def _lines(months: dict[Any, tuple[Decimal, Decimal]]) -> list[Line]:
    first = month_start(Workspace.current().today)
    shown = [add_months(first, number) for number in range(MONTHS)]
    around = {
        "earlier": [month for month in months if month and month < first],
        "later": [month for month in months if month and month > shown[-1]],
        "undated": [month for month in months if month is None],
    }
    lines = [Line(month, "", *months.get(month, (ZERO, ZERO))) for month in shown]
    for part, those in around.items():
        if those:
            lines.append(
                Line(None, part, *(sum(sides, ZERO) for sides in zip(*(months[m] for m in those), strict=True)))
            )
    return lines
