"""What rows about the pipeline mean."""

from crm.imports.run import Kind
from pipeline.imports.catalogue import Products, Stages
from pipeline.imports.deals import Deals
from pipeline.imports.history import StageHistory
from pipeline.imports.tariffs import BundleItems, PriceBooks, Prices

KINDS: list[type[Kind]] = [Stages, Products, BundleItems, PriceBooks, Prices, Deals, StageHistory]

__all__ = ["KINDS"]
