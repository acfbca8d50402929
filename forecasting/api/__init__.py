"""Quotas, the forecast and the reports: the same numbers as on the pages."""

from forecasting.api.adjustments import Adjustments
from forecasting.api.explanation import ForecastExplanation
from forecasting.api.figures import Forecast
from forecasting.api.memory import Accuracy, Changes, ChangesLedger, SlippageReport
from forecasting.api.outcomes import WinLossReport
from forecasting.api.plans import DashboardFigures, Plan
from forecasting.api.quota_batches import QuotaBatches
from forecasting.api.quotas import Quotas
from forecasting.api.tree import ForecastPlaces, ForecastSeats, ForecastTree

RESOURCES = {"adjustments": Adjustments, "quotas": Quotas, "quota-batches": QuotaBatches}
ANSWERS = {
    "forecast": Forecast,
    "forecast/explanation": ForecastExplanation,
    "forecast-tree": ForecastTree,
    "forecast-tree/places": ForecastPlaces,
    "forecast-tree/seats": ForecastSeats,
    "forecast/accuracy": Accuracy,
    "forecast/changes": Changes,
    "forecast/changes/deals": ChangesLedger,
    "forecast/slippage": SlippageReport,
    "forecast/dashboard": DashboardFigures,
    "forecast/plan": Plan,
    "reports/win-loss": WinLossReport,
}
