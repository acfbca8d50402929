"""The pipeline's resources: serializers read; writing calls the same verbs as the pages."""

from pipeline.api.activities import Activities
from pipeline.api.catalogue import PriceBooks, Products, TaxClasses, Units
from pipeline.api.deals import Deals
from pipeline.api.pipelines import Pipelines, Stages
from pipeline.api.reasons import LossReasons, WinReasons
from pipeline.api.search import Search
from pipeline.api.views import Views

RESOURCES = {
    "pipelines": Pipelines,
    "stages": Stages,
    "deals": Deals,
    "activities": Activities,
    "views": Views,
    "products": Products,
    "units": Units,
    "tax-classes": TaxClasses,
    "price-books": PriceBooks,
    "win-reasons": WinReasons,
    "loss-reasons": LossReasons,
}
ANSWERS = {"search": Search}
