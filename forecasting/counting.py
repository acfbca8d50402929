"""Which cells answer for a forecast type, and what of them is added up."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

from django.db.models import BigIntegerField, BooleanField, Q, QuerySet, Sum, Value
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce

from forecasting.models import CellCategory, FamilyCell, ForecastCell
from forecasting.types import ForecastType
from forecasting.weighting import OPEN, Figures
from pipeline.models import Product
from pipeline.valuing import NUMERIC

NO_AMOUNT, NONE = Value(Decimal(0), output_field=NUMERIC), Value(0, output_field=BigIntegerField())
WON, COUNTED = f"category = '{CellCategory.WON}'", f"category <> '{CellCategory.OMITTED}'"
STILL_OPEN = f"category <> '{CellCategory.WON}' AND {COUNTED}"


def cells_of(type: ForecastType) -> QuerySet[Any]:
    return FamilyCell.objects.filter(family=type.family) if type.family else ForecastCell.objects.all()


def amount_of(type: ForecastType) -> Sum:
    """Money in the workspace's currency, or deals, which need no exchange rate."""
    return Sum("deals" if type.is_count else "base_amount")


def figures_of(type: ForecastType) -> dict[str, Any]:
    """For `annotate`: what each field of `Figures` is the sum of, in their order. Omitted deals are in none."""
    amount, weighted = ("deals", "weighted_deals") if type.is_count else ("base_amount", "base_weighted")
    sums = [
        _sum(amount, WON, NO_AMOUNT),
        _sum("deals", WON, NONE),
        *(_sum(amount, f"category = '{name}'", NO_AMOUNT) for name in OPEN),
        _sum(weighted, STILL_OPEN, NO_AMOUNT),
        _sum("deals", STILL_OPEN, NONE),
        NONE if type.is_count else _sum("not_convertible", COUNTED, NONE),
    ]
    return {f"sum_{field.name}": each for field, each in zip(fields(Figures), sums, strict=True)}


def _sum(column: str, of: str, nothing: Value) -> Coalesce:
    """`of` is written out, as Postgres looks at a parameter anew for every cell."""
    which = RawSQL(of, [], output_field=BooleanField())
    return Coalesce(Sum(column, filter=which), nothing, output_field=nothing.output_field)


def families() -> list[str]:
    """What a forecast can be narrowed to."""
    known = Product.objects.exclude(Q(family="")).order_by("family")
    return list(known.values_list("family", flat=True).distinct())
