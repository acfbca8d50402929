"""How fresh the rollups are: read on every page that shows them, in one statement."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone

from crm.models import Workspace
from crm.rows import prepared

LATE = timedelta(minutes=15)
QUESTION = """
SELECT (SELECT at FROM forecasting_freshness WHERE id = 1),
       (SELECT marked_at FROM forecasting_stalecell ORDER BY id LIMIT 1),
       (SELECT "on" FROM crm_exchangerate WHERE base_id = %(base)s AND "on" <= %(today)s ORDER BY "on" DESC LIMIT 1)
"""


@dataclass(frozen=True, slots=True)
class Fresh:
    at: datetime | None  # when the numbers were last brought up to date
    stale_since: datetime | None  # since when a change waits to be counted; None: none does
    rates_on: date | None  # the day of the newest exchange rate

    @property
    def is_late(self) -> bool:
        """A change has been waiting for longer than anybody should."""
        return self.stale_since is not None and timezone.now() - self.stale_since > LATE


def freshness() -> Fresh:
    workspace = Workspace.current()
    with prepared() as cursor:
        cursor.execute(QUESTION, {"base": workspace.currency_id, "today": workspace.today})
        return Fresh(*cursor.fetchone())
