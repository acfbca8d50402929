"""The ground floor's own pages: sign-in, settings, probes, the live stream."""

from django.urls import URLPattern

app_name = "crm"
urlpatterns: list[URLPattern] = []
