"""What every page's frame shows."""

from datetime import timedelta
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from crm.moment import current_moment
from crm.request import current_workspace


class NavItem(NamedTuple):
    id: str
    label: str
    icon: str
    url: str
    is_current: bool
    key: str = ""
    badge: int | None = None


def shell(request: HttpRequest) -> dict[str, Any]:
    """Navigation, workspace and the person: nothing here costs a query beyond what the request already read.

    What only whole pages show is worked out when one is drawn, not for every part of one.
    """
    user = getattr(request, "user", None)
    return {
        "workspace": current_workspace(),
        "nav": SimpleLazyObject(lambda: navigation(request) if user is not None and user.is_authenticated else []),
        "nav_foot": lambda: [
            NavItem("deleted", _("Deleted deals"), "trash-2", _url("pipeline:deals-deleted"), False),
            NavItem("settings", _("Settings"), "settings", _url("crm:settings"), False),
        ],
        "settings_nav": lambda: settings_pages(request),
        "moment": current_moment(),
        "yesterday": lambda: (current_workspace().today - timedelta(days=1)).isoformat(),
        "of_any_moment": getattr(request, "of_any_moment", False),
        "me": user if user is not None and user.is_authenticated else None,
        "theme": getattr(user, "theme", ""),
        "keys_off": not getattr(user, "has_shortcuts", True),
        "is_demo": settings.DEMO,
    }


def navigation(request: HttpRequest) -> list[list[NavItem]]:
    groups = [
        [
            ("board", _("Board"), "square-kanban", "pipeline:board", "g b"),
            ("deals", _("Deals"), "list", "pipeline:deals", "g l"),
            ("my-day", _("My day"), "sun", "pipeline:my-day", "g d"),
            ("alerts", _("Alerts"), "bell", "crm:alerts", ""),
        ],
        [
            ("companies", _("Companies"), "building-2", "contacts:companies", "g c"),
            ("contacts", _("Contacts"), "users", "contacts:contacts", "g p"),
            ("quotes", _("Quotes"), "file-text", "quotes:quotes", "g q"),
        ],
        [
            ("forecast", _("Forecast"), "trending-up", "forecasting:forecast", "g f"),
            ("reports", _("Reports"), "chart-column", "forecasting:win-loss", "g r"),
        ],
    ]
    badges = {"alerts": getattr(request.user, "unread_alerts", 0) or None}
    match = request.resolver_match
    here = match.view_name if match else ""
    section = SECTIONS.get(here, here)
    return [
        [
            NavItem(id, label, icon, url, section == name, key, badges.get(id))
            for id, label, icon, name, key in group
            if (url := _url(name))
        ]
        for group in groups
    ]


def settings_pages(request: HttpRequest) -> list[tuple[str, list[NavItem]]]:
    """The pages of the settings that the person may open, in groups."""
    own = [
        ("profile", _("My profile"), "circle-user", "crm:profile"),
        ("alert-settings", _("Alerts"), "bell", "crm:alert-settings"),
        ("tokens", _("API tokens"), "key-round", "crm:tokens"),
    ]
    company = [
        ("workspace", _("Company"), "factory", "crm:workspace"),
        ("people", _("People"), "users", "crm:people"),
        ("teams", _("Teams"), "network", "crm:teams"),
        ("fiscal-year", _("Fiscal year"), "calendar", "crm:fiscal-year"),
        ("forecast-tree", _("Forecast tree"), "git-branch", "forecasting:tree"),
        ("currencies", _("Currencies and rates"), "coins", "crm:currencies"),
        ("plan-rates", _("Plan rates"), "target", "crm:plan-rates"),
        ("custom-fields", _("Custom fields"), "tag", "crm:custom-fields"),
    ]
    selling = [
        ("pipelines", _("Pipelines and stages"), "workflow", "pipeline:pipelines"),
        ("products", _("Products"), "package", "pipeline:products"),
        ("price-books", _("Price books"), "tag", "pipeline:price-books"),
        ("units", _("Units"), "hash", "pipeline:units"),
        ("taxes", _("Taxes"), "percent", "pipeline:taxes"),
        ("quote-settings", _("Quotes and invoices"), "file-text", "quotes:quote-settings"),
        ("delivery", _("Delivery and renewal"), "truck", "quotes:delivery-templates"),
        ("reasons", _("Reasons"), "scale", "pipeline:reasons"),
        ("sources", _("Sources"), "megaphone", "contacts:sources"),
        ("letterhead", _("Letterhead"), "printer", "quotes:letterhead"),
    ]
    records = [("audit", _("Audit"), "scroll-text", "crm:audit")]
    groups = [(_("You"), own)]
    if request.user.is_authenticated and request.user.is_admin:
        groups += [(_("Company"), company), (_("Selling"), selling), (_("Records"), records)]
    return [
        (label, [NavItem(id, name, icon, _url(url), False) for id, name, icon, url in pages]) for label, pages in groups
    ]


SECTIONS = {
    "quotes:deliveries": "quotes:quotes",
    "quotes:renewals": "quotes:quotes",
    "crm:alert-settings": "crm:alerts",
    "pipeline:deal": "pipeline:deals",
    "pipeline:deals-deleted": "pipeline:deals",
    "contacts:company": "contacts:companies",
    "contacts:company-new": "contacts:companies",
    "contacts:company-edit": "contacts:companies",
    "contacts:company-people": "contacts:companies",
    "contacts:contact": "contacts:contacts",
    "contacts:contact-new": "contacts:contacts",
    "contacts:contact-edit": "contacts:contacts",
    "contacts:contact-companies": "contacts:contacts",
    "contacts:position": "contacts:contacts",
    "quotes:quote": "quotes:quotes",
    "quotes:quote-difference": "quotes:quotes",
    "quotes:approvals": "quotes:quotes",
    "quotes:invoices": "quotes:quotes",
    "quotes:report": "quotes:quotes",
    "forecasting:quotas": "forecasting:forecast",
    "forecasting:quota": "forecasting:forecast",
    "forecasting:quota-history": "forecasting:forecast",
    "forecasting:cell": "forecasting:forecast",
    "forecasting:changes": "forecasting:forecast",
    "forecasting:accuracy": "forecasting:forecast",
    "forecasting:mine": "forecasting:forecast",
    "forecasting:adjustment": "forecasting:forecast",
    "forecasting:plan": "forecasting:forecast",
    "forecasting:plan-quotas": "forecasting:forecast",
    "forecasting:dashboard": "forecasting:forecast",
}


def _url(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""
