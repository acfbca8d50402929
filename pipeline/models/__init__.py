from .activities import Activity, ActivityKind
from .changes import ChangeSet, DealChange
from .deals import Deal, DealContact, DealLine, DealQuerySet, DealRole, Outcome
from .pipelines import Category, Kind, Pipeline, RequiredField, Stage, StageChange, askable
from .products import Product
from .reasons import LossReason, WinReason

__all__ = [
    "Activity",
    "ActivityKind",
    "Category",
    "ChangeSet",
    "Deal",
    "DealChange",
    "DealContact",
    "DealLine",
    "DealQuerySet",
    "DealRole",
    "Kind",
    "LossReason",
    "Outcome",
    "Pipeline",
    "Product",
    "RequiredField",
    "Stage",
    "StageChange",
    "WinReason",
    "askable",
]
