"""What rows about the pipeline mean."""

from crm.imports.run import Kind
from pipeline.imports.catalogue import Prices, Products, Stages
from pipeline.imports.deals import Deals
from pipeline.imports.history import StageHistory

KINDS: list[type[Kind]] = [Stages, Products, Prices, Deals, StageHistory]

__all__ = ["KINDS"]
