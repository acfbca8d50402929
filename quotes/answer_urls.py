"""Addresses of what customers answer: their own page, and its owner's side of it."""

from django.urls import URLPattern, path

from quotes.views import answers, public

urlpatterns: list[URLPattern] = [
    path("quotes/<int:pk>/customer/", answers.customer, name="quote-customer"),
    path("quotes/<int:pk>/link/", answers.link, name="quote-link"),
    path("quotes/<int:pk>/link/revocation/", answers.revocation, name="quote-revocation"),
    path("quotes/<int:pk>/acceptance/", answers.acceptance, name="quote-acceptance"),
    path("quotes/<int:pk>/retraction/", answers.retraction, name="quote-retraction"),
    path("quotes/<int:pk>/decline/", answers.decline, name="quote-decline"),
    path("a/<slug:token>/", public.answer, name="public"),
    path("a/<slug:token>/accept/", public.accept, name="public-accept"),
    path("a/<slug:token>/decline/", public.decline, name="public-decline"),
    path("a/<slug:token>/ask/", public.ask, name="public-ask"),
    path("a/<slug:token>/pdf/", public.pdf, name="public-pdf"),
    path("a/<slug:token>/colours.css", public.colours, name="public-colours"),
    path("a/<slug:token>/logo/", public.logo, name="public-logo"),
]
