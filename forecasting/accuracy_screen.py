"""What the page of accuracy shows beyond the numbers: its finding, its columns, in the currency shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _

from crm.access import Reach, people_in
from crm.models import Currency
from crm.money import NotConvertible
from crm.period_choice import Calendar
from crm.templatetags.penstock import percent
from forecasting.accuracy import ADJUSTED, COMMIT, HORIZONS, MEASURES, STATIC, Accuracy, Told, accuracy
from forecasting.display import Display, display_in, shown_currencies
from forecasting.forms import Asked
from forecasting.measuring import Error
from forecasting.tree import Tree
from pipeline.models import Pipeline

Slot = tuple[int, str]


class Cell(NamedTuple):
    """What was said of a period on a day, and how far that was from what came, as a share of it."""

    figure: Decimal | None
    off: Decimal | None


@dataclass(frozen=True)
class Screen:
    found: Accuracy
    display: Display
    calendar: Calendar
    people: Any
    tree: Tree

    @property
    def currency(self) -> str:
        return self.display.currency

    @property
    def horizons(self) -> Sequence[int]:
        return HORIZONS

    @property
    def measures(self) -> dict[str, str]:
        return measure_labels()

    @property
    def slots(self) -> list[tuple[int, str, str]]:
        """The columns: on which day, which figure, what it is called."""
        return [(horizon, measure, label) for horizon in HORIZONS for measure, label in self.measures.items()]

    @property
    def rows(self) -> list[tuple[Told, Decimal, list[Cell]]]:
        return [
            (
                told,
                self.display.show(told.actual),
                [self._cell(told, (horizon, name)) for horizon, name, _l in self.slots],
            )
            for told in self.found.periods
        ]

    def _cell(self, told: Told, slot: Slot) -> Cell:
        said = told.said.get(slot)
        if said is None:
            return Cell(None, None)
        return Cell(self.display.show(said), (said - told.actual) / told.actual if told.actual else None)

    @property
    def errors(self) -> list[Error]:
        nothing = Error(None, None, 0)
        return [self.found.errors.get((horizon, measure), nothing) for horizon, measure, _label in self.slots]

    @property
    def finding(self) -> str:
        """Which figure of the middle of a period was closest."""
        known = [
            (error.wape, measure, horizon, error.periods)
            for (horizon, measure), error in self.found.errors.items()
            if error.wape is not None
        ]
        known = [each for each in known if each[2] == HORIZONS[1]] or known
        if not known:
            return _("No period with locked figures has ended yet")
        wape, measure, horizon, periods = min(known)
        words = {"day": horizon, "off": percent(wape), "n": periods}
        return {
            STATIC: _("On day %(day)d won + weighted was closest: off by %(off)s, over %(n)d periods"),
            COMMIT: _("On day %(day)d commit was closest: off by %(off)s, over %(n)d periods"),
            ADJUSTED: _("On day %(day)d the adjusted forecast was closest: off by %(off)s, over %(n)d periods"),
        }[measure] % words

    @property
    def pipelines(self) -> list[Pipeline]:
        return list(Pipeline.objects.all())

    @property
    def currencies(self) -> list[Currency]:
        return shown_currencies()


def measure_labels() -> dict[str, str]:
    labels = {STATIC: _("Won + weighted"), COMMIT: _("Commit"), ADJUSTED: _("Adjusted")}
    return {measure: labels[measure] for measure in MEASURES}


def screen_of_accuracy(reach: Reach, asked: Asked, query: QueryDict) -> Screen:
    try:
        display = display_in(asked.currency)
    except NotConvertible:
        display = display_in(None)
    return Screen(
        found=accuracy(reach, asked.period, **asked.narrowed),
        display=display,
        calendar=Calendar(query, asked.period),
        people=people_in(reach),
        tree=Tree(reach, asked.period),
    )
