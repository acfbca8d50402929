"""The page of one's own number."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.views.decorators.vary import vary_on_headers

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import show
from forecasting.forms import AskForm
from forecasting.mine import mine_of


@login_required
@vary_on_headers("HX-Request")
def mine(request: SignedInRequest) -> HttpResponse:
    """My quota; `?owner=` reads somebody else's within reach. Asked by htmx, only the figures."""
    asked = AskForm(request.GET).asked()
    screen = mine_of(reach_of(request.user), asked, request.GET)
    part = "#numbers" if request.headers.get("HX-Request") else ""
    return show(request, f"forecasting/mine.html{part}", screen=screen, asked=asked, address=request.get_full_path())
