"""Windows for support on quotes and what follows them."""

from django.contrib import admin

from crm.admin import Window
from quotes.models import Approval, LineItem, Quote, QuoteSettings, Series


@admin.register(Quote)
class QuoteWindow(Window):
    list_display = ("number", "version", "deal", "status", "total", "currency", "is_synced", "made_by")
    search_fields = ("number", "title")


@admin.register(LineItem)
class LineItemWindow(Window):
    list_display = ("quote", "position", "name", "quantity", "unit_price", "net")


@admin.register(Approval)
class ApprovalWindow(Window):
    list_display = ("quote", "asked_by", "asked_at", "granted", "decided_by")


@admin.register(QuoteSettings)
class QuoteSettingsWindow(Window):
    list_display = ("rounding", "discount_limit", "margin_limit", "after_acceptance")


@admin.register(Series)
class SeriesWindow(Window):
    list_display = ("kind", "year", "last", "pattern")
