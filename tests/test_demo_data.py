"""The demo company, at a seventh of its size."""

import io
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from contacts.models import Company, Contact
from crm.access import reach_of
from crm.management.demo import judgements
from crm.models import Alert, CustomField, Membership, Role, Team, User, Workspace
from forecasting.models import ForecastCell, Quota, QuotaChange
from forecasting.workers import rebuild
from pipeline.models import Activity, Deal, DealChange
from quotes.models import (
    Approval,
    Invoice,
    InvoiceKind,
    Quote,
    QuoteLink,
    Remark,
    RemarkKind,
    Reminder,
    Sending,
    Status,
)


@pytest.fixture(scope="module")
def said(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[str]:
    """The demo, loaded once for all tests here and then taken back; what the command printed."""
    out = io.StringIO()
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("demo_data", scale=0.15, stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


def test_it_fills_an_empty_penstock(said: str, db: None) -> None:
    assert said.startswith("Halden Meters: 30 people in 6 teams\n90 companies, 135 contacts\n")
    counts = [model.objects.count() for model in (User, Team, Company, Contact, Deal)]
    assert counts == [30, 10, 90, 135, 600]
    workspace = Workspace.objects.get()
    assert (workspace.name, workspace.currency_id, workspace.time_zone) == ("Halden Meters", "EUR", "Europe/Berlin")


def test_nobody_has_a_password_and_who_left_cannot_sign_in(said: str, db: None) -> None:
    assert not [user for user in User.objects.all() if user.has_usable_password()]
    gone = User.objects.get(is_active=False)
    assert gone.name == "Tomas Hruby"
    assert not Membership.objects.on(Workspace.current().today).filter(user=gone).exists()
    assert not Deal.objects.filter(owner=gone, outcome="open").exists()


def test_its_history_is_true(said: str, db: None) -> None:
    for deal in Deal.objects.prefetch_related("changes"):
        changes = sorted(deal.changes.all(), key=lambda change: change.version)
        times = [change.effective_at for change in changes]
        assert times == sorted(times)
        assert changes[0].verb == DealChange.Verb.OPENED
        assert changes[0].effective_at == deal.opened_at
        assert (changes[-1].stage_id, changes[-1].owner_id) == (deal.stage_id, deal.owner_id)
    assert DealChange.objects.filter(verb="moved").count() > 100
    assert rebuild().differences == []


def test_it_looks_alive(said: str, db: None) -> None:
    by_outcome = dict(Deal.objects.values_list("outcome").annotate(Count("id")))
    assert by_outcome["open"] >= 5
    assert 0.2 < by_outcome["won"] / (by_outcome["won"] + by_outcome["lost"]) < 0.6
    assert not Deal.objects.filter(outcome="won", win_reason=None).exists()
    assert not Deal.objects.filter(outcome="lost", loss_reason=None).exists()
    assert Deal.objects.filter(pushes__gt=0).exists()
    assert Deal.objects.exclude(currency="EUR").filter(outcome="won", base_amount__isnull=False).exists()
    assert Deal.objects.filter(next_step__isnull=False).exists()
    assert Activity.objects.filter(done_at__isnull=False).count() > 200


def test_quotas_are_set_by_superiors_and_some_were_revised(said: str, db: None) -> None:
    changes = QuotaChange.objects.select_related("by", "owner")
    assert all(change.by and change.by != change.owner and change.by.is_manager for change in changes)
    assert QuotaChange.objects.filter(was_amount__isnull=False).exists()
    assert QuotaChange.objects.filter(recorded_at__lt=timezone.now() - timedelta(days=300)).exists()
    today = Workspace.current().today
    running = Quota.objects.filter(starts_on__lte=today, ends_on__gt=today, team__isnull=False)
    assert running.filter(unit="revenue", family="").count() == 9
    total = ForecastCell.objects.filter(category="won").aggregate(total=Sum("base_amount"))["total"]
    assert total == Deal.objects.filter(outcome="won").aggregate(total=Sum("base_amount"))["total"]


def test_a_rep_and_a_director_see_what_is_theirs(said: str, db: None) -> None:
    anna, elena = User.objects.get(name="Anna Keller"), User.objects.get(name="Elena Marinova")
    mine = Deal.objects.visible_to(reach_of(anna)).values_list("team__name", flat=True).distinct()
    assert list(mine) == ["DACH"]
    assert Deal.objects.visible_to(reach_of(elena)).count() == Deal.objects.count()


def test_it_is_refused_where_people_are(said: str, db: None) -> None:
    with pytest.raises(CommandError, match="This Penstock has people or deals already"):
        call_command("demo_data")
    assert User.objects.count() == 30


def test_the_company_added_fields_of_its_own(said: str, db: None) -> None:
    assert {field.noun for field in CustomField.objects.all()} == {"deal", "company", "contact"}
    for model, key in ((Deal, "metering_points"), (Company, "segment"), (Contact, "best_reached_by")):
        assert model.objects.filter(custom__has_key=key).count() > model.objects.count() / 5


def test_quotes_are_in_every_state_with_what_belongs_to_it(said: str, db: None) -> None:
    assert set(Quote.objects.values_list("status", flat=True)) == set(Status)
    assert Approval.objects.filter(granted=None, quote__status=Status.WAITING).exists()
    assert QuoteLink.objects.filter(revoked_at=None).exists()
    assert Remark.objects.filter(kind=RemarkKind.QUESTION).exists()
    assert not Sending.objects.exists()
    assert set(Alert.objects.values_list("kind", flat=True)) >= {"approval", "late"}


def test_rep_manager_and_director_have_something_to_read(said: str, db: None) -> None:
    director = User.objects.get(name="Elena Marinova")
    assert director.unread_alerts >= 1
    assert director.alerts.filter(kind="approval").exists()
    for role in (Role.REP, Role.MANAGER):
        assert User.objects.filter(role=role, unread_alerts__gt=0).exclude(pk=director.pk).exists()


def test_an_invoice_was_reminded_of_and_one_was_credited(said: str, db: None) -> None:
    assert set(Reminder.objects.values_list("level", flat=True)) == {1, 2}
    credit = Invoice.objects.get(kind=InvoiceKind.CREDIT)
    assert credit.number
    assert credit.corrects is not None
    assert 0 < credit.total < credit.corrects.total


def test_nobody_shrinks_a_deal_that_follows_its_quote(said: str, db: None) -> None:
    """On some days of the year it is somebody's largest of the quarter."""
    deal = Deal.objects.filter(outcome="open", amount_from_quote=True).first()
    assert deal is not None
    Deal.objects.filter(pk=deal.pk).update(amount=9_000_000, expected_close_on=Workspace.current().today)
    judgements._shrink(deal.owner)
    deal.refresh_from_db()
    assert deal.amount == 9_000_000
