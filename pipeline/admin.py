"""Windows for support on pipelines, deals and their history."""

from django.contrib import admin

from crm.admin import Window
from pipeline.models import (
    Activity,
    BundleItem,
    ChangeSet,
    Deal,
    DealChange,
    DealFile,
    LossReason,
    Pipeline,
    Price,
    PriceBook,
    Product,
    SavedView,
    ScreenChoice,
    Stage,
    StageChange,
    Tax,
    TaxClass,
    Unit,
    WinReason,
)


@admin.register(Pipeline)
class PipelineWindow(Window):
    list_display = ("name", "position", "is_default", "is_active")


@admin.register(Stage)
class StageWindow(Window):
    list_display = ("name", "pipeline", "kind", "probability", "category", "stall_days", "position")
    list_select_related = ("pipeline",)


@admin.register(Deal)
class DealWindow(Window):
    list_display = ("title", "stage", "owner", "team", "amount", "currency_id", "outcome", "closed_on", "version")
    list_select_related = ("stage", "owner", "team")
    search_fields = ("title", "external_id")
    raw_id_fields = ("company", "next_step", "owner", "team")


@admin.register(Activity)
class ActivityWindow(Window):
    list_display = ("subject", "kind", "deal", "owner", "due_on", "done_at")
    list_select_related = ("deal", "owner")
    raw_id_fields = ("deal",)


@admin.register(DealFile)
class DealFileWindow(Window):
    list_display = ("name", "deal", "size", "content_type", "by", "created_at", "deleted_at")
    list_select_related = ("deal", "by")
    raw_id_fields = ("deal",)


@admin.register(DealChange)
class DealChangeWindow(Window):
    list_display = ("deal_id", "version", "verb", "by", "effective_at", "recorded_at", "was")
    list_select_related = ("by",)
    raw_id_fields = ("deal",)


@admin.register(StageChange)
class StageChangeWindow(Window):
    list_display = ("name", "stage_id", "probability", "category", "effective_at", "by", "is_deleted")
    list_select_related = ("by",)


@admin.register(Product)
class ProductWindow(Window):
    list_display = ("name", "code", "family", "unit_price", "currency_id", "is_active")


@admin.register(WinReason)
class WinReasonWindow(Window):
    list_display = ("name", "position", "is_active")


@admin.register(LossReason)
class LossReasonWindow(Window):
    list_display = ("name", "position", "is_active", "asks_competitor")


@admin.register(ChangeSet)
class ChangeSetWindow(Window):
    list_display = ("job", "verb", "facts", "undoes")
    list_select_related = ("job", "undoes__job")
    exclude = ("deals",)


@admin.register(SavedView)
class SavedViewWindow(Window):
    list_display = ("name", "screen", "pipeline", "owner", "sharing", "team", "query")
    list_select_related = ("pipeline", "owner", "team")


@admin.register(ScreenChoice)
class ScreenChoiceWindow(Window):
    list_display = ("user", "screen", "view", "folded")
    list_select_related = ("user", "view")


@admin.register(Unit)
class UnitWindow(Window):
    list_display = ("name", "code")


@admin.register(TaxClass)
class TaxClassWindow(Window):
    list_display = ("name", "kind", "is_default", "is_active")


@admin.register(Tax)
class TaxWindow(Window):
    list_display = ("name", "tax_class", "rate", "starts_on", "ends_on")


@admin.register(PriceBook)
class PriceBookWindow(Window):
    list_display = ("name", "currency", "parent", "starts_on", "ends_on", "is_default", "is_active")


@admin.register(Price)
class PriceWindow(Window):
    list_display = ("product", "book", "min_quantity", "unit_price", "starts_on", "ends_on")


@admin.register(BundleItem)
class BundleItemWindow(Window):
    list_display = ("bundle", "product", "quantity", "is_optional")
