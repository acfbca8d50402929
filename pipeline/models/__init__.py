from .activities import Activity, ActivityKind
from .changes import ChangeSet, DealChange
from .deals import BY_CLOSE, BY_TITLE, KEPT_FOR, Deal, DealContact, DealLine, DealQuerySet, DealRole, Outcome
from .files import DealFile
from .pipelines import Category, Kind, Pipeline, RequiredField, Stage, StageChange, askable
from .preferences import ListColumns
from .prices import BundleItem, Price, PriceBook, Tax, TaxClass, TaxKind, Unit
from .products import LANGUAGES, Product
from .reasons import LossReason, WinReason
from .saved import SavedView, Screen, ScreenChoice, Sharing

__all__ = [
    "BY_CLOSE",
    "BY_TITLE",
    "KEPT_FOR",
    "LANGUAGES",
    "Activity",
    "ActivityKind",
    "BundleItem",
    "Category",
    "ChangeSet",
    "Deal",
    "DealChange",
    "DealContact",
    "DealFile",
    "DealLine",
    "DealQuerySet",
    "DealRole",
    "Kind",
    "ListColumns",
    "LossReason",
    "Outcome",
    "Pipeline",
    "Price",
    "PriceBook",
    "Product",
    "RequiredField",
    "SavedView",
    "Screen",
    "ScreenChoice",
    "Sharing",
    "Stage",
    "StageChange",
    "Tax",
    "TaxClass",
    "TaxKind",
    "Unit",
    "WinReason",
    "askable",
]
