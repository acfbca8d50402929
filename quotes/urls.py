from django.urls import URLPattern, path

from quotes.views import editor, lists, of_deal, verbs

app_name = "quotes"
urlpatterns: list[URLPattern] = [
    path("quotes/", lists.quotes, name="quotes"),
    path("quotes/approvals/", lists.approvals, name="approvals"),
    path("quotes/<int:pk>/", editor.quote, name="quote"),
    path("quotes/<int:pk>/products/", editor.products, name="quote-products"),
    path("quotes/<int:pk>/approval/", verbs.approval, name="quote-approval"),
    path("quotes/<int:pk>/cancellation/", verbs.cancel, name="quote-cancellation"),
    path("quotes/<int:pk>/prices/", verbs.prices, name="quote-prices"),
    path("quotes/<int:pk>/sync/", verbs.sync, name="quote-sync"),
    path("quotes/<int:pk>/revision/", verbs.revision, name="quote-revision"),
    path("deals/<int:pk>/quotes/", of_deal.for_deal, name="for-deal"),
]
