"""The settings page of sources."""

from django.test import Client

from contacts.models import Source
from tests.cast import Cast


def test_sources_are_added_renamed_and_retired(client: Client, cast: Cast) -> None:
    client.force_login(cast.dana)
    client.post("/settings/sources/", {"name": "Trade fair"})
    fair = Source.objects.get(name="Trade fair")
    assert client.post("/settings/sources/", {"name": "trade FAIR"}).status_code == 422
    client.post(f"/settings/sources/{fair.pk}/", {"name": "IFAT"})
    client.post(f"/settings/sources/{fair.pk}/use/", {})
    fair.refresh_from_db()
    assert (fair.name, fair.is_active) == ("IFAT", False)
    client.post(f"/settings/sources/{fair.pk}/use/", {"is_active": "on"})
    fair.refresh_from_db()
    assert fair.is_active
