from django.urls import URLPattern, path

from forecasting import views

app_name = "forecasting"
urlpatterns: list[URLPattern] = [
    path("forecast/", views.forecast, name="forecast"),
    path("forecast/quotas/", views.forecast, name="quotas"),
    path("forecast/quotas/history/", views.forecast, name="quota-history"),
    path("forecast/quotas/<slug:subject>/<str:period>/", views.forecast, name="quota"),
]
