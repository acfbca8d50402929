"""The ground floor's own pages: sign-in, settings, probes, the live stream."""

from django.urls import URLPattern, path

from crm.views import entrance, probes

app_name = "crm"
urlpatterns: list[URLPattern] = [
    path("healthz", probes.healthz, name="healthz"),
    path("readyz", probes.readyz, name="readyz"),
    path("sign-in/", entrance.sign_in, name="sign-in"),
    path("sign-out/", entrance.sign_out, name="sign-out"),
]
