"""The pages of memory: what became of a period's open deals, and how right the forecast was."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse

from crm.access import reach_of
from crm.request import SignedInRequest
from crm.views.answers import show
from forecasting.accuracy_screen import screen_of_accuracy
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


@login_required
def accuracy(request: SignedInRequest) -> HttpResponse:
    """What was forecast on day 1, 30 and 60 of each period against what came."""
    reach, asked = reach_of(request.user), AskForm(request.GET).asked()
    screen = screen_of_accuracy(reach, asked, request.GET)
    if asked.team and asked.team not in screen.tree.readable:
        raise Http404
    return show(request, "forecasting/accuracy.html", screen=screen, asked=asked)
