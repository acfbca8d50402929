"""`?as_of=`: an answer as it stood at a past instant."""

from contextlib import ExitStack
from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.views import APIView

from crm.access import asked_moment
from crm.moment import BadMoment
from crm.past import looking_back, moment_of
from crm.rest.filters import Param
from crm.rest.resource import Asked

ABOUT = (
    "As it stood at the end of this day, or at this instant, by the company’s clock; not after now. What was recorded"
    " later does not count."
)
SCHEMA = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}(T.+)?$", "examples": ["2026-10-01", "2026-10-01T14:30"]}
AS_OF = {"as_of": Param(ABOUT, lambda rows, moment: rows, SCHEMA, moment_of)}


class OfAnyMoment(Asked, APIView):
    """Mixed in before Answers or Resource; AS_OF is among their `params` or `filters`."""

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as self.looking:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in {"GET", "HEAD"} or not (text := request.query_params.get("as_of", "")):
            return
        try:
            moment = asked_moment(self.me, text)
        except BadMoment:
            raise ValidationError({"as_of": [_("This is not understood. %(about)s") % {"about": ABOUT}]}) from None
        self.looking.enter_context(looking_back(moment))
