"""Windows for support on quotes and what follows them."""

from django.contrib import admin

from crm.admin import Window
from quotes.models import (
    Acceptance,
    Approval,
    Delivery,
    DeliveryStep,
    DeliveryTemplate,
    Document,
    FollowMark,
    Invoice,
    InvoiceLine,
    Letterhead,
    LineItem,
    Logo,
    Payment,
    Quote,
    QuoteLink,
    QuoteSettings,
    Remark,
    Reminder,
    Renewal,
    Retraction,
    Sending,
    Series,
    TemplateStep,
)


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


@admin.register(Letterhead)
class LetterheadWindow(Window):
    list_display = ("name", "city", "country", "tax_id", "accent", "paper")


@admin.register(Logo)
class LogoWindow(Window):
    list_display = ("sha256", "content_type", "width", "height")
    exclude = ("content",)


@admin.register(Document)
class DocumentWindow(Window):
    list_display = ("name", "kind", "language", "size", "sha256", "created_at")
    search_fields = ("name", "sha256")


@admin.register(Sending)
class SendingWindow(Window):
    list_display = ("subject", "kind", "to", "state", "attempts", "due_at", "sent_at", "problem")
    search_fields = ("subject", "key")
    raw_id_fields = ("deal", "quote")


@admin.register(QuoteLink)
class QuoteLinkWindow(Window):
    list_display = ("quote", "expires_on", "revoked_at", "views", "viewed_at", "made_by")
    exclude = ("seed", "digest")


@admin.register(Acceptance)
class AcceptanceWindow(Window):
    list_display = ("quote", "name", "email", "accepted_at", "total", "currency", "ip", "document_sha256", "by")


@admin.register(Retraction)
class RetractionWindow(Window):
    list_display = ("acceptance", "reason", "by", "retracted_at")


@admin.register(Remark)
class RemarkWindow(Window):
    list_display = ("quote", "kind", "name", "created_at", "text")


@admin.register(DeliveryTemplate)
class DeliveryTemplateWindow(Window):
    list_display = ("name", "pipeline", "product", "is_active")


@admin.register(TemplateStep)
class TemplateStepWindow(Window):
    list_display = ("template", "position", "title", "place", "days", "assignee")


@admin.register(Delivery)
class DeliveryWindow(Window):
    list_display = ("deal", "won_on", "finished_at", "stopped_at")


@admin.register(DeliveryStep)
class DeliveryStepWindow(Window):
    list_display = ("delivery", "template_step", "activity")


@admin.register(Renewal)
class RenewalWindow(Window):
    list_display = ("deal", "kind", "state", "due_on", "opens_on", "opened_deal")


@admin.register(FollowMark)
class FollowMarkWindow(Window):
    list_display = ("deal", "marked_at")


@admin.register(Invoice)
class InvoiceWindow(Window):
    list_display = ("number", "kind", "deal", "total", "paid", "credited", "currency", "issued_on", "due_on")
    search_fields = ("number", "title")


@admin.register(InvoiceLine)
class InvoiceLineWindow(Window):
    list_display = ("invoice", "position", "name", "quantity", "unit_price", "net")


@admin.register(Payment)
class PaymentWindow(Window):
    list_display = ("invoice", "amount", "paid_on", "method", "reference", "made_by")


@admin.register(Reminder)
class ReminderWindow(Window):
    list_display = ("invoice", "level", "tone", "reminded_at", "by")
