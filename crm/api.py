"""The roof of the API: every app's resources, each below its name."""

from django.urls import URLPattern, URLResolver, include, path, re_path
from rest_framework.routers import SimpleRouter
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSetMixin

from contacts.api import RESOURCES as CONTACTS
from crm.rest.alerts import Alerts
from crm.rest.calendar import FiscalYear, PlanRates
from crm.rest.custom import CustomFields
from crm.rest.feed import Events
from crm.rest.money import Currencies, ExchangeRates
from crm.rest.people import Me, Teams, Users
from crm.rest.reference import Nowhere, Schema, reference
from forecasting.api import ANSWERS
from forecasting.api import RESOURCES as FORECASTING
from pipeline.api import ANSWERS as SEARCH
from pipeline.api import RESOURCES as PIPELINE
from quotes.api import ANSWERS as DOCUMENTS
from quotes.api import RESOURCES as QUOTES

app_name = "api"

KERNEL = {
    "users": Users,
    "teams": Teams,
    "events": Events,
    "alerts": Alerts,
    "currencies": Currencies,
    "exchange-rates": ExchangeRates,
    "plan-rates": PlanRates,
    "custom-fields": CustomFields,
}

VIEWS: dict[str, type[APIView]] = {**SEARCH, **ANSWERS, **DOCUMENTS}
RESOURCES: dict[str, type[ViewSetMixin]] = {**PIPELINE, **CONTACTS, **FORECASTING, **QUOTES, **KERNEL}


def below(name: str, resource: type[ViewSetMixin]) -> URLResolver:
    """A branch of its own: an address is compared with the names, not with every pattern of every resource."""
    router = SimpleRouter()
    router.register("", resource, basename=name)
    return path(f"{name}/", include(router.urls))


urlpatterns: list[URLPattern | URLResolver] = [
    *(below(name, resource) for name, resource in RESOURCES.items()),
    *(path(f"{name}/", view.as_view(), name=name.replace("/", "-")) for name, view in VIEWS.items()),
    path("fiscal-year/", FiscalYear.as_view(), name="fiscal-year"),
    path("me/", Me.as_view(), name="me"),
    path("schema/", Schema.as_view(), name="schema"),
    path("docs/", reference, name="docs"),
    re_path(r"^.*$", Nowhere.as_view(), name="nowhere"),
]
