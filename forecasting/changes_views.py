"""The page of changes: what became of a period's open deals between two instants."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import show
from forecasting.changes_screen import screen_of_changes
from forecasting.forms import AskForm
from forecasting.span import SpanForm


@login_required
def changes(request: SignedInRequest) -> HttpResponse:
    """The waterfall, the deals behind one of its causes, and what slipped."""
    reach, asked = reach_of(request.user), AskForm(request.GET).asked()
    form = SpanForm(request.GET)
    screen = screen_of_changes(reach, asked, form.span(asked), request.GET)
    if asked.team and asked.team not in screen.tree.readable:
        raise Http404
    return show(request, "forecasting/changes.html", screen=screen, asked=asked, form=form)
