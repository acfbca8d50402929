"""The roof of the API: every app's viewsets under one router."""

from django.urls import URLPattern

app_name = "api"
urlpatterns: list[URLPattern] = []
