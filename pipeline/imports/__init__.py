"""What rows about the pipeline mean."""

from crm.imports.run import Kind
from pipeline.imports.catalogue import Products, Stages
from pipeline.imports.deals import Deals
from pipeline.imports.history import StageHistory

KINDS: list[type[Kind]] = [Stages, Products, Deals, StageHistory]

__all__ = ["KINDS"]
