"""Quotas, the forecast and the reports: the same numbers as on the pages."""

from forecasting.api.adjustments import Adjustments
from forecasting.api.figures import Forecast
from forecasting.api.outcomes import WinLossReport
from forecasting.api.quotas import Quotas

RESOURCES = {"adjustments": Adjustments, "quotas": Quotas}
ANSWERS = {"forecast": Forecast, "reports/win-loss": WinLossReport}
