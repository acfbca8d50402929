"""The roof: the only file that includes every app's urls."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView

handler403 = "crm.views.probes.permission_denied"
handler404 = "crm.views.probes.page_not_found"
handler500 = "crm.views.probes.server_error"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("crm.api")),  # first: it is asked most often, and by nothing else's pattern
    path("", include("pipeline.urls")),
    path("", include("contacts.urls")),
    path("", include("forecasting.urls")),
    path("", include("quotes.urls")),
    path("", include("crm.pages")),
    path("admin/login/", RedirectView.as_view(pattern_name="crm:sign-in", query_string=True)),
    path("admin/password_change/", RedirectView.as_view(pattern_name="crm:profile")),  # the verb leaves an event
    path("admin/", admin.site.urls),
]
