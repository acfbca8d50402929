"""Windows for support on quotas and on the rollups that the worker keeps."""

from django.contrib import admin

from crm.admin import Window
from forecasting.models import (
    Adjustment,
    AdjustmentSnapshot,
    Export,
    FamilyCell,
    ForecastCell,
    ForecastSnapshot,
    Quota,
    QuotaBatch,
    QuotaChange,
    Recount,
    SnapshotDay,
    StaleCell,
    TreePlace,
    TreeSeat,
    WinLossCell,
)


@admin.register(Quota)
class QuotaWindow(Window):
    list_display = ("__str__", "starts_on", "ends_on", "unit", "family")


@admin.register(QuotaChange)
class QuotaChangeWindow(Window):
    list_display = (
        "owner",
        "team",
        "starts_on",
        "ends_on",
        "was_amount",
        "amount",
        "currency_id",
        "by",
        "effective_at",
    )
    list_select_related = ("owner", "team", "by")


@admin.register(Adjustment)
class AdjustmentWindow(Window):
    list_display = ("owner", "team", "starts_on", "ends_on", "measure", "amount", "currency_id", "raw", "by", "seat")
    list_select_related = ("owner", "team", "by", "seat")


@admin.register(ForecastCell)
class ForecastCellWindow(Window):
    list_display = ("owner", "team", "pipeline", "month", "category", "currency_id", "deals", "amount", "base_weighted")
    list_select_related = ("owner", "team", "pipeline")


@admin.register(FamilyCell)
class FamilyCellWindow(Window):
    list_display = ("family", "owner", "team", "month", "category", "currency_id", "deals", "amount", "base_weighted")
    list_select_related = ("owner", "team")


@admin.register(WinLossCell)
class WinLossCellWindow(Window):
    list_display = ("owner", "team", "month", "outcome", "dimension", "key", "deals", "value")
    list_select_related = ("owner", "team")


@admin.register(StaleCell)
class StaleCellWindow(Window):
    list_display = ("owner_id", "month", "marked_at")


@admin.register(Recount)
class RecountWindow(Window):
    list_display = ("started_at", "finished_at", "cells", "differences")


@admin.register(TreePlace)
class TreePlaceWindow(Window):
    list_display = ("team_id", "parent_id", "starts_on", "ends_on", "recorded_at", "superseded_at", "by")
    list_select_related = ("by",)


@admin.register(TreeSeat)
class TreeSeatWindow(Window):
    list_display = ("user", "team", "is_manager", "starts_on", "ends_on", "recorded_at", "superseded_at", "by")
    list_select_related = ("user", "team", "by")


@admin.register(QuotaBatch)
class QuotaBatchWindow(Window):
    list_display = ("made_at", "kind", "by", "undoes")
    list_select_related = ("by", "undoes")


@admin.register(SnapshotDay)
class SnapshotDayWindow(Window):
    list_display = ("day", "locked_at", "cells")


@admin.register(ForecastSnapshot)
class ForecastSnapshotWindow(Window):
    list_display = ("day", "month", "family", "category", "currency_id", "deals", "amount", "base_weighted")


@admin.register(AdjustmentSnapshot)
class AdjustmentSnapshotWindow(Window):
    list_display = ("day", "starts_on", "ends_on", "difference")


@admin.register(Export)
class ExportWindow(Window):
    list_display = ("created_at", "by", "row", "measure", "form", "name")
    list_select_related = ("by",)
