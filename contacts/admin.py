"""Windows for support on companies and contacts."""

from django.contrib import admin

from contacts.models import Company, Contact, Source
from crm.admin import Window


@admin.register(Company)
class CompanyWindow(Window):
    list_display = ("name", "owner", "team", "sector", "country", "external_id", "version")
    list_select_related = ("owner", "team")
    search_fields = ("name", "external_id")


@admin.register(Contact)
class ContactWindow(Window):
    list_display = ("name", "email", "owner", "team", "external_id", "version")
    list_select_related = ("owner", "team")
    search_fields = ("name", "email", "external_id")


@admin.register(Source)
class SourceWindow(Window):
    list_display = ("name", "position", "is_active")
