"""The deal's page, and every form that changes a deal from it."""

import json
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pipeline.actions import move_deal, revise_deal, set_lines, set_people, win_deal
from pipeline.actions.rules import Line
from pipeline.activities import log_activity, plan_activity
from pipeline.models import Activity, RequiredField
from pipeline.structure import revise_stage
from tests.cast import Cast
from tests.pipeline.pages import HTMX, VERBS, fresh, post, signed_in, text

pytestmark = pytest.mark.django_db


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
        "2 × €250", "€500", "Call Carol", "Next step, tomorrow", "Carol is in favour", "Alice</b> opened this deal in Qualify",  # noqa: E501
        "Alice, as owner.", "6 people",
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
        "Alice</b> pushed close date", "Mia</b> changed the amount €1,000 → €1,200", "changed the win probability as the stage → 80 %",  # noqa: E501
        "Alice</b> changed the company from Acme to Globex", "Mia</b> moved Qualify → Solution", "Alice</b> won this deal",  # noqa: E501
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
        "product": moved.lines.values_list("product", flat=True).first(), "contact": moved.people.values_list("contact", flat=True).first(),  # noqa: E501
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
