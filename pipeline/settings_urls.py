"""Settings of pipelines, products and reasons, and the sections that the pages of contacts embed."""

from django.urls import URLPattern, path

from pipeline import contact_views

urlpatterns: list[URLPattern] = [
    path("companies/<int:pk>/deals/", contact_views.deals_of_company, name="deals-of-company"),
    path("contacts/<int:pk>/deals/", contact_views.deals_of_contact, name="deals-of-contact"),
]
