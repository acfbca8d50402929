"""Quotas, and the rollups that are recomputed from deals whenever one of them changes."""

from .adjustments import Adjustment, Measure
from .cells import CellCategory, ForecastCell, WinLossCell, first_of
from .quotas import Quota, QuotaChange, month_or_quarter
from .tree import TreePlace, TreeSeat
from .upkeep import Freshness, Recount, StaleCell

__all__ = [
    "Adjustment",
    "CellCategory",
    "ForecastCell",
    "Freshness",
    "Measure",
    "Quota",
    "QuotaChange",
    "Recount",
    "StaleCell",
    "TreePlace",
    "TreeSeat",
    "WinLossCell",
    "first_of",
    "month_or_quarter",
]
