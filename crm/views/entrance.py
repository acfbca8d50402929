"""Signing in and out."""

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import authenticate, login, logout
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from crm.forms import SignInForm
from crm.models import Role, User
from crm.request import next_page
from crm.templatetags.penstock import initials, tint

MODEL_BACKEND = "crm.backends.PasswordBackend"
YEAR = 365 * 24 * 60 * 60
BLURBS = {
    Role.REP: gettext_lazy("Moves deals across the board and plans the next step."),
    Role.MANAGER: gettext_lazy("Sets quotas and reads the forecast of the teams below."),
    Role.ADMIN: gettext_lazy("Sees everything; changes stages, people and teams."),
}


class DemoCard(NamedTuple):
    name: str
    role_label: str
    email: str
    initials: str
    tint: int
    blurb: str


@never_cache
@sensitive_post_parameters("password")
def sign_in(request: HttpRequest) -> HttpResponse:
    if request.method == "GET" and request.user.is_authenticated:
        return redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)
    if "demo" in request.POST:
        return _demo_sign_in(request)
    form = SignInForm(request.POST or None)
    if form.is_valid():
        user = authenticate(request, **form.cleaned_data)
        if isinstance(user, User):
            login(request, user)
            return _let_in(request, user)
        form.add_error(None, _("This e-mail and password do not belong together."))
    return _entrance(request, form, 422 if form.errors else 200)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("crm:sign-in")


def locked_out(request: HttpRequest, credentials: Any = None, *args: Any) -> HttpResponse:
    """What django-axes answers after too many failures."""
    form = SignInForm(request.POST or None)
    minutes = round(settings.AXES_COOLOFF_TIME * 60)
    text = _("Too many attempts. Wait %(minutes)d minutes, then try again; an administrator can set a new password.")
    form.add_error(None, text % {"minutes": minutes})
    return _entrance(request, form, 429)


def _demo_sign_in(request: HttpRequest) -> HttpResponse:
    if not settings.DEMO:
        raise PermissionDenied(_("This is not a demo: sign in with your password."))
    user = get_object_or_404(User, email=request.POST["demo"], is_active=True)
    login(request, user, backend=MODEL_BACKEND)
    return _let_in(request, user)


def _let_in(request: HttpRequest, user: User) -> HttpResponse:
    response = redirect(next_page(request) or settings.LOGIN_REDIRECT_URL)
    return remember_language(response, user)


def remember_language(response: HttpResponse, user: User) -> HttpResponse:
    """Pages are in the person's language before the person is known."""
    if user.language:
        response.set_cookie(
            "language", user.language, max_age=YEAR, httponly=True, samesite="Lax", secure=settings.HTTPS
        )
    else:
        response.delete_cookie("language")
    return response


def _entrance(request: HttpRequest, form: SignInForm, status: int) -> HttpResponse:
    context = {"form": form, "next": next_page(request), "demo_cards": demo_cards() if settings.DEMO else []}
    return render(request, "crm/sign-in.html", context, status=status)


def demo_cards() -> list[DemoCard]:
    """One person of each role to look around as: whoever has been in a team the longest."""
    people = [_first(Role.REP), _first(Role.MANAGER), _first(Role.ADMIN)]
    return [
        DemoCard(
            person.name, person.get_role_display(), person.email, initials(person.name), tint(person),
            str(BLURBS[Role(person.role)]),
        )
        for person in people
        if person is not None
    ]  # fmt: skip


def _first(role: Role) -> User | None:
    people = User.objects.filter(role=role, is_active=True)
    return people.filter(memberships__ends_on=None).order_by("memberships__starts_on", "pk").first()
