"""Everything that is a form or a link, in a browser whose scripts are switched off."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from contacts.models import Company, Contact
from crm.models import User
from pipeline.actions import archive_deal
from pipeline.models import Deal, DealFile, Pipeline, Product, Stage
from tests.browser.board import card, column, open_page, titles
from tests.cast import Cast

type Open = Callable[..., Page]


@pytest.fixture
def visit(transactional_db: None, site_server: str, new_context: CreateContextCallback, cast: Cast) -> Open:
    """`visit(who, path)`: a browser without scripts."""

    def visit(who: User, path: str = "/board/") -> Page:
        return open_page(new_context, site_server, who, path, java_script_enabled=False)

    return visit


def fresh(deal: Deal) -> Deal:
    return Deal.objects.select_related("stage").get(pk=deal.pk)


def toast(page: Page, text: str) -> None:
    expect(page.locator("#toasts")).to_contain_text(text)


# ── The board ──────────────────────────────────────────────────────────────────────────────────────


def test_from_sign_in_to_a_won_deal(
    transactional_db: None, site_server: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    cast.alice.set_password("a long enough one")
    cast.alice.save()
    page = new_context(base_url=site_server, java_script_enabled=False).new_page()
    page.goto("/")
    page.get_by_label("E-mail").fill("alice@example.com")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("do not belong together")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_value("alice@example.com")
    page.get_by_label("Password").fill("a long enough one")
    page.get_by_role("button", name="Sign in").click()

    page.get_by_role("link", name="Deal", exact=True).click()
    page.get_by_label("The deal in one line").fill("Acme, level sensors 14k €, tomorrow")
    page.get_by_role("button", name="Add", exact=True).click()
    deal = Deal.objects.get()
    assert (deal.title, deal.company, deal.amount) == ("Level sensors", cast.acme, 14_000)

    page.goto("/board/")
    card(page, deal).get_by_role("link", name="More: Level sensors").click()
    page.get_by_role("button", name="Demo").click()
    toast(page, "Moved to Demo")
    expect(column(page, cast.stages["Demo"])).to_contain_text("Level sensors")

    card(page, deal).get_by_role("link", name="Level sensors", exact=True).click()
    page.get_by_role("banner").get_by_role("link", name="Won", exact=True).click()
    page.get_by_role("button", name="Mark as won").click()
    expect(page.locator("#reason-error")).to_be_visible()
    page.get_by_label(cast.fit.name).check()
    page.get_by_role("button", name="Mark as won").click()
    assert fresh(deal).is_won
    page.get_by_role("button", name="Reopen").click()
    assert fresh(deal).is_open


def test_lost_and_taken_back(visit: Open, cast: Cast) -> None:
    deal = cast.deal()
    page = visit(cast.alice, f"/deals/{deal.pk}/")
    page.get_by_role("link", name="Lost", exact=True).click()
    page.get_by_label(cast.competitor.name).check()
    page.locator("[name=competitor]").fill("Hydrolog")
    page.get_by_role("button", name="Mark as lost").click()
    assert (fresh(deal).is_lost, fresh(deal).competitor) == (True, "Hydrolog")
    page.locator("#toasts").get_by_role("button", name="Undo").click()
    assert fresh(deal).is_open


def test_filters_and_more_cards(visit: Open, cast: Cast) -> None:
    cast.deal("Mine"), cast.deal("Bobs", owner=cast.bob)
    page = visit(cast.mia)
    page.locator(".subbar").get_by_role("link", name="Filter", exact=True).click()
    owner = page.locator("details", has=page.get_by_role("group", name="Owner", include_hidden=True))
    owner.locator("summary").click()
    owner.get_by_label("Bob").check()
    page.get_by_role("button", name="Apply").click()
    assert titles(page, cast.stages["Qualify"]) == ["Bobs"]
    page.locator(".chip").first.click()
    assert len(titles(page, cast.stages["Qualify"])) == 2
    for number in range(30):
        cast.deal(f"Deal {number}")
    page.reload()
    page.get_by_role("link", name="Show 7 more of 7").click()
    expect(page.locator("main")).to_contain_text("Deal 0")


def test_a_stage_that_needs_a_field_asks_for_it(visit: Open, cast: Cast) -> None:
    Stage.objects.filter(name="Demo").update(required_fields=["source"])
    deal = cast.deal()
    page = visit(cast.alice, f"/deals/{deal.pk}/stage/")
    page.get_by_label("Demo").check()
    page.get_by_role("button", name="Move").click()
    page.get_by_label("Source").select_option(label="Referral")
    page.get_by_role("button", name="Save and move").click()
    assert (fresh(deal).stage, fresh(deal).source) == (cast.stages["Demo"], cast.referral)


# ── The deal ───────────────────────────────────────────────────────────────────────────────────────


def test_a_fact_is_edited_and_a_bad_one_kept_beside_its_error(visit: Open, cast: Cast) -> None:
    deal = cast.deal()
    page = visit(cast.alice, f"/deals/{deal.pk}/")
    page.locator(".facts").get_by_role("link", name="€1,000").click()
    page.get_by_role("textbox", name="Amount").fill("a lot")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("textbox", name="Amount")).to_have_value("a lot")
    expect(page.get_by_role("textbox", name="Amount")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("textbox", name="Amount").fill("2500")
    page.get_by_role("button", name="Save").click()
    assert fresh(deal).amount == 2500


def test_what_happened_is_logged_and_what_comes_next_planned_and_done(visit: Open, cast: Cast) -> None:
    deal = cast.deal()
    page = visit(cast.alice, f"/deals/{deal.pk}/")
    page.locator(".composer-text").fill("Spoke with Carol")
    page.locator(".composer").get_by_role("button", name="Save").click()
    expect(page.locator(".timeline")).to_contain_text("Spoke with Carol")
    page.goto(f"/deals/{deal.pk}/activities/?kind=task")
    page.get_by_label("What happened").fill("Send the drawings")
    page.get_by_label("Do it on").fill((cast.today + timedelta(days=3)).isoformat())
    page.get_by_role("button", name="Save").click()
    assert fresh(deal).next_step is not None
    page.goto("/day/")
    expect(page.locator("main")).to_contain_text("Send the drawings")
    page.goto(f"/deals/{deal.pk}/")
    page.get_by_role("button", name="Done").click()
    assert fresh(deal).next_step is None


def test_it_is_handed_over_cloned_deleted_and_restored(visit: Open, cast: Cast) -> None:
    deal = cast.deal()
    page = visit(cast.mia, f"/deals/{deal.pk}/")
    page.locator(".facts").get_by_role("link", name="Alice").click()
    page.get_by_label("Owner").select_option(label="Bob")
    page.locator("main button").last.click()
    assert fresh(deal).owner == cast.bob
    page.goto(f"/deals/{deal.pk}/clone/")
    page.get_by_role("button", name="Clone").click()
    assert Deal.objects.count() == 2
    page.goto(f"/deals/{deal.pk}/")
    page.get_by_role("button", name="More", exact=True).first.click()
    page.get_by_role("button", name="Delete").click()
    assert fresh(deal).archived_at is not None
    page.goto("/deals/deleted/")
    page.get_by_role("button", name="Restore").click()
    assert fresh(deal).archived_at is None


def test_a_line_a_contact_and_a_file_are_added(visit: Open, cast: Cast) -> None:
    deal = cast.deal()
    page = visit(cast.alice, f"/deals/{deal.pk}/lines/")
    page.get_by_label("Product").select_option(label="Pump")
    page.get_by_role("button", name="Add", exact=True).click()
    page.goto(f"/deals/{deal.pk}/people/")
    page.get_by_label("Contact").select_option(label="Carol Reyes")
    page.locator("main button").last.click()
    page.goto(f"/deals/{deal.pk}/files/")
    page.locator("input[type=file]").set_input_files(
        {"name": "plan.txt", "mimeType": "text/plain", "buffer": b"The plan"}
    )
    page.get_by_role("button", name="Add", exact=True).click()
    assert (deal.lines.get().product, deal.contacts.get(), DealFile.objects.get().name) == (
        cast.pump,
        cast.carol,
        "plan.txt",
    )


# ── Beyond the deal ────────────────────────────────────────────────────────────────────────────────


def test_the_list_is_sorted_filtered_and_searched(visit: Open, cast: Cast) -> None:
    cast.deal("Small", amount=Decimal(5)), cast.deal("Large", amount=Decimal(500))
    page = visit(cast.alice, "/deals/")
    rows = page.locator("tbody .deals-title")
    page.get_by_role("link", name="Amount").click()
    first = rows.all_inner_texts()
    assert sorted(first) == ["Large", "Small"]
    page.get_by_role("link", name="Amount").click()
    assert rows.all_inner_texts() == first[::-1]
    page.get_by_role("searchbox").fill("Small")
    page.get_by_role("searchbox").press("Enter")
    expect(rows).to_have_text(["Small"])
    page.goto("/search/?q=large")
    expect(page.locator("main")).to_contain_text("Large")


def test_companies_and_contacts(visit: Open, cast: Cast) -> None:
    page = visit(cast.alice, "/companies/new/")
    page.get_by_label("Name").fill("Stara Zagora Water")
    page.locator("main form button").last.click()
    made = Company.objects.get(name="Stara Zagora Water")
    page.goto(f"/companies/{made.pk}/people/?q=carol")
    page.get_by_label("Job title").fill("Adviser")
    page.get_by_role("button", name="Link").click()
    assert made.positions.get().title == "Adviser"
    page.goto("/contacts/new/")
    page.get_by_label("Name").fill("Ivan Petrov")
    page.locator("main form button").last.click()
    assert Contact.objects.filter(name="Ivan Petrov").exists()


def test_settings(visit: Open, cast: Cast) -> None:
    page = visit(cast.dana, "/settings/pipelines/new/")
    page.get_by_label("Name").first.fill("Renewals")
    page.locator("main form button").last.click()
    renewals = Pipeline.objects.get(name="Renewals")
    page.goto(f"/settings/pipelines/{renewals.pk}/stages/new/")
    page.get_by_label("Name").fill("Talk")
    page.get_by_label("Probability").fill("30")
    page.locator("main form button").last.click()
    stage = Stage.objects.get(name="Talk")
    page.goto(f"/settings/stages/{stage.pk}/")
    page.get_by_label("Probability").fill("45")
    page.get_by_role("button", name="Preview the forecast").click()
    expect(page.get_by_role("heading", name="What this does to the forecast")).to_be_visible()
    stage.refresh_from_db()
    assert stage.probability == 30
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    stage.refresh_from_db()
    assert stage.probability == 45
    page.goto("/products/new/")
    page.get_by_label("Name", exact=True).fill("Valve")
    page.get_by_label("Unit price").fill("12.50")
    page.locator("main form button").last.click()
    assert Product.objects.filter(name="Valve").exists()
    page.goto("/settings/profile/")
    page.get_by_label("Name").fill("Dana D.")
    page.locator("main form").first.get_by_role("button").last.click()
    cast.dana.refresh_from_db()
    assert cast.dana.name == "Dana D."


def test_deleted_deals_stay_deleted_without_leave(visit: Open, cast: Cast) -> None:
    archive_deal(cast.deal(), by=cast.alice)
    page = visit(cast.charlie, "/deals/deleted/")
    expect(page.locator("main")).to_contain_text("Nothing was deleted")
