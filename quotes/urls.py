from django.urls import URLPattern, path

from quotes import after_urls, answer_urls, invoice_urls
from quotes.views import documents, editor, letterhead, lists, of_deal, report, verbs
from quotes.views.quote_settings import quote_settings

app_name = "quotes"
urlpatterns: list[URLPattern] = [
    *after_urls.urlpatterns,
    *answer_urls.urlpatterns,
    path("settings/quotes/", quote_settings, name="quote-settings"),
    *invoice_urls.urlpatterns,
    path("quotes/", lists.quotes, name="quotes"),
    path("quotes/approvals/", lists.approvals, name="approvals"),
    path("quotes/report/", report.report, name="report"),
    path("quotes/report/quotes.<str:form>", report.report_file, name="report-file"),
    path("quotes/report/unpaid.<str:form>", report.unpaid_file, name="report-unpaid"),
    path("quotes/<int:pk>/", editor.quote, name="quote"),
    path("quotes/<int:pk>/products/", editor.products, name="quote-products"),
    path("quotes/<int:pk>/approval/", verbs.approval, name="quote-approval"),
    path("quotes/<int:pk>/cancellation/", verbs.cancel, name="quote-cancellation"),
    path("quotes/<int:pk>/prices/", verbs.prices, name="quote-prices"),
    path("quotes/<int:pk>/sync/", verbs.sync, name="quote-sync"),
    path("quotes/<int:pk>/revision/", verbs.revision, name="quote-revision"),
    path("quotes/<int:pk>/pdf/", documents.pdf, name="quote-pdf"),
    path("quotes/<int:pk>/pages/<int:number>/", documents.page, name="quote-page"),
    path("quotes/<int:pk>/send/", documents.send, name="quote-send"),
    path("settings/letterhead/", letterhead.letterhead, name="letterhead"),
    path("settings/letterhead/<slug:language>/", letterhead.letterhead_page, name="letterhead-page"),
    path("sendings/<int:pk>/retry/", documents.sending_retry, name="sending-retry"),
    path("quotes/<int:pk>/difference/", editor.difference, name="quote-difference"),
    path("deals/<int:pk>/quotes/", of_deal.for_deal, name="for-deal"),
]
