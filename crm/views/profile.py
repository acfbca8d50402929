"""Oneself: name, language, theme, password."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from crm import actions
from crm.forms import THEMES, PasswordForm, ProfileForm
from crm.models import Membership, Workspace
from crm.request import SignedInRequest
from crm.views.answers import attempt, show
from crm.views.entrance import remember_language


@login_required
def settings(request: SignedInRequest) -> HttpResponse:
    """The list of settings; beside it, where there is room, the first of them."""
    return _profile(request, ProfileForm(initial=_initial(request)), PasswordForm(), is_index=True)


@login_required
def profile(request: SignedInRequest) -> HttpResponse:
    form = ProfileForm(request.POST or None, initial=_initial(request))
    if form.is_valid() and attempt(form, actions.revise_user, request.user, by=request.user, **form.cleaned_data):
        request.user.refresh_from_db()
        with translation.override(request.user.language or translation.get_language()):
            messages.success(request, _("Saved."))
        return remember_language(redirect("crm:profile"), request.user)
    return _profile(request, form, PasswordForm())


@login_required
@require_POST
@sensitive_post_parameters()
def password(request: SignedInRequest) -> HttpResponse:
    form = PasswordForm(request.POST)
    if form.is_valid() and not request.user.check_password(form.cleaned_data["current"]):
        form.add_error("current", _("This is not your password."))
    if form.is_valid():
        new = form.cleaned_data["password"]
        if user := attempt(form, actions.set_password, request.user, password=new, by=request.user):
            update_session_auth_hash(request, user)
            messages.success(request, _("Your password is changed. Everywhere else you are signed out."))
            return redirect("crm:profile")
    return _profile(request, ProfileForm(initial=_initial(request)), form)


@login_required
@require_POST
def theme(request: SignedInRequest) -> HttpResponse:
    """Light, dark or (empty, or “system”) as the system says: chosen in the menu, from any page."""
    chosen = request.POST.get("theme", "")
    if chosen in dict(THEMES) or chosen == "system":
        actions.revise_user(request.user, theme=chosen.removeprefix("system"), by=request.user)
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204)
    return redirect("crm:profile")


@login_required
def shortcuts(request: SignedInRequest) -> HttpResponse:
    """What the keys do; POST `on` (1 or empty) switches them for oneself."""
    is_htmx = bool(request.headers.get("HX-Request"))
    if request.method != "POST":
        frame = "pipeline/bare.html" if is_htmx else "pipeline/dialog.html"
        return render(request, "crm/shortcuts.html", {"frame": frame, "heading": _("Keyboard shortcuts")})
    actions.revise_user(request.user, has_shortcuts=bool(request.POST.get("on")), by=request.user)
    return HttpResponse(headers={"HX-Refresh": "true"}) if is_htmx else redirect("crm:shortcuts")


def _initial(request: SignedInRequest) -> dict[str, str]:
    return {name: getattr(request.user, name) for name in ProfileForm.base_fields}


def _profile(
    request: SignedInRequest, form: ProfileForm, password: PasswordForm, *, is_index: bool = False
) -> HttpResponse:
    today = Membership.objects.on(Workspace.current().today)
    membership = today.filter(user=request.user).select_related("team").first()
    return show(
        request, "crm/profile.html", section="profile", form=form, password=password, membership=membership,
        is_index=is_index,
    )  # fmt: skip
