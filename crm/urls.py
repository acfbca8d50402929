"""The roof: the only file that includes every app's urls."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("pipeline.urls")),
    path("", include("contacts.urls")),
    path("", include("forecasting.urls")),
    path("", include("crm.pages")),
    path("api/v1/", include("crm.api")),
]
