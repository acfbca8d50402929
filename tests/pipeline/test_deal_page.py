"""The deal's page, and every form that changes a deal from it."""

import json
from datetime import timedelta
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.models import User
from pipeline.actions import move_deal, revise_deal, set_lines, set_people, win_deal
from pipeline.actions.rules import Line
from pipeline.activities import log_activity, plan_activity
from pipeline.models import Activity, Deal, RequiredField
from pipeline.structure import revise_stage
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def post(user: User, url: str, data: dict[str, Any] | None = None, **headers: Any) -> Any:
    return signed_in(user).post(url, data or {}, **headers)


def text(response: HttpResponse) -> str:
    return unescape(response.content.decode())


def fresh(deal: Deal) -> Deal:
    return Deal.objects.select_related("stage").get(pk=deal.pk)


VERBS = [
    "stage/", "win/", "lose/", "reopen/", "undo/", "owner/", "facts/amount/", "lines/", "people/", "activities/",
    "archive/", "restore/",
]  # fmt: skip


# ── The page ───────────────────────────────────────────────────────────────────────────────────────


def test_it_shows_what_is_known(cast: Cast) -> None:
    deal = cast.deal("Pump station", amount=Decimal("1234.50"), source=cast.referral)
    set_people(deal, [(cast.carol, "champion")], by=cast.alice)
    set_lines(deal, [Line(cast.pump, Decimal(2))], by=cast.alice)
    plan_activity(deal, subject="Call Carol", due_on=cast.today + timedelta(days=1), by=cast.alice)
    log_activity(deal, subject="Carol is in favour", by=cast.alice)
    page = text(signed_in(cast.alice).get(f"/deals/{deal.pk}/"))
    for words in (
        "Pump station", "Acme", "€1,234.50", "Referral", "Carol Reyes", "Head of operations", "Champion", "Pump",
        "2 × €250", "€500", "Call Carol", "Next step, tomorrow", "Carol is in favour", "Alice</b> opened this deal in Qualify",
        "Alice as owner, 2 more in the team North, and Dana, Ira, Ravi, who see everything.", "6 people",
    ):  # fmt: skip
        assert words in page, words


def test_the_panel_is_the_same_without_the_frame(cast: Cast) -> None:
    deal = cast.deal()
    page = text(signed_in(cast.alice).get(f"/deals/{deal.pk}/", HTTP_HX_REQUEST="true", HTTP_HX_TARGET="panel-host"))
    assert page.lstrip().startswith("<aside")
    assert f'data-deal="{deal.pk}"' in text(signed_in(cast.alice).get(f"/board/?panel={deal.pk}"))


def test_history_is_in_sentences(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal(1000))
    revise_deal(deal, expected_close_on=cast.today + timedelta(days=14), by=cast.alice)
    revise_deal(deal, amount=Decimal(1200), probability_override=Decimal(80), by=cast.mia)
    revise_deal(deal, company=cast.globex, by=cast.alice)
    move_deal(deal, to=cast.stages["Solution"], by=cast.mia)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    page = text(signed_in(cast.mia).get(f"/deals/{deal.pk}/"))
    for words in (
        "Alice</b> pushed close date", "Mia</b> changed the amount €1,000 → €1,200", "changed the win probability as the stage → 80 %",
        "Alice</b> changed the company from Acme to Globex", "Mia</b> moved Qualify → Solution", "Alice</b> won this deal",
    ):  # fmt: skip
        assert words in page, words


def test_days_in_each_stage_come_from_history(cast: Cast) -> None:
    now = timezone.now()
    deal = cast.deal(at=now - timedelta(days=20))
    move_deal(deal, to=cast.stages["Demo"], at=now - timedelta(days=14), by=cast.alice)
    move_deal(deal, to=cast.stages["Qualify"], at=now - timedelta(days=11), by=cast.alice)
    move_deal(deal, to=cast.stages["Demo"], at=now - timedelta(days=9), by=cast.alice)
    page = text(signed_in(cast.alice).get(f"/deals/{deal.pk}/"))
    assert "<span>Qualify</span><small>8 d</small>" in page
    assert "<span>Demo</span><small>12 d, limit 21</small>" in page


