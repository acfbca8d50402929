"""Pages that can be looked at as they stood at any past instant."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate

from django.http import HttpResponse
from django.utils.translation import gettext as _

from crm.access import asked_moment
from crm.errors import Refused
from crm.moment import BadMoment
from crm.past import looking_back
from crm.request import SignedInRequest


def of_any_moment[**P](
    view: Callable[Concatenate[SignedInRequest, P], HttpResponse],
) -> Callable[Concatenate[SignedInRequest, P], HttpResponse]:
    """`?as_of=2026-10-01`: the page as it stood then, to look at. Raises Refused."""

    @wraps(view)
    def looking(request: SignedInRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        text = request.GET.get("as_of", "").strip()
        if text and request.method not in {"GET", "HEAD"}:
            raise Refused(as_of=_("The past cannot be changed."))
        try:
            moment = asked_moment(request.user, text)
        except BadMoment:
            no = _("“%(text)s” is not a day or a moment up to now, like 2026-10-01 or 2026-10-01T14:30.")
            raise Refused(as_of=no % {"text": text}) from None
        request.of_any_moment = True  # type: ignore[attr-defined]
        with looking_back(moment):
            return view(request, *args, **kwargs)

    return looking
