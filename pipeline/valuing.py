"""What deals are worth in the workspace's currency, as SQL: rounded per deal, so that every sum has one answer."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, DecimalField, F, Q, QuerySet, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Round

from crm.models import ExchangeRate, Workspace
from crm.money import Money, NotConvertible, Rates, round_to
from crm.rows import fetched
from pipeline.models import Deal, Outcome

NUMERIC: "DecimalField[Any, Any]" = DecimalField(max_digits=40, decimal_places=10)
CHANCE = Coalesce("probability_override", "stage__probability")
FINAL_CHANCE = Case(  # an override counts only while a deal is open
    When(outcome=Outcome.OPEN, then=CHANCE),
    When(outcome=Outcome.WON, then=Value(Decimal(100))),
    default=Value(Decimal(0)),
    output_field=NUMERIC,
)


@dataclass(frozen=True, slots=True)
class Valuing:
    """Today's rates and the base currency's decimals."""

    rates: Rates
    digits: int

    @classmethod
    def today(cls) -> "Valuing":
        workspace = Workspace.current()
        return cls(ExchangeRate.rates_on(workspace.today, workspace.currency_id), workspace.currency.digits)

    @property
    def currency(self) -> str:
        return self.rates.base

    @property
    def known(self) -> Hashable:
        """All that its SQL depends on."""
        return (self.rates.base, self.digits, *self.rates.worth.items())

    def convert(self, money: Money) -> Decimal | None:
        """In the base currency, rounded; None where no rate is known."""
        try:
            return round_to(self.rates.convert(money, self.rates.base).amount, self.digits)
        except NotConvertible:
            return None

    def open_value(self) -> Any:
        """ROUND(amount × newest rate) of an open deal; NULL where no rate is known, 0 where there is no amount."""
        amount = Coalesce("amount", Value(Decimal(0)), output_field=NUMERIC)
        return Case(
            When(currency_id=self.rates.base, then=Round(amount, precision=self.digits)),
            *(
                When(currency_id=code, then=Round(amount * Value(rate), precision=self.digits))
                for code, rate in self.rates.worth.items()
            ),
            default=None,
            output_field=NUMERIC,
        )

    def value(self) -> Any:
        """Of any deal: closed ones keep the value of the day they closed."""
        frozen = When(~Q(outcome=Outcome.OPEN), then=F("base_amount"))
        return Case(frozen, default=self.open_value(), output_field=NUMERIC)


@dataclass(frozen=True, slots=True)
class Totals:
    """Of all deals that match; `missing` are counted but not convertible, and so never summed."""

    count: int = 0
    value: Decimal = Decimal(0)
    weighted: Decimal = Decimal(0)
    missing: int = 0

    def __add__(self, other: "Totals") -> "Totals":
        return Totals(
            self.count + other.count,
            self.value + other.value,
            self.weighted + other.weighted,
            self.missing + other.missing,
        )


# The value is worked out once for each deal: OFFSET 0 keeps Postgres from copying its expression into every sum.
# To multiply by 0.01 is exact too, and takes a third of the time of a division.
SUMS = """count(*), coalesce(sum(value), 0), coalesce(sum(round(value * chance * 0.01, {digits})), 0),
       count(*) FILTER (WHERE value IS NULL)
FROM ({{rows}} OFFSET 0) AS deal"""
OF_STAGES = "SELECT s.id, sums.* FROM pipeline_stage s, LATERAL (SELECT {sums}) AS sums WHERE s.id = ANY(%s::bigint[])"


def totals_by(column: str, deals: QuerySet[Deal], valuing: Valuing) -> dict[Any, Totals]:
    """Of open deals, in one statement."""
    return {key: Totals(*sums) for key, *sums in _summed(deals, column, valuing.open_value(), valuing)}


def totals_of(deals: QuerySet[Deal], valuing: Valuing) -> Totals:
    """Of any deals. Won ones weigh what they brought, lost ones nothing, as their stages say."""
    whole = Totals()
    for outcome, count, value, weighted, missing in _summed(deals, "outcome", valuing.value(), valuing):
        settled = {Outcome.WON: value, Outcome.LOST: Decimal(0)}  # whatever probability was left on them
        whole += Totals(count, value, settled.get(outcome, weighted), missing)
    return whole


def totals_of_stages(
    stages: list[int], deals: Callable[[], QuerySet[Deal]], valuing: Valuing, known: Hashable
) -> dict[int, Totals]:
    """What totals_by("stage_id") finds of deals that are the same for all that is `known`.

    It is phrased and planned once, and looks at a stage once, not for each of its deals.
    """

    def valued() -> Any:
        chance = Coalesce("probability_override", RawSQL("s.probability", []))
        here = deals().filter(stage=RawSQL("s.id", [])).order_by()
        return here.annotate(value=valuing.open_value(), chance=chance).values("value", "chance")

    within = OF_STAGES.format(sums=SUMS.format(digits=valuing.digits))
    found = fetched(valued, known=("sums", known, valuing.known), within=within, behind=[stages])
    return {stage: Totals(*sums) for stage, *sums in found}


def _summed(deals: QuerySet[Deal], by: str, value: Any, valuing: Valuing) -> list[Any]:
    valued = deals.order_by().annotate(value=value, chance=CHANCE).values(by, "value", "chance")
    return fetched(lambda: valued, within=f"SELECT {by}, {SUMS.format(digits=valuing.digits)} GROUP BY {by}")
