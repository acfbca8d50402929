"""Nouns of invoices."""

from django.urls import URLPattern, path

from quotes.views import invoice_mail, invoice_verbs, invoices

urlpatterns: list[URLPattern] = [
    path("invoices/", invoices.invoices, name="invoices"),
    path("invoices/<int:pk>/", invoices.invoice, name="invoice"),
    path("invoices/<int:pk>/pdf/", invoices.pdf, name="invoice-pdf"),
    path("invoices/<int:pk>/pages/<int:number>/", invoices.page, name="invoice-page"),
    path("invoices/<int:pk>/reminders/", invoice_mail.reminders, name="invoice-reminders"),
    path("invoices/<int:pk>/reminders/<int:level>/", invoices.reminder, name="invoice-reminder"),
    path("invoices/<int:pk>/products/", invoices.products, name="invoice-products"),
    path("invoices/<int:pk>/xml/", invoices.xml, name="invoice-xml"),
    path("invoices/<int:pk>/issue/", invoice_verbs.issue, name="invoice-issue"),
    path("invoices/<int:pk>/drop/", invoice_verbs.drop, name="invoice-drop"),
    path("invoices/<int:pk>/credit/", invoice_verbs.credit, name="invoice-credit"),
    path("invoices/<int:pk>/payments/", invoice_verbs.payments, name="invoice-payments"),
    path("invoices/<int:pk>/send/", invoice_mail.send, name="invoice-send"),
    path("payments/<int:pk>/reverse/", invoice_verbs.reverse, name="payment-reverse"),
    path("quotes/<int:pk>/invoice/", invoice_verbs.draft, name="quote-invoice"),
    path("deals/<int:pk>/invoices/", invoices.of_deal, name="invoices-of-deal"),
]
