"""For which period, and whose."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError

from crm.periods import BadPeriod
from crm.rest.fields import Text
from crm.rest.filters import Param, one_id
from crm.rest.periods import IN_PERIOD, read_period
from forecasting.types import BadType, ForecastType


class FiscalPeriodText(Text):
    """A period’s key, read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"max_length": 20} | kwargs)

    def to_internal_value(self, data: Any) -> Any:
        try:
            return read_period(super().to_internal_value(data))
        except BadPeriod:
            raise ValidationError(_("This is not a period.")) from None


class TypeText(Text):
    """A forecast type’s key, read."""

    def __init__(self, **kwargs: Any) -> None:
        about: Any = "`revenue` (the default), `count`, `family-…` or `count-family-…` with a product family’s name."
        super().__init__(**{"max_length": 100, "help_text": about} | kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return read_type(super().to_internal_value(data))


def read_type(text: str) -> ForecastType:
    try:
        return ForecastType.parse(text)
    except BadType:
        raise ValidationError(_("There is no such forecast type.")) from None


NARROWED: dict[str, Param] = {
    "period": IN_PERIOD,
    "owner": one_id("Only this person."),
    "team": one_id("Only this team and those below it."),
    "pipeline": one_id("Only this pipeline."),
}
COUNTED: dict[str, Param] = {
    "type": Param(
        "`revenue` (the default), `count`, `family-…` or `count-family-…` with the name of a product family.",
        "", {"type": "string", "examples": ["count"]}, ForecastType.parse,
    ),
    "currency": Param(
        "To show the sums in, at today’s rate; by default the company’s, and so without a rate.",
        "", {"type": "string", "pattern": "^[A-Z]{3}$"}, str,
    ),
}  # fmt: skip
