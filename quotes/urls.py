from django.urls import URLPattern, path

from quotes.views import editor, lists, of_deal

app_name = "quotes"
urlpatterns: list[URLPattern] = [
    path("quotes/", lists.quotes, name="quotes"),
    path("quotes/<int:pk>/", editor.quote, name="quote"),
    path("deals/<int:pk>/quotes/", of_deal.for_deal, name="for-deal"),
]
