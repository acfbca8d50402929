"""The forms of the deal's page that change facts and what hangs on it, quick-add, and one's own day."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from pipeline.actions import revise_deal
from pipeline.activities import plan_activity
from pipeline.models import Activity, Deal
from tests.cast import Cast
from tests.pipeline.pages import HTMX, fresh, post, signed_in, text

pytestmark = pytest.mark.django_db


# ── Facts ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("fact", "sent", "column", "value"),
    [
        ("title", {"title": "New name"}, "title", "New name"),
        ("amount", {"amount": "2500.50", "currency": "USD"}, "amount", Decimal("2500.500")),
        ("close", {"expected_close_on": ""}, "expected_close_on", None),
        ("chance", {"probability_override": "0"}, "probability_override", Decimal("0.00")),
        ("category", {"category_override": "commit"}, "category_override", "commit"),
    ],
)
def test_facts_are_saved_one_at_a_time(cast: Cast, fact: str, sent: dict[str, str], column: str, value: Any) -> None:
    deal = cast.deal()
    assert "<form" in text(signed_in(cast.alice).get(f"/deals/{deal.pk}/facts/{fact}/"))
    assert post(cast.alice, f"/deals/{deal.pk}/facts/{fact}/", sent | {"version": 1}, **HTMX).status_code == 200
    assert getattr(fresh(deal), column) == value


def test_a_company_is_found_by_name_or_added(cast: Cast) -> None:
    deal = cast.deal()
    post(cast.alice, f"/deals/{deal.pk}/facts/company/", {"company": "globex"}, **HTMX)
    assert fresh(deal).company == cast.globex
    post(cast.alice, f"/deals/{deal.pk}/facts/company/", {"company": "Neptun Water"}, **HTMX)
    assert fresh(deal).company.name == "Neptun Water"  # type: ignore[union-attr]
    post(cast.alice, f"/deals/{deal.pk}/facts/company/", {"company": ""}, **HTMX)
    assert fresh(deal).company is None


def test_an_impossible_amount_is_refused_with_the_text_kept(cast: Cast) -> None:
    deal = cast.deal()
    answer = post(cast.alice, f"/deals/{deal.pk}/facts/amount/", {"amount": "a lot"}, **HTMX)
    assert (answer.status_code, 'value="a lot"' in text(answer)) == (422, True)


def test_somebody_elses_change_to_the_same_fact_is_told(cast: Cast) -> None:
    deal = cast.deal()
    revise_deal(deal, amount=Decimal(5), by=cast.mia)
    url = f"/deals/{deal.pk}/facts/amount/"
    answer = post(cast.alice, url, {"amount": "7", "version": 1}, **HTMX)
    assert (answer.status_code, "<strong>Mia</strong> changed this" in text(answer)) == (409, True)
    assert (
        post(cast.alice, f"/deals/{deal.pk}/facts/title/", {"title": "Other", "version": 1}, **HTMX).status_code == 200
    )


def test_there_are_no_other_facts(cast: Cast) -> None:
    assert signed_in(cast.alice).get(f"/deals/{cast.deal().pk}/facts/version/").status_code == 404


def test_it_is_handed_over_within_reach(cast: Cast) -> None:
    deal = cast.deal()
    assert post(cast.mia, f"/deals/{deal.pk}/owner/", {"owner": cast.charlie.pk}, **HTMX).status_code == 422
    assert post(cast.mia, f"/deals/{deal.pk}/owner/", {"owner": cast.bob.pk}, **HTMX).status_code == 200
    assert fresh(deal).owner == cast.bob


def test_it_is_deleted_and_restored(cast: Cast) -> None:
    deal = cast.deal()
    post(cast.alice, f"/deals/{deal.pk}/archive/", **HTMX)
    assert fresh(deal).archived_at is not None
    assert "It stands on no board and in no number." in text(signed_in(cast.alice).get(f"/deals/{deal.pk}/"))
    post(cast.alice, f"/deals/{deal.pk}/restore/", **HTMX)
    assert fresh(deal).archived_at is None


# ── What hangs on it ───────────────────────────────────────────────────────────────────────────────


def test_lines_are_added_taken_away_and_make_the_amount(cast: Cast) -> None:
    deal = cast.deal()
    url = f"/deals/{deal.pk}/lines/"
    post(cast.alice, url, {"product": cast.pump.pk, "quantity": "3", "unit_price": "", "discount": "10"}, **HTMX)
    post(cast.alice, url, {"product": cast.sensor.pk, "quantity": "1", "unit_price": "80"}, **HTMX)
    assert [(line.product, line.total) for line in deal.lines.all()] == [(cast.pump, 675), (cast.sensor, 80)]
    assert fresh(deal).amount == 1000
    post(cast.alice, url, {"feed": "1"}, **HTMX)
    assert fresh(deal).amount == 755
    post(cast.alice, url, {"remove": deal.lines.all()[0].pk}, **HTMX)
    assert fresh(deal).amount == 80
    post(cast.alice, url, {"feed": "0"}, **HTMX)
    assert not fresh(deal).amount_from_lines


def test_people_get_roles_and_are_taken_away(cast: Cast) -> None:
    deal = cast.deal()
    url = f"/deals/{deal.pk}/people/"
    for role in ("buys", "decides"):
        post(cast.alice, url, {"contact": cast.carol.pk, "role": role}, **HTMX)
    assert list(deal.people.values_list("contact", "role")) == [(cast.carol.pk, "decides")]
    post(cast.alice, url, {"remove": cast.carol.pk}, **HTMX)
    assert not deal.people.exists()


def test_what_happened_is_logged_and_what_will_is_planned(cast: Cast) -> None:
    deal = cast.deal()
    url = f"/deals/{deal.pk}/activities/"
    post(cast.alice, url, {"kind": "call", "text": "Spoke with Carol\nBudget is there."}, **HTMX)
    done = Activity.objects.get(deal=deal)
    assert (done.kind, done.subject, done.body, done.done_at is not None) == (
        "call",
        "Spoke with Carol",
        "Budget is there.",
        True,
    )
    assert post(cast.alice, url, {"kind": "task", "text": "Send it"}, **HTMX).status_code == 422
    post(cast.alice, url, {"kind": "task", "text": "Send it", "due_on": cast.today.isoformat()}, **HTMX)
    step = fresh(deal).next_step
    assert step is not None
    assert (step.subject, step.due_on) == ("Send it", cast.today)
    post(cast.alice, f"/activities/{step.pk}/done/", **HTMX)
    assert fresh(deal).next_step is None


def test_a_plan_can_be_dropped(cast: Cast) -> None:
    step = plan_activity(cast.deal(), subject="Call", due_on=cast.today, by=cast.alice)
    assert post(cast.charlie, f"/activities/{step.pk}/drop/").status_code == 404
    assert post(cast.alice, f"/activities/{step.pk}/drop/", **HTMX).status_code == 200
    assert not Activity.objects.exists()


# ── Quick-add and my day ───────────────────────────────────────────────────────────────────────────


def test_one_line_makes_a_deal(cast: Cast) -> None:
    answer = post(cast.alice, "/deals/new/", {"line": "Acme renewal 12k €, tomorrow"}, **HTMX)
    assert answer.status_code == 200
    deal = Deal.objects.get()
    assert (deal.title, deal.company, deal.amount, deal.currency_id) == ("Acme renewal", cast.acme, 12000, "EUR")
    assert (deal.owner, deal.team, deal.stage) == (cast.alice, cast.north, cast.stages["Qualify"])
    assert deal.next_step is not None
    assert (deal.next_step.subject, deal.next_step.due_on) == ("Follow up", cast.today + timedelta(days=1))


def test_fields_win_over_the_line(cast: Cast) -> None:
    sent = {
        "line": "Neptun Water, sensors 5k USD, closes 2030-01-31", "title": "Level sensors", "amount": "7000", "currency": "EUR",  # noqa: E501
        "stage": cast.stages["Demo"].pk, "company": "Globex", "contact": cast.carol.pk,
    }  # fmt: skip
    post(cast.alice, "/deals/new/", sent, **HTMX)
    deal = Deal.objects.get()
    assert (deal.title, deal.company, deal.amount, deal.currency_id) == ("Level sensors", cast.globex, 7000, "EUR")
    assert (deal.stage, str(deal.expected_close_on)) == (cast.stages["Demo"], "2030-01-31")
    assert list(deal.contacts.all()) == [cast.carol]


def test_an_empty_line_is_refused_and_readers_add_nothing(cast: Cast) -> None:
    assert post(cast.alice, "/deals/new/", {"line": ""}, **HTMX).status_code == 422
    assert post(cast.alice, "/deals/new/", {"line": "12k €"}, **HTMX).status_code == 422
    assert post(cast.ravi, "/deals/new/", {"line": "Acme"}).status_code == 403
    assert not Deal.objects.exists()


def test_the_line_is_read_back(cast: Cast) -> None:
    page = text(signed_in(cast.alice).get("/deals/new/understood/?line=Neptun, pumps 14k €"))
    assert "New company <strong>Neptun</strong>" in page
    assert "<strong>€14,000</strong>" in page
    assert "Company <strong>Acme</strong>" in text(signed_in(cast.alice).get("/deals/new/understood/?line=acme pumps"))


def test_company_names_are_suggested(cast: Cast) -> None:
    assert '<option value="Acme">' in text(signed_in(cast.alice).get("/deals/new/companies/?company=acm"))


def test_my_day_has_what_is_mine(cast: Cast) -> None:
    late, now = cast.today - timedelta(days=2), cast.today
    plan_activity(cast.deal("Mine"), subject="Call Carol", due_on=late, by=cast.alice)
    plan_activity(cast.deal("Bobs", owner=cast.bob), subject="Not for me", due_on=now, by=cast.bob)
    still = cast.deal("Standing still")
    Deal.objects.filter(pk=still.pk).update(stage_since=timezone.now() - timedelta(days=40))
    page = text(signed_in(cast.alice).get("/day/"))
    assert all(words in page for words in ("Overdue", "Call Carol", "Standing still", "Stalled 40 d, limit 21"))
    assert "Not for me" not in page
    assert "Nothing is planned" in text(signed_in(cast.charlie).get("/day/"))
