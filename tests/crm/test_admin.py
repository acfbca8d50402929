"""The support windows at /admin/: for administrators, for looking only."""

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from crm.admin import Window
from tests.cast import Cast

OURS = {"crm", "contacts", "pipeline", "forecasting"}
WINDOWS = [model for model in admin.site._registry if model._meta.app_label in OURS]


@pytest.mark.parametrize("model", WINDOWS)
def test_an_administrator_looks_and_changes_nothing(client: Client, cast: Cast, model: type) -> None:
    cast.deal()
    client.force_login(cast.dana)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"  # type: ignore[attr-defined]
    assert isinstance(admin.site._registry[model], Window)
    assert client.get(reverse(f"{name}_changelist")).status_code == 200
    assert client.get(reverse(f"{name}_add")).status_code == 403
    if record := model._default_manager.first():  # type: ignore[attr-defined]
        address = reverse(f"{name}_change", args=[record.pk])
        assert client.get(address).status_code == 200
        assert client.post(address, {}).status_code == 403
        assert client.post(reverse(f"{name}_delete", args=[record.pk]), {"post": "yes"}).status_code == 403


def test_no_window_shows_a_secret(client: Client, cast: Cast) -> None:
    client.force_login(cast.dana)
    text = client.get(reverse("admin:crm_user_change", args=[cast.alice.pk])).content.decode()
    assert "alice@example.com" in text
    assert "password" not in text.lower().replace("password_change", "").replace("change password", "")


def test_everyone_else_stays_outside(client: Client, cast: Cast) -> None:
    client.force_login(cast.mia)
    assert client.get("/admin/crm/user/")["Location"].startswith("/admin/login/")


def test_it_has_no_door_of_its_own(client: Client, db: None) -> None:
    assert client.get("/admin/login/?next=/admin/")["Location"] == "/sign-in/?next=/admin/"
