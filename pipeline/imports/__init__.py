"""What rows about the pipeline mean."""

from crm.imports.run import Kind
from pipeline.imports.catalogue import Products, Stages
from pipeline.imports.deals import Deals
from pipeline.imports.history import StageHistory
from pipeline.imports.tariffs import BundleItems, PriceBooks, Prices
from pipeline.imports.taxes import TaxClasses, Taxes, Units

CATALOGUE: list[type[Kind]] = [Units, TaxClasses, Taxes, Products, BundleItems, PriceBooks, Prices]
KINDS: list[type[Kind]] = [Stages, *CATALOGUE, Deals, StageHistory]

__all__ = ["CATALOGUE", "KINDS"]
