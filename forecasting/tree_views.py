"""The settings page of the forecast tree."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import admin_only
from crm.models import Workspace
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from forecasting.standing import standing_on
from forecasting.tree_forms import DayForm, MoveForm


@admin_only
def forecast_tree(request: SignedInRequest) -> HttpResponse:
    """`?on=` a day; `?what=person-3` chooses who goes somewhere else; a POST moves them."""
    day = DayForm(request.GET).day()
    tree = standing_on(day)
    form = MoveForm(tree, request.POST or None, initial={"on": day, "what": request.GET.get("what")})
    if form.is_valid() and attempt(form, form.save, request):
        messages.success(request, _("The forecast tree is changed."))
        return redirect(f"{reverse('forecasting:tree')}?on={form.cleaned_data['on']}")
    return show(
        request, "forecasting/tree.html", section="forecast-tree", tree=tree, form=form,
        asking=DayForm(initial={"on": day}), today=Workspace.current().today,
    )  # fmt: skip
