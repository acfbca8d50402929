"""What follows a won deal: on its page, in the lists and in the settings."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pipeline.actions import Line, set_lines, win_deal
from pipeline.activities import complete_activity, replan_activity
from pipeline.models import Activity, Deal
from quotes.actions.delivering import StepDraft, save_template
from quotes.actions.renewing import open_renewal, plan_renewal
from quotes.aftermath import follow_marked
from quotes.models import Delivery, DeliveryStep, DeliveryTemplate, QuoteSettings, Renewal
from tests.cast import Cast
from tests.pipeline.pages import HTMX, signed_in, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def deal(cast: Cast) -> Deal:
    """Won today, with two steps to do and a renewal to come."""
    cast.pump.renews_after = 12
    cast.pump.save()
    save_template(name="Pumps", steps=[StepDraft("Kick-off", 2), StepDraft("Ship", 9)], by=cast.dana)
    deal = set_lines(cast.deal(), lines=[Line(cast.pump)], by=cast.alice)
    win_deal(deal, reason=cast.fit, by=cast.alice)
    follow_marked()
    return deal


@pytest.fixture
def alice(cast: Cast) -> Client:
    return signed_in(cast.alice)


def section(client: Client, deal: Deal) -> str:
    return text(client.get(f"/deals/{deal.pk}/after/"))


def step_of(deal: Deal, title: str) -> DeliveryStep:
    return DeliveryStep.objects.get(delivery__deal=deal, activity__subject=title)


# ── On the deal ────────────────────────────────────────────────────────────────────────────────────


def test_the_deal_shows_its_checklist_and_its_renewals(cast: Cast, deal: Deal, alice: Client) -> None:
    complete_activity(Activity.objects.get(subject="Ship"), by=cast.mia)
    page = section(alice, deal)
    assert "1 of 2 done" in page
    assert "by Mia" in page
    assert "250" in page
    assert f'hx-get="/deals/{deal.pk}/after/"' in text(alice.get(f"/deals/{deal.pk}/"))


def test_steps_are_not_listed_twice_on_the_page(deal: Deal, alice: Client) -> None:
    page = text(alice.get(f"/deals/{deal.pk}/"))
    assert "Drop “Ship”" not in page


def test_an_open_deal_shows_nothing(cast: Cast, alice: Client) -> None:
    assert section(alice, cast.deal()).strip() == ""


def test_a_late_step_says_so(cast: Cast, deal: Deal, alice: Client) -> None:
    replan_activity(Activity.objects.get(subject="Ship"), due_on=cast.today - timedelta(days=1), by=cast.alice)
    assert "late, due" in section(alice, deal)
    assert "Ship" in text(alice.get(reverse("pipeline:my-day")))


def test_whoever_may_only_read_gets_no_buttons(cast: Cast, deal: Deal) -> None:
    page = section(signed_in(cast.bob), deal)
    assert "Kick-off" in page
    assert "<form" not in page
    assert signed_in(cast.charlie).get(f"/deals/{deal.pk}/after/").status_code == 404


def test_a_step_is_added_and_put_off(cast: Cast, deal: Deal, alice: Client) -> None:
    delivery = Delivery.objects.get()
    said = {"title": "Train", "due_on": (cast.today + timedelta(days=3)).isoformat(), "owner": cast.bob.pk}
    assert alice.post(f"/deliveries/{delivery.pk}/steps/", said).status_code == 302
    step = step_of(deal, "Train")
    said = {"due_on": (cast.today + timedelta(days=4)).isoformat(), "owner": cast.alice.pk}
    assert alice.post(f"/deliveries/steps/{step.pk}/", said).status_code == 302
    activity = Activity.objects.get(subject="Train")
    assert (activity.due_on, activity.owner) == (cast.today + timedelta(days=4), cast.alice)
    assert alice.post(f"/deliveries/{delivery.pk}/steps/", {"title": "", "due_on": "x"}, **HTMX).status_code == 422


def test_a_delivery_is_started_by_hand(cast: Cast, alice: Client) -> None:
    deal = win_deal(cast.deal(), reason=cast.fit, by=cast.alice)
    template = save_template(name="Sensors", product=cast.sensor, steps=[StepDraft("Mount")], by=cast.dana)
    follow_marked()
    assert "Start a delivery" in section(alice, deal)
    assert alice.post(f"/deals/{deal.pk}/delivery/", {"template": template.pk}).status_code == 302
    assert "Mount" in section(alice, deal)


def test_a_renewal_is_planned_changed_cancelled_and_planned_again(cast: Cast, deal: Deal, alice: Client) -> None:
    said: dict[str, Any] = {
        "kind": "upsell", "due_on": (cast.today + timedelta(days=50)).isoformat(), "lead_days": 7, "amount": "1500",
        "title": "More pumps",
    }  # fmt: skip
    assert alice.post(f"/deals/{deal.pk}/renewals/", said).status_code == 302
    renewal = Renewal.objects.get(kind="upsell")
    assert (renewal.amount, renewal.opens_on) == (Decimal(1500), cast.today + timedelta(days=43))
    said |= {"amount": "2000", "owner": cast.bob.pk}
    assert alice.post(f"/renewals/{renewal.pk}/", said).status_code == 302
    renewal.refresh_from_db()
    assert (renewal.amount, renewal.owner) == (Decimal(2000), cast.bob)
    alice.post(f"/renewals/{renewal.pk}/cancellation/")
    assert "Cancelled" in section(alice, deal)
    alice.post(f"/renewals/{renewal.pk}/planning/")
    renewal.refresh_from_db()
    assert renewal.is_planned
    late = alice.post(f"/deals/{deal.pk}/renewals/", said | {"due_on": cast.today.isoformat()}, **HTMX)
    assert late.status_code == 422
    assert "It is to be in the future." in text(late)


def test_a_renewal_opened_now_is_linked_both_ways(cast: Cast, deal: Deal, alice: Client) -> None:
    renewal = Renewal.objects.get()
    alice.post(f"/renewals/{renewal.pk}/opening/")
    renewal.refresh_from_db()
    made = renewal.opened_deal
    assert made is not None
    assert f'href="/deals/{made.pk}/"' in section(alice, deal)
    assert f'href="/deals/{deal.pk}/"' in section(alice, made)


def test_a_link_to_a_deal_out_of_reach_is_not_shown(cast: Cast, deal: Deal, alice: Client) -> None:
    elsewhere = plan_renewal(deal, due_on=cast.today + timedelta(days=9), owner=cast.charlie, by=cast.alice)
    made = open_renewal(elsewhere, by=None)
    assert made is not None
    assert f'href="/deals/{made.pk}/"' not in section(alice, deal)
    assert made.title not in section(alice, deal)


# ── Lists ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_list_has_what_runs_by_its_next_day(cast: Cast, deal: Deal, alice: Client) -> None:
    other = win_deal(cast.deal("Valves"), reason=cast.fit, by=cast.alice)
    follow_marked()
    complete_activity(Activity.objects.get(deal=deal, subject="Kick-off"), by=cast.alice)
    page = text(alice.get("/deliveries/"))
    assert page.index("Valves") < page.index("Pump station")
    assert "1 of 2" in page
    for activity in Activity.objects.filter(deal=other):
        complete_activity(activity, by=cast.alice)
    follow_marked()
    assert "Valves" not in text(alice.get("/deliveries/"))
    assert "Delivered" in text(alice.get("/deliveries/?state=finished"))
    assert "Valves" in text(alice.get("/deliveries/?state=all"))
    assert "Pump station" not in text(alice.get("/deliveries/?state=late"))
    assert "Pump station" not in text(signed_in(cast.charlie).get("/deliveries/?state=all"))
    assert "Pump station" not in text(alice.get(f"/deliveries/?owner={cast.bob.pk}"))


def test_however_many_deliveries_and_renewals_the_queries_are_as_many(cast: Cast, deal: Deal, alice: Client) -> None:
    def queries(url: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert alice.get(url).status_code == 200
        return len(asked)

    urls = ["/deliveries/", "/renewals/", f"/deals/{deal.pk}/after/"]
    before = [queries(url) for url in urls]
    for number in range(3):
        win_deal(cast.deal(f"Valves {number}"), reason=cast.fit, by=cast.alice)
        plan_renewal(deal, due_on=cast.today + timedelta(days=9), by=cast.alice)
    follow_marked()
    assert [queries(url) for url in urls] == before


def test_the_renewals_are_listed_by_their_day(cast: Cast, deal: Deal, alice: Client) -> None:
    plan_renewal(deal, kind="upsell", due_on=cast.today + timedelta(days=9), amount=Decimal(77), by=cast.alice)
    page = text(alice.get("/renewals/"))
    assert page.index("Upsell</td>") < page.index("Renewal</td>")
    assert "Pump station" not in text(alice.get("/renewals/?state=opened"))
    assert "Pump station" not in text(signed_in(cast.charlie).get("/renewals/"))


def test_without_any_the_lists_say_how_to_begin(cast: Cast) -> None:
    assert "Make a template" in text(signed_in(cast.dana).get("/deliveries/"))
    assert "Make a template" not in text(signed_in(cast.alice).get("/deliveries/"))
    assert "No renewal is planned" in text(signed_in(cast.alice).get("/renewals/"))


# ── Settings ───────────────────────────────────────────────────────────────────────────────────────


def rows(*steps: dict[str, Any]) -> dict[str, Any]:
    usual = {"title": "", "place": "step", "days": 0, "kind": "task", "who": "owner"}
    data: dict[str, Any] = {"form-TOTAL_FORMS": len(steps), "form-INITIAL_FORMS": 0}
    for number, step in enumerate(steps):
        data |= {f"form-{number}-{name}": value for name, value in (usual | step).items()}
    return data


def test_an_administrator_makes_a_template_and_changes_it(cast: Cast) -> None:
    dana = signed_in(cast.dana)
    said = rows(
        {"title": "Kick-off", "days": 2, "who": cast.bob.pk}, {"title": ""}, {"title": "Ship", "who": "manager"}
    )
    sent = dana.post("/settings/delivery/new/", {"name": "Pumps", "is_active": "on", **said})
    assert sent.status_code == 302
    template = DeliveryTemplate.objects.get()
    assert [(step.title, step.days, step.assignee, step.person) for step in template.steps.all()] == [
        ("Kick-off", 2, "person", cast.bob),
        ("Ship", 0, "manager", None),
    ]
    page = text(dana.get(f"/settings/delivery/{template.pk}/"))
    assert 'value="Kick-off"' in page
    first = template.steps.all()[0]
    changed = {"name": "Pumps", **rows({"pk": first.pk, "title": "Kick-off call", "who": "owner"})}
    assert dana.post(f"/settings/delivery/{template.pk}/", changed).status_code == 302
    template.refresh_from_db()
    assert (template.is_active, [step.title for step in template.steps.all()]) == (False, ["Kick-off call"])
    empty = dana.post("/settings/delivery/new/", {"name": "Nothing", **rows({})})
    assert (empty.status_code, "Add a step." in text(empty)) == (422, True)
    wrong = dana.post("/settings/delivery/new/", {"name": "Wrong", **rows({"title": "Kept words", "days": -1})})
    assert (wrong.status_code, "Kept words" in text(wrong)) == (422, True)


def test_an_administrator_says_how_renewals_begin(cast: Cast) -> None:
    said = {"renewal_pipeline": cast.pipeline.pk, "renewal_lead_days": 45, "renewal_uplift": "2.5"}
    assert signed_in(cast.dana).post("/settings/delivery/", said).status_code == 302
    settings = QuoteSettings.current()
    assert (settings.renewal_pipeline, settings.renewal_lead_days, settings.renewal_uplift) == (
        cast.pipeline,
        45,
        Decimal("2.5"),
    )
    assert signed_in(cast.dana).post("/settings/delivery/", said | {"renewal_uplift": "-200"}).status_code == 422
    assert signed_in(cast.mia).get("/settings/delivery/").status_code == 403
