"""Windows for support: an administrator may look at every table here, and change none. No rule lives here."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from crm.models import (
    Alert,
    AlertSetting,
    ApiToken,
    Currency,
    CustomField,
    Digest,
    Event,
    ExchangeRate,
    FiscalPeriod,
    Job,
    Membership,
    PlanRate,
    Team,
    User,
    Workspace,
)

admin.site.site_header = admin.site.site_title = "Penstock"
admin.site.unregister(Group)


class Window(admin.ModelAdmin):  # type: ignore[type-arg]
    """Looking only. Large tables: no counting, no ordering by what has no index."""

    show_full_result_count = False
    list_per_page = 50
    ordering = ("-pk",)
    sortable_by = ()

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(User)
class UserWindow(Window):
    list_display = ("name", "email", "role", "is_active", "last_login")
    list_filter = ("role", "is_active")
    search_fields = ("name", "email")
    exclude = ("password",)


@admin.register(Team)
class TeamWindow(Window):
    list_display = ("name", "parent", "external_id")
    list_select_related = ("parent",)


@admin.register(Membership)
class MembershipWindow(Window):
    list_display = ("user", "team", "is_manager", "starts_on", "ends_on")
    list_select_related = ("user", "team")


@admin.register(ApiToken)
class ApiTokenWindow(Window):
    list_display = ("name", "user", "prefix", "scopes", "last_used_at", "expires_at", "revoked_at")
    list_select_related = ("user",)
    exclude = ("digest",)


@admin.register(Currency)
class CurrencyWindow(Window):
    list_display = ("code", "digits", "is_active")


@admin.register(ExchangeRate)
class ExchangeRateWindow(Window):
    list_display = ("currency", "base", "on", "rate", "recorded_at", "by")
    list_select_related = ("by",)


@admin.register(FiscalPeriod)
class FiscalPeriodWindow(Window):
    list_display = ("kind", "starts_on", "ends_on", "fiscal_start")
    list_filter = ("kind",)


@admin.register(PlanRate)
class PlanRateWindow(Window):
    list_display = ("currency", "base", "period", "rate", "recorded_at", "by")
    list_select_related = ("period", "by")


@admin.register(Workspace)
class WorkspaceWindow(Window):
    list_display = ("name", "currency", "time_zone", "fiscal_start", "language")


@admin.register(CustomField)
class CustomFieldWindow(Window):
    list_display = ("noun", "key", "label", "kind", "is_required", "archived_at")
    list_filter = ("noun", "kind")


@admin.register(Event)
class EventWindow(Window):
    list_display = ("at", "kind", "object_id", "actor", "origin")
    list_select_related = ("actor",)


@admin.register(Job)
class JobWindow(Window):
    list_display = ("created_at", "title", "by", "state", "done", "total", "left_out")
    list_select_related = ("by",)


@admin.register(Alert)
class AlertWindow(Window):
    list_display = ("user", "kind", "about", "raised_at", "read_at", "mailed_at", "settled_at")
    list_select_related = ("user",)


@admin.register(AlertSetting)
class AlertSettingWindow(Window):
    list_display = ("user", "kind", "in_app", "by_mail")
    list_select_related = ("user",)


@admin.register(Digest)
class DigestWindow(Window):
    list_display = ("user", "day", "taken_at", "sent_at", "attempts")
    list_select_related = ("user",)
