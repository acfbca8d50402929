"""What the explanation of a number says: its title, its formula in words and in figures, who set a chance."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.templatetags.penstock import percent
from forecasting.adjustments import CUMULATIVE, SINGLE, Adjusted, Seats, shown
from forecasting.display import Display
from forecasting.explaining import Explanation, Said, explain, who_set
from forecasting.forms import Asked
from forecasting.links import Opening
from forecasting.screen import adjust_url, opening_of
from forecasting.table import Table, forecast_table, shown_in
from forecasting.templatetags.forecast import exact, foreign, times
from forecasting.weighting import MEASURES, Row
from forecasting.wording import measure_label, period_label


@dataclass(frozen=True, slots=True)
class CellScreen:
    table: Table
    asked: Asked
    found: Explanation
    words: str  # the formula
    figures: str
    chances: dict[int, Said]
    categories: dict[int, Said]
    opening: Opening
    list_url: str
    address: str
    display: Display  # what the page shows amounts in
    adjusted: Adjusted | None = None
    adjust_url: str = ""  # empty: one may not

    @property
    def base(self) -> str:
        return self.display.base

    @property
    def count(self) -> int:
        """Of the deals beneath, at most."""
        figures, made_of = self.found.row.figures, self.found.made_of
        return (figures.won_deals if made_of.won else 0) + (figures.open_deals if made_of.open else 0)

    @property
    def unit(self) -> str:
        return _("Deals")

    @property
    def shown(self) -> str:
        """The value in the currency that the page shows; empty: it is the company's, or the value has none."""
        if not self.display.is_foreign or self.found.is_ratio or not self.table.currency or self.found.value is None:
            return ""
        return foreign(self.display.show(self.found.value), self.display.currency)

    @property
    def title(self) -> str:
        words = {"measure": self.label, "name": self.found.row.name, "period": period_label(self.table.period)}
        return _("%(measure)s, %(name)s, %(period)s") % words

    @property
    def label(self) -> str:
        return measure_label(self.found.measure)

    @property
    def value(self) -> str:
        return self._written(self.found.value)

    def _written(self, value: Decimal | None) -> str:
        if self.found.measure == "attainment":
            return percent(value, 1)
        return times(value) if self.found.measure == "coverage" else exact(value, self.table.currency)

    @property
    def shows_categories(self) -> bool:
        return self.found.measure in {"commit", "best_case"} or not self.asked.is_cumulative

    @property
    def table_url(self) -> str:
        """The table with this number marked, and its explanation beside it."""
        cell = f"{self.found.row.key}.{self.found.measure}"
        return f"{reverse('forecasting:forecast')}{self.asked.address}&cell={cell}"


def cell_of(reach: Reach, asked: Asked, key: str, measure: str) -> CellScreen | None:
    """None: there is no such line in the table of this reader."""
    if measure not in MEASURES:
        return None
    narrowed = asked.counted | {"currency": ""}  # explained in the company's own, then shown in another
    if (person := re.match(r"person-([0-9]{1,18})-", key)) and not asked.owner:
        narrowed["owner"] = int(person[1])  # the same line, of a smaller table
    table = forecast_table(reach, asked.period, **narrowed)
    row = next((row for row in table.rows if row.key == key), None)
    if row is None:
        return None
    opening = opening_of(row, asked.period, asked.pipeline, family=table.type.family, as_of=asked.as_of)
    found = explain(table, row, measure, reach=reach, opening=opening, cumulative=asked.is_cumulative)
    still_open = [line for part in found.deals if not part.is_won for line in part.lines]
    words, figures = formula_of(found, table.currency)
    return CellScreen(
        table=table,
        asked=asked,
        found=found,
        words=words,
        figures=figures,
        chances=who_set(still_open, "probability_override") if found.made_of.is_weighted else {},
        categories=who_set(still_open, "category_override"),
        opening=opening,
        list_url=opening.of(found.made_of) if found.has_deals else "",
        address=reverse("forecasting:cell", args=[key, measure]) + asked.address,
        adjusted=shown(row, cumulative=asked.is_cumulative).get(measure),
        adjust_url=_adjust_url(table, row, measure, asked),
        display=shown_in(asked.currency),
    )


def _adjust_url(table: Table, row: Row, measure: str, asked: Asked) -> str:
    figure = (CUMULATIVE if asked.is_cumulative else SINGLE).get(measure)
    may = figure and table.is_judged and Seats(table.tree).may_adjust(row)
    return f"{adjust_url(row, asked.period)}{figure}/" if may else ""


def cell_beside(reach: Reach, asked: Asked, named: str) -> CellScreen | None:
    """`person-3-2.won`: the number whose explanation stands beside the table."""
    key, _dot, measure = named.partition(".")
    return cell_of(reach, asked, key, measure)


def formula_of(found: Explanation, currency: str) -> tuple[str, str]:
    """In words, and with the numbers in it up to the equals sign."""
    won, still_open, quota = (exact(value, currency) for value in (found.won, found.open, found.row.quota))
    match found.measure:
        case "quota":
            parts = found.quotas.lines if found.quotas else []
            return _("The sum of its quotas"), " + ".join(exact(part.amount, currency) for _row, part in parts)
        case "gap":
            return _("Quota − won"), f"{quota} − {won}"
        case "attainment":
            return _("Won ÷ quota"), f"{won} ÷ {quota}"
        case "coverage":
            return _("Open ÷ (quota − won)"), f"{still_open} ÷ ({quota} − {won})"
        case "won":
            return _("The sum of the deals won"), won
        case "open":
            return _("The sum of the open deals"), still_open
        case "weighted":
            return _("The sum of amount × chance"), still_open
        case "forecast":
            return _("Won + open × chance"), f"{won} + {still_open}"
    if not found.made_of.won:
        return _("The sum of the open deals of this category"), still_open
    words = {"commit": _("Won + commit"), "best_case": _("Won + commit + best case")}
    return words[found.measure], f"{won} + {still_open}"
