"""Settings pages of the company, its currencies, and the audit."""

import pytest
from django.test import Client

from contacts.actions import revise_company
from crm.models import Currency, ExchangeRate, Workspace
from pipeline.actions import Line, set_lines
from tests.cast import Cast


@pytest.fixture
def dana(client: Client, cast: Cast) -> Client:
    client.force_login(cast.dana)
    return client


def company(**fields: str) -> dict[str, str]:
    values = {"name": "Halden", "currency": "EUR", "time_zone": "Europe/Berlin", "language": "en"}
    return values | fields


def test_the_company_is_changed(dana: Client) -> None:
    assert dana.post("/settings/company/", company()).status_code == 302
    workspace = Workspace.objects.get()
    assert (workspace.time_zone, workspace.shares_contacts) == ("Europe/Berlin", False)


def test_a_bad_zone_stands_beside_its_field(dana: Client) -> None:
    answer = dana.post("/settings/company/", company(time_zone="Mars"))
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"time_zone": ["“Mars” is not a time zone."]}
    assert 'value="Mars"' in answer.content.decode()


def test_a_rate_is_set_as_the_language_writes_numbers(dana: Client, cast: Cast) -> None:
    dana.cookies["language"] = "bg"
    form = {"currency": "USD", "rate": "0,8612", "on": "2026-10-01"}
    assert dana.post("/settings/currencies/", form).status_code == 302
    assert str(ExchangeRate.objects.get(on="2026-10-01").rate) == "0.8612000000"
    assert "0,8612" in dana.get("/settings/currencies/USD/").content.decode()


def test_the_list_shows_todays_worth(dana: Client, cast: Cast) -> None:
    rows = dana.get("/settings/currencies/").context["rows"]
    assert [(currency.pk, rate and str(rate.rate)) for currency, rate in rows] == [
        ("EUR", None), ("USD", "0.9000000000"),
    ]  # fmt: skip


def test_a_currency_goes_out_of_use(dana: Client, cast: Cast) -> None:
    dana.post("/settings/currencies/USD/use/", {})
    assert not Currency.objects.get(pk="USD").is_active
    assert dana.post("/settings/currencies/EUR/use/", {}).status_code == 422


def test_the_audit_says_who_what_and_from_where(dana: Client, cast: Cast) -> None:
    dana.post(f"/companies/{cast.acme.pk}/edit/", {"name": "Acme", "owner": cast.alice.pk, "sector": "Energy"})
    text = dana.get("/settings/audit/").content.decode()
    assert "<b>Dana</b> changed the company <b>Acme</b>" in text
    assert "Sector: Water → Energy" in text
    assert "Country: DE → –" in text
    assert "ui 127.0.0.1" in text


def test_the_audit_tells_of_changed_lines(dana: Client, cast: Cast) -> None:
    set_lines(cast.deal(), [Line(cast.pump), Line(cast.sensor)], by=cast.dana)
    entry = dana.get("/settings/audit/").context["entries"][0]
    assert (entry.text, entry.differences) == ("<b>Dana</b> changed the deal <b>Pump station</b>", [])


def test_the_audit_is_narrowed_and_paged(dana: Client, cast: Cast) -> None:
    for number in range(60):
        revise_company(cast.acme, phone=str(number), by=cast.mia)
    cast.deal()
    kinds = [entry.event.noun for entry in dana.get("/settings/audit/?noun=company").context["entries"]]
    assert set(kinds) == {"company"}
    first = dana.get(f"/settings/audit/?person={cast.mia.pk}").context
    second = dana.get(f"/settings/audit/{first['listed'].next_url}").context
    assert (len(first["entries"]), len(second["entries"])) == (50, 10)
    assert first["entries"][-1].event.pk > second["entries"][0].event.pk
    assert ("company", "company") in first["nouns"]


def test_every_kind_of_event_reads_as_a_sentence(dana: Client, cast: Cast) -> None:
    from crm import wording
    from crm.models import Event

    for kind in [*wording.SENTENCES, "comet.seen"]:
        event = Event(kind=kind, noun=kind.partition(".")[0], object_id=1, actor=cast.dana, data={"name": "<X>"})
        text = wording.sentence(event)
        assert "{" not in text
        assert ("<b>Dana</b>" in text) == ("{who}" in str(wording.SENTENCES.get(kind, "{who}")))
        assert "<X>" not in text
