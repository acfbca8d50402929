"""Every number opens its deals: the address of the list that sums to it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from urllib.parse import urlencode

from django.urls import NoReverseMatch, reverse

from crm.moment import carried
from crm.periods import Period
from forecasting.weighting import Makeup, makeup

Params = Iterable[tuple[str, str]]
NONE = "none"
OPEN = (("outcome", "open"),)
COUNTED = (("category", "pipeline"), ("category", "best_case"), ("category", "commit"))
CLOSED = (("outcome", "won"), ("outcome", "open"), ("category", "closed"))
DIMENSIONS = {
    "person": "owner",
    "team": "in_team",
    "product": "product",
    "sector": "sector",
    "source": "source",
    "country": "country",
    "competitor": "competitor",
}


def deals_url() -> str:
    try:
        return reverse("pipeline:deals")
    except NoReverseMatch:
        return "/deals/"


def deals(*params: Params) -> str:
    return f"{deals_url()}?{urlencode([pair for part in (*params, carried()) for pair in part])}"


@dataclass(slots=True)
class Opening:
    """The deals behind the figures of one line of the forecast: those `scope` names, in a period."""

    period: Period
    scope: str  # the deal filter's parameters, encoded
    base: str = field(default_factory=deals_url)

    def _address(self, query: str) -> str:
        return f"{self.base}?{'&'.join(filter(None, [query, self.scope, urlencode(carried())]))}"

    def _during(self, what: str) -> str:
        return f"{what}_from={self.period.start}&{what}_before={self.period.end}"

    def of(self, makeup: Makeup) -> str:
        """The deals that a column counts: the list's sum, or its weighted sum, is the figure."""
        if not makeup.open:
            return self._address(f"outcome=won&{self._during('closed')}")
        categories = urlencode([("category", name) for name in makeup.open])
        if not makeup.won:
            return self._address(f"{urlencode(OPEN)}&{categories}&{self._during('expected')}")
        return self._address(f"{urlencode(CLOSED)}&{categories}&{self._during('counts')}")

    def to(self, measure: str, *, cumulative: bool = True) -> str:
        return self.of(makeup(measure, cumulative=cumulative))

    @property
    def won(self) -> str:
        return self.to("won")

    @property
    def open(self) -> str:
        return self.to("open")

    @property
    def forecast(self) -> str:
        """Won, and all that is open."""
        return self.to("forecast")

    @property
    def closed(self) -> str:
        """Won or lost in it."""
        return self._address(f"outcome=won&outcome=lost&{self._during('closed')}")

    @property
    def opened(self) -> str:
        return self._address(f"opened_from={self.period.start}&opened_to={self.period.last_day}")

    @property
    def open_ever(self) -> str:
        """All that are open, whenever they are expected to close."""
        return self._address("outcome=open")

    @property
    def undated(self) -> str:
        return self._address(f"{urlencode([*OPEN, *COUNTED])}&undated=1")

    @property
    def unconverted(self) -> str:
        return f"{self.forecast}&unconverted=1"

    def overdue(self, today: date) -> str:
        until = min(self.period.end, today)
        return self._address(
            f"{urlencode([*OPEN, *COUNTED])}&expected_from={self.period.start}&expected_before={until}"
        )


def closed_deals(by: str, key: str, outcome: str, period: Period, scope: Params) -> str:
    """The deals of one row of the win and loss report; `outcome` empty: both."""
    outcomes = (("outcome", outcome),) if outcome else (("outcome", "won"), ("outcome", "lost"))
    during = (("closed_from", str(period.start)), ("closed_before", str(period.end)))
    if by == "reason":
        name = "win_reason" if outcome == "won" else "loss_reason"
        return deals(outcomes, ((name, key or NONE),), during, scope)
    if by in DIMENSIONS:
        return deals(outcomes, ((DIMENSIONS[by], key or NONE),), during, scope)
    return deals(outcomes, during, scope)
