"""Alerts: raised when something begins to hold, once; settled when it no longer does; mailed once a day."""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from crm.alerts import choose_alerts, raise_alerts, read_alerts, told
from crm.calendar import this
from crm.digests import send_digests
from crm.models import Alert, ApiToken, Digest, User
from forecasting import workers
from forecasting.actions import set_quota
from forecasting.judging import adjust
from forecasting.wording import period_label
from pipeline.actions import revise_deal, win_deal
from pipeline.models import Deal
from tests.cast import Cast

pytestmark = pytest.mark.django_db


def raised(kind: str, since: datetime | None = None) -> set[tuple[str, str]]:
    """(person, title) of what holds."""
    workers.refresh_all()
    raise_alerts(since=since)
    found = Alert.objects.filter(kind=kind, settled_at=None).select_related("user")
    return {(alert.user.name, told(alert).said.title) for alert in found}


def quotas_for_all(cast: Cast) -> None:
    for user in (cast.alice, cast.bob, cast.charlie):
        set_quota(owner=user, period=this("quarter"), amount=Decimal(1000), by=cast.dana)


# ── What is told ───────────────────────────────────────────────────────────────────────────────────


def test_a_missing_quota_is_told_to_who_answers_for_the_team(cast: Cast) -> None:
    set_quota(owner=cast.alice, period=this("quarter"), amount=Decimal(1000), by=cast.mia)
    told_to = raised("quota")
    assert {name for name, _title in told_to} == {"Mia", "Max"}
    (alert,) = Alert.objects.filter(user=cast.mia, kind="quota", about=this("quarter").key)
    assert (alert.facts["names"], told(alert).said.text) == (["Bob"], "Bob.")


def test_what_no_longer_holds_is_settled_and_nobody_is_told_twice(cast: Cast) -> None:
    raised("quota")
    before = Alert.objects.count()
    raised("quota")
    assert Alert.objects.count() == before
    quotas_for_all(cast)
    assert not {alert for alert in raised("quota") if this("quarter").key in alert[1]}
    settled = Alert.objects.get(user=cast.mia, about=this("quarter").key)
    assert settled.settled_at is not None
    cast.mia.refresh_from_db()
    standing = Alert.objects.filter(user=cast.mia, settled_at=None, read_at=None)
    assert cast.mia.unread_alerts == standing.count()


def test_a_deal_that_slipped_is_told_to_its_owner_and_a_big_one_to_their_manager(cast: Cast) -> None:
    for number in range(10):
        cast.deal(f"Small {number}", amount=Decimal(10))
    yesterday = cast.today - timedelta(days=1)
    cast.deal("Little", amount=Decimal(5), expected_close_on=yesterday)
    big = cast.deal("Large", amount=Decimal(90_000), expected_close_on=yesterday)
    cast.deal("Forgotten", amount=Decimal(5), expected_close_on=cast.today - timedelta(days=30))
    assert raised("slipped") == {
        ("Alice", "“Little” has slipped"), ("Alice", "“Large” has slipped"), ("Mia", "“Large” has slipped"),
    }  # fmt: skip
    revise_deal(big, expected_close_on=cast.today, by=cast.alice)
    assert raised("slipped") == {("Alice", "“Little” has slipped")}


def test_a_big_deal_that_stalls_is_told(cast: Cast) -> None:
    stage = cast.stages["Qualify"]
    stage.stall_days = 14
    stage.save()
    for number in range(10):
        cast.deal(f"Small {number}", amount=Decimal(10))
    big = cast.deal("Large", amount=Decimal(90_000))
    assert raised("stalled") == set()
    Deal.objects.filter(pk=big.pk).update(stage_since=timezone.now() - timedelta(days=30), touched_at=None)
    assert raised("stalled") == {("Alice", "“Large” is stalled"), ("Mia", "“Large” is stalled")}
    alert = Alert.objects.get(user=cast.alice, kind="stalled")
    assert told(alert).said.text == "€90,000, 30 days in its stage, untouched and nothing planned."
    win_deal(big, reason=cast.fit, by=cast.alice)
    assert raised("stalled") == set()


def test_a_gap_that_widens_within_a_week_is_told(cast: Cast) -> None:
    quarter = this("quarter")
    quotas_for_all(cast)
    deal = cast.deal("Large", amount=Decimal(1200), stage="Quote and contract", expected_close_on=quarter.last_day)
    then = timezone.now()
    assert raised("gap", then) == set()
    revise_deal(deal, amount=Decimal(100), by=cast.alice)
    assert ("Alice", f"Alice: the gap of {period_label(quarter)} widens") in raised("gap", then)


