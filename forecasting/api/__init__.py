"""Quotas, the forecast and the reports: the same numbers as on the pages."""

from forecasting.api.figures import Forecast
from forecasting.api.outcomes import WinLossReport
from forecasting.api.quotas import Quotas

RESOURCES = {"quotas": Quotas}
ANSWERS = {"forecast": Forecast, "reports/win-loss": WinLossReport}
