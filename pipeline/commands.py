"""What the palette can do besides finding records: open screens and settings, begin something new, change the theme."""

from typing import NamedTuple

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import Reach
from crm.context import navigation, settings_pages
from crm.matching import BEGINS, ELSEWHERE, level
from pipeline.models import Pipeline

SHOWN = 6  # beside what was found


class Command(NamedTuple):
    """`press` names a control of the page that is pressed instead of opening an address."""

    label: str
    icon: str
    url: str
    detail: str = ""
    key: str = ""
    opens_dialog: bool = False
    press: str = ""


def beginnings(request: HttpRequest, reach: Reach) -> list[tuple[str, list[Command]]]:
    """What an empty palette offers, in sections."""
    return [(_("Create"), _new(reach)), (_("Go to"), _screens(request))]


def matching(request: HttpRequest, reach: Reach, text: str) -> tuple[list[Command], bool]:
    """Those that the words could mean, and whether one begins like them."""
    words = text.split()
    every = [*_new(reach), *_screens(request), *_boards(), *_settings(request), *_themes()]
    found = sorted(
        (place, at)
        for at, each in enumerate(every)
        if (place := level(f"{each.label} {each.detail}", words)) < ELSEWHERE
    )
    return [every[at] for _place, at in found[:SHOWN]], bool(found) and found[0][0] <= BEGINS


def _new(reach: Reach) -> list[Command]:
    if not reach.may_write:
        return []
    return [
        Command(_("New deal"), "plus", reverse("pipeline:deal-new"), key="C", opens_dialog=True),
        Command(_("New company"), "building-2", reverse("contacts:company-new")),
        Command(_("New contact"), "users", reverse("contacts:contact-new")),
    ]


def _screens(request: HttpRequest) -> list[Command]:
    return [
        Command(item.label, item.icon, item.url, key=item.key.upper())
        for group in navigation(request)
        for item in group
    ]


def _boards() -> list[Command]:
    """Other pipelines, and the deals one most often looks for."""
    pipelines = Pipeline.objects.filter(is_active=True).order_by("position", "pk")
    boards = [
        Command(each.name, "square-kanban", reverse("pipeline:board", args=[each.pk]), _("Board")) for each in pipelines
    ]
    kept = {
        "mine": (_("My deals"), "circle-user"),
        "stalled": (_("Stalled deals"), "hourglass"),
        "no_step": (_("Deals without a next step"), "circle-dashed"),
        "overdue": (_("Overdue deals"), "circle-alert"),
    }
    address = reverse("pipeline:deals")
    return [
        *boards,
        *(Command(label, icon, f"{address}?outcome=open&{name}=1") for name, (label, icon) in kept.items()),
    ]


def _settings(request: HttpRequest) -> list[Command]:
    pages = [item for _label, items in settings_pages(request) for item in items]
    return [Command(item.label, item.icon, item.url, _("Settings")) for item in pages]


def _themes() -> list[Command]:
    themes = {
        "light": (_("Light"), "sun-medium"),
        "dark": (_("Dark"), "moon"),
        "system": (_("As the system"), "monitor"),
    }
    return [
        Command(label, icon, reverse("crm:profile"), _("Theme"), press=f"#me-menu button[value={name}]")
        for name, (label, icon) in themes.items()
    ]
