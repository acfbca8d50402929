"""What may be asked of the forecast tree, and typed about it."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm.forms import Form, date_input
from crm.models import Team, User, Workspace
from crm.request import SignedInRequest
from forecasting.arranging import lift_team, place_team, seat_person
from forecasting.standing import Standing

TOP, OUT = "top", "out"


class DayForm(Form):
    """`?on=2026-12-01`: the tree of a day; what is not understood is today."""

    on = forms.DateField(required=False, label=gettext_lazy("As of"), widget=date_input())

    def day(self) -> date:
        self.is_valid()
        found: date | None = self.cleaned_data.get("on")
        return found or Workspace.current().today


class MoveForm(Form):
    """Who or what goes where in the tree, from which day on."""

    what = forms.ChoiceField(label=gettext_lazy("Person or team"))
    to = forms.ChoiceField(label=gettext_lazy("Goes to"))
    on = forms.DateField(label=gettext_lazy("From"), widget=date_input())

    def __init__(self, tree: Standing, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        inside = [(branch.key, "\N{EM SPACE}" * branch.depth + branch.team.name) for branch in tree.branches]
        sitters = [sitter for branch in tree.branches for sitter in branch.people] + tree.people
        people = sorted(((sitter.key, sitter.user.name) for sitter in sitters), key=lambda choice: choice[1].casefold())
        teams = [*inside, *((branch.key, branch.team.name) for branch in tree.outside)]
        what: Any = self.fields["what"]
        what.choices = [("", "–"), (_("People"), people), (_("Teams"), teams)]
        to: Any = self.fields["to"]
        to.choices = [("", "–"), *inside, (TOP, _("On top of the tree")), (OUT, _("Not in the tree"))]

    def save(self, request: SignedInRequest) -> bool:
        """Call the verb that is meant. Returns True, for `attempt`."""
        said = self.cleaned_data
        kind, pk = said["what"].split("-")
        rest: dict[str, Any] = {"on": said["on"], "by": request.user}
        to = Team.objects.get(pk=said["to"].removeprefix("team-")) if said["to"] not in {TOP, OUT} else None
        if kind == "person":
            seat_person(User.objects.get(pk=pk), team=to, **rest)
        elif said["to"] == OUT:
            lift_team(Team.objects.get(pk=pk), **rest)
        else:
            place_team(Team.objects.get(pk=pk), under=to, **rest)
        return True

    def clean(self) -> dict[str, Any]:
        said = super().clean() or self.cleaned_data
        if said.get("to") == TOP and str(said.get("what")).startswith("person"):
            self.add_error("to", _("People sit in a team."))
        return said
