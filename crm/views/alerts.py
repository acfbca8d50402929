"""One's own alerts: what there is to know, and what one wants to be told."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from crm.alerts import choose_alerts, kinds, read_alerts, told, wishes
from crm.models import Alert
from crm.paging import page_newest_first
from crm.request import SignedInRequest, whole_number
from crm.views.answers import show


@login_required
def alerts(request: SignedInRequest) -> HttpResponse:
    """Newest first; `?unread=1` only those that hold and were not read."""
    mine = Alert.objects.filter(user=request.user, is_shown=True)
    if request.GET.get("unread"):
        mine = mine.filter(read_at=None, settled_at=None)
    page = page_newest_first(request, mine)
    rows = [told(alert) for alert in page.rows]
    return show(request, "crm/alerts.html", page=page, rows=rows, unread=request.GET.get("unread"))


@login_required
@require_safe
def alert(request: SignedInRequest, pk: int) -> HttpResponse:
    """Opened: it is read, and leads to what it is about."""
    found = get_object_or_404(Alert, pk=pk, user=request.user)
    read_alerts([pk], by=request.user)
    return redirect(told(found).said.url)


@login_required
@require_POST
def alerts_read(request: SignedInRequest) -> HttpResponse:
    """`alert`, repeated, or all of them; `again=1` makes them unread."""
    pks = [pk for text in request.POST.getlist("alert") if (pk := whole_number(text)) is not None]
    read_alerts(pks or None, is_read=not request.POST.get("again"), by=request.user)
    return redirect("crm:alerts")


@login_required
def alert_settings(request: SignedInRequest) -> HttpResponse:
    """Which kinds are shown, and which are mailed."""
    if request.method == "POST":
        sent = request.POST
        choose_alerts({kind: (f"app-{kind}" in sent, f"mail-{kind}" in sent) for kind in kinds()}, by=request.user)
        messages.success(request, _("Saved."))
        return redirect("crm:alert-settings")
    known = wishes()
    rows = [(name, kind, *known.get((request.user.pk, name), (True, True))) for name, kind in kinds().items()]
    return show(request, "crm/alert-settings.html", section="alert-settings", rows=rows, has_mail=settings.MAIL_IS_ON)
