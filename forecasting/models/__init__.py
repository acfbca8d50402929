"""Quotas, and the rollups that are recomputed from deals whenever one of them changes."""

from .adjustments import Adjustment, Measure
from .cells import CellCategory, FamilyCell, ForecastCell, WinLossCell, first_of
from .exports import Export
from .quotas import Quota, QuotaBatch, QuotaChange, Unit
from .snapshots import AdjustmentSnapshot, ForecastSnapshot, SnapshotDay
from .tree import TreePlace, TreeSeat
from .upkeep import Freshness, Recount, StaleCell

__all__ = [
    "Adjustment",
    "AdjustmentSnapshot",
    "CellCategory",
    "Export",
    "FamilyCell",
    "ForecastCell",
    "ForecastSnapshot",
    "Freshness",
    "Measure",
    "Quota",
    "QuotaBatch",
    "QuotaChange",
    "Recount",
    "SnapshotDay",
    "StaleCell",
    "TreePlace",
    "TreeSeat",
    "Unit",
    "WinLossCell",
    "first_of",
]