def test_an_adjustment_over_what_has_changed_is_told_to_both(cast: Cast) -> None:
    deal = cast.deal("Large", amount=Decimal(1000), category_override="commit")
    workers.refresh_all()
    adjust(
        owner=cast.alice, team=cast.north, period=this("quarter"), measure="commit", amount=Decimal(900), by=cast.mia
    )
    assert raised("drift") == set()
    revise_deal(deal, amount=Decimal(500), by=cast.alice)
    assert {name for name, _title in raised("drift")} == {"Alice", "Mia"}


def test_what_one_does_not_want_is_not_raised(cast: Cast) -> None:
    choose_alerts({"quota": (False, False)}, by=cast.mia)
    assert {name for name, _title in raised("quota")} == {"Max"}


# ── The page and the bell ──────────────────────────────────────────────────────────────────────────


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user, "crm.backends.PasswordBackend")
    return client


def test_the_bell_counts_what_is_unread(cast: Cast) -> None:
    raised("quota")
    mia = client_of(cast.mia)
    assert re.search(r'Alerts</span><span class="count">\d', mia.get("/alerts/").content.decode())
    alert = Alert.objects.filter(user=cast.mia).latest("id")
    assert mia.get(f"/alerts/{alert.pk}/")["Location"] == told(alert).said.url
    mia.post("/alerts/read/")
    cast.mia.refresh_from_db()
    assert cast.mia.unread_alerts == 0
    mia.post("/alerts/read/", {"alert": alert.pk, "again": "1"})
    cast.mia.refresh_from_db()
    assert cast.mia.unread_alerts == 1
    assert len(mia.get("/alerts/?unread=1").context["rows"]) == 1


def test_alerts_are_ones_own(cast: Cast) -> None:
    raised("quota")
    alert = Alert.objects.filter(user=cast.mia).latest("id")
    for other in (cast.max, cast.dana):
        assert client_of(other).get(f"/alerts/{alert.pk}/").status_code == 404
        read_alerts([alert.pk], by=other)
    alert.refresh_from_db()
    assert alert.read_at is None


def test_settings_are_kept(cast: Cast) -> None:
    mia = client_of(cast.mia)
    mia.post("/alerts/settings/", {"app-gap": "on", "mail-drift": "on"})
    rows = {kind: (in_app, by_mail) for kind, _kind, in_app, by_mail in mia.get("/alerts/settings/").context["rows"]}
    assert (rows["gap"], rows["drift"], rows["quota"]) == ((True, False), (False, True), (False, False))


def test_an_integrator_reads_them_too(cast: Cast) -> None:
    raised("quota")
    _token, key = ApiToken.issue(user=cast.mia, name="Test", scopes=["*:read", "*:write"])
    api = Client(HTTP_AUTHORIZATION=f"Bearer {key}")
    (first, *_) = api.get("/api/v1/alerts/?read=false").json()["results"]
    assert first["kind"] == "quota"
    read = api.post(f"/api/v1/alerts/{first['id']}/read/").json()
    assert read["read_at"] is not None
    assert first["id"] not in [each["id"] for each in api.get("/api/v1/alerts/?read=false").json()["results"]]


# ── The mail ───────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def morning(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAIL_IS_ON = True
    monkeypatch.setattr("crm.digests.HOUR", 0)


def test_one_mail_a_day_says_everything_that_is_new(cast: Cast, morning: None) -> None:
    raised("quota")
    assert send_digests() == 2
    assert send_digests() == 0
    letter = next(letter for letter in mail.outbox if letter.to == ["mia@example.com"])
    assert "people have no quota" in letter.body
    assert "http://" in letter.body
    cast.deal("Late", expected_close_on=cast.today - timedelta(days=1))
    raised("slipped")
    assert send_digests() == 1  # Alice’s first of the day; Mia had hers
    assert {letter.to[0] for letter in mail.outbox} == {"mia@example.com", "max@example.com", "alice@example.com"}


def test_a_mail_that_failed_is_sent_again(cast: Cast, morning: None, monkeypatch: pytest.MonkeyPatch) -> None:
    raised("quota")

    def fail(self: Any) -> int:
        raise ConnectionRefusedError("no server")

    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.EmailMessage.send", fail)
        assert send_digests() == 0
    assert Digest.objects.filter(sent_at=None).count() == 2
    assert send_digests() == 2
    assert len(mail.outbox) == 2


def test_what_is_unwanted_is_not_mailed(cast: Cast, morning: None) -> None:
    choose_alerts({"quota": (True, False)}, by=cast.mia)
    raised("quota")
    send_digests()
    assert {letter.to[0] for letter in mail.outbox} == {"max@example.com"}


def test_without_a_mail_server_nothing_is_taken_as_sent(cast: Cast) -> None:
    raised("quota")
    assert send_digests() == 0
    assert not Digest.objects.exists()
