"""Which cells answer for a forecast type, and what of them is added up."""

from typing import Any

from django.db.models import Q, QuerySet, Sum, Value

from forecasting.models import FamilyCell, ForecastCell
from forecasting.types import ForecastType
from pipeline.models import Product


def cells_of(type: ForecastType) -> QuerySet[Any]:
    return FamilyCell.objects.filter(family=type.family) if type.family else ForecastCell.objects.all()


def sums_of(type: ForecastType) -> dict[str, Any]:
    """For `annotate`, in the order in which `Figures.add` takes them: money, or deals, which need no exchange rate."""
    amount, weighted, missing = (
        (Sum("deals"), Sum("weighted_deals"), Value(0))
        if type.is_count
        else (Sum("base_amount"), Sum("base_weighted"), Sum("not_convertible"))
    )
    return {"sum_deals": Sum("deals"), "sum_amount": amount, "sum_weighted": weighted, "sum_missing": missing}


def families() -> list[str]:
    """What a forecast can be narrowed to."""
    known = Product.objects.exclude(Q(family="")).order_by("family")
    return list(known.values_list("family", flat=True).distinct())
