"""What was locked on the days by which the forecast is measured, as if Penstock had been there all the time."""

from datetime import timedelta

from crm.calendar import fiscal_calendar, this
from crm.models import Workspace
from forecasting.accuracy import HORIZONS
from forecasting.snapshots import lock_day

QUARTERS = 6


def remember() -> None:
    quarter, today = this("quarter"), Workspace.current().today
    days = {today - timedelta(days=1)}
    for _number in range(QUARTERS):
        days |= {quarter.start + timedelta(days=horizon - 1) for horizon in HORIZONS}
        quarter = fiscal_calendar().period_of("quarter", quarter.start - timedelta(days=1))
    for day in sorted(days):
        lock_day(day)