def test_it_asks_the_database_the_same_however_much_happened(cast: Cast) -> None:
    deal = cast.deal()
    client = signed_in(cast.alice)
    counts = []
    for number in range(2):
        for _ in range(3):
            plan_activity(deal, subject="Call", due_on=cast.today, by=cast.alice)
            log_activity(deal, subject="Called", by=cast.alice)
            revise_deal(deal, amount=Decimal(number), company=cast.globex, source=cast.referral, by=cast.mia)
            revise_deal(deal, amount=Decimal(7), company=cast.acme, source=None, by=cast.alice)
        set_people(deal, [(cast.carol, "")], by=cast.alice)
        set_lines(deal, [Line(cast.pump)] * (number + 1), by=cast.alice)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(f"/deals/{deal.pk}/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 28


def test_others_see_it_without_controls_or_not_at_all(cast: Cast) -> None:
    deal = cast.deal()
    page = text(signed_in(cast.bob).get(f"/deals/{deal.pk}/"))
    assert "Pump station" in page
    assert f"/deals/{deal.pk}/win/" not in page
    assert signed_in(cast.charlie).get(f"/deals/{deal.pk}/").status_code == 404


@pytest.mark.parametrize("verb", VERBS)
def test_who_may_not_change_it_finds_no_form_and_no_verb(cast: Cast, verb: str) -> None:
    deal = cast.deal()
    for user in (cast.charlie, cast.bob, cast.ravi):  # another team, a colleague, a reader
        for answer in (signed_in(user).get(f"/deals/{deal.pk}/{verb}"), post(user, f"/deals/{deal.pk}/{verb}")):
            assert answer.status_code in {404, 405}, (user, verb)
        assert post(user, f"/deals/{deal.pk}/{verb}").status_code == 404
    assert fresh(deal).version == deal.version


# ── Moving ─────────────────────────────────────────────────────────────────────────────────────────


def test_a_plain_form_moves_and_returns(cast: Cast) -> None:
    deal = cast.deal()
    back = f"/board/{cast.pipeline.pk}/"
    answer = post(cast.alice, f"/deals/{deal.pk}/stage/", {"stage": cast.stages["Demo"].pk, "next": back})
    assert (answer.status_code, answer.headers["Location"]) == (302, back)
    assert fresh(deal).stage == cast.stages["Demo"]


def test_it_does_not_send_people_to_other_sites(cast: Cast) -> None:
    deal = cast.deal()
    sent = {"stage": cast.stages["Demo"].pk, "next": "https://evil.example/"}
    assert post(cast.alice, f"/deals/{deal.pk}/stage/", sent).headers["Location"] == f"/deals/{deal.pk}/"


def test_the_board_gets_the_card_and_the_two_heads(cast: Cast) -> None:
    deal, other = cast.deal(), cast.deal("Other", stage="Demo")
    sent = {"stage": cast.stages["Demo"].pk, "after": other.pk, "version": deal.version}
    answer = post(cast.alice, f"/deals/{deal.pk}/stage/", sent, HTTP_X_BOARD=str(cast.pipeline.pk))
    page = text(answer)
    assert f'id="deal-{deal.pk}"' in page
    assert [f'id="head-{cast.stages[name].pk}"' in page for name in ("Qualify", "Demo", "Solution")] == [
        True,
        True,
        False,
    ]
    told = json.loads(answer.headers["HX-Trigger"])
    assert told["toast"] == {"text": "Moved to Demo", "undo": f"/deals/{deal.pk}/undo/?version=2"}
    assert told["penstock:deal"]["version"] == 2
    assert fresh(deal).rank > fresh(other).rank


def test_a_closing_stage_asks_for_the_reason_first(cast: Cast) -> None:
    deal = cast.deal()
    answer = post(
        cast.alice, f"/deals/{deal.pk}/stage/", {"stage": cast.stages["Lost"].pk}, HTTP_X_BOARD=str(cast.pipeline.pk)
    )
    assert answer.status_code == 422
    assert "Why was it lost?" in text(answer)
    assert fresh(deal).is_open


def test_a_stage_asks_for_exactly_what_is_missing(cast: Cast) -> None:
    revise_stage(cast.stages["Demo"], required_fields=["amount", "expected_close_on", "next_step"], by=cast.dana)
    deal = cast.deal(expected_close_on=None)
    url, to = f"/deals/{deal.pk}/stage/", cast.stages["Demo"].pk
    asked = post(cast.alice, url, {"stage": to, "version": 1}, **HTMX)
    assert asked.status_code == 422
    assert 'name="needed-expected_close_on"' in text(asked)
    assert 'name="needed-step"' in text(asked)
    assert 'name="needed-amount"' not in text(asked)
    sent = {"stage": to, "version": 1, "needs": ["expected_close_on", "next_step"]}
    again = post(cast.alice, url, sent | {"needed-expected_close_on": "2030-01-01"}, **HTMX)
    assert again.status_code == 422
    sent |= {"needed-expected_close_on": "2030-01-01", "needed-step": "Show it", "needed-step_on": "2029-12-01"}
    assert post(cast.alice, url, sent, **HTMX).status_code == 200
    moved = fresh(deal)
    assert (moved.stage, str(moved.expected_close_on)) == (cast.stages["Demo"], "2030-01-01")
    assert moved.next_step is not None
    assert moved.next_step.subject == "Show it"


@pytest.mark.parametrize(
    "field", [RequiredField.COMPANY, RequiredField.SOURCE, RequiredField.PRODUCT, RequiredField.CONTACT]
)
def test_each_kind_of_missing_field_can_be_filled_in(cast: Cast, field: RequiredField) -> None:
    revise_stage(cast.stages["Demo"], required_fields=[field], by=cast.dana)
    deal = cast.deal(company=None)
    value = {"company": "Neptun Water", "source": cast.referral.pk, "product": cast.pump.pk, "contact": cast.carol.pk}[
        field
    ]
    sent = {"stage": cast.stages["Demo"].pk, "needs": field, f"needed-{field}": value}
    assert post(cast.alice, f"/deals/{deal.pk}/stage/", sent, **HTMX).status_code == 200
    moved = fresh(deal)
    assert moved.stage == cast.stages["Demo"]
    filled = {
        "company": moved.company and moved.company.name, "source": moved.source_id,
        "product": moved.lines.values_list("product", flat=True).first(), "contact": moved.people.values_list("contact", flat=True).first(),
    }  # fmt: skip
    assert filled[field] == value


def test_who_comes_second_is_told_and_may_insist(cast: Cast) -> None:
    deal = cast.deal()
    move_deal(deal, to=cast.stages["Quote and contract"], by=cast.mia)
    url, sent = f"/deals/{deal.pk}/stage/", {"stage": cast.stages["Demo"].pk, "version": 1}
    answer = post(cast.alice, url, sent, HTTP_X_BOARD=str(cast.pipeline.pk))
    assert answer.status_code == 409
    assert "<strong>Mia</strong> moved this to <strong>Quote and contract</strong> 1 s ago." in text(answer)
    assert 'name="version" value="2"' in text(answer)
    assert fresh(deal).stage == cast.stages["Quote and contract"]
    assert post(cast.alice, url, sent | {"version": 2}, **HTMX).status_code == 200
    assert fresh(deal).stage == cast.stages["Demo"]


# ── Won, lost, reopened, undone ────────────────────────────────────────────────────────────────────


def test_it_is_won_with_a_reason_and_not_without(cast: Cast) -> None:
    deal = cast.deal()
    url = f"/deals/{deal.pk}/win/"
    assert "Choose the reason that weighed most." in text(post(cast.alice, url, {"note": "x"}, **HTMX))
    assert fresh(deal).is_open
    day = cast.today - timedelta(days=2)
    sent = {"reason": cast.fit.pk, "closed_on": day.isoformat(), "note": "They trust us."}
    assert post(cast.alice, url, sent, **HTMX).status_code == 200
    won = fresh(deal)
    assert (won.outcome, won.win_reason, won.closed_on, won.closing_note) == ("won", cast.fit, day, "They trust us.")


def test_the_future_is_refused_beside_its_field(cast: Cast) -> None:
    deal = cast.deal()
    sent = {"reason": cast.fit.pk, "closed_on": (cast.today + timedelta(days=1)).isoformat()}
    answer = post(cast.alice, f"/deals/{deal.pk}/win/", sent, **HTMX)
    assert (answer.status_code, "A deal cannot be closed in the future." in text(answer)) == (422, True)


def test_it_is_lost_to_a_competitor_and_asked_again(cast: Cast) -> None:
    deal = cast.deal()
    again = cast.today + timedelta(days=100)
    sent = {
        "reason": cast.competitor.pk,
        "competitor": "Aquasys",
        "asks_again": "on",
        "ask_again_on": again.isoformat(),
    }
    post(cast.alice, f"/deals/{deal.pk}/lose/", sent, **HTMX)
    lost = fresh(deal)
    assert (lost.outcome, lost.loss_reason, lost.competitor) == ("lost", cast.competitor, "Aquasys")
    assert Activity.objects.get(deal=deal).due_on == again


def test_it_reopens_where_it_was(cast: Cast) -> None:
    deal = win_deal(cast.deal(stage="Demo"), reason=cast.fit, by=cast.alice)
    post(cast.alice, f"/deals/{deal.pk}/reopen/", **HTMX)
    assert fresh(deal).stage == cast.stages["Demo"]


def test_undo_takes_back_the_newest_change_only(cast: Cast) -> None:
    deal = move_deal(cast.deal(), to=cast.stages["Demo"], by=cast.alice)
    url = f"/deals/{deal.pk}/undo/?version=2"
    assert post(cast.alice, url, **HTMX).status_code == 200
    assert fresh(deal).stage == cast.stages["Qualify"]
    answer = post(cast.alice, url, **HTMX)
    assert answer.status_code == 409
    assert "Move anyway" not in text(answer)


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
        "line": "Neptun Water, sensors 5k USD, closes 2030-01-31", "title": "Level sensors", "amount": "7000", "currency": "EUR",
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
