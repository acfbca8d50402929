"""The forecast tree in a real browser: people are carried onto a team, or moved by the keyboard alone."""

from decimal import Decimal

from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from forecasting.seating import is_own
from tests.browser.board import open_page
from tests.cast import Cast

TREE = "/settings/forecast-tree/"


def carry(page: Page, what: str, onto: str, *, drop: bool = True) -> None:
    grip = page.locator(f"[data-what='{what}'] [data-grip]").bounding_box()
    target = page.locator(f".tree-team[data-what='{onto}']").bounding_box()
    assert grip is not None
    assert target is not None
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(target["x"] + 90, target["y"] + 20, steps=6)
    if drop:
        page.mouse.up()
    else:
        page.keyboard.press("Escape")
        page.mouse.up()


def people_below(page: Page, team: str) -> list[str]:
    rows = page.locator("section[data-behaviour] [data-what]").all()
    found, here = [], False
    for row in rows:
        if (row.get_attribute("data-what") or "").startswith("team"):
            here = row.locator("b").inner_text() == team
        elif here:
            found.append(row.get_by_role("link").first.inner_text())
    return found


def test_a_person_is_dragged_onto_a_team(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    cast.deal(amount=Decimal(5))
    page = open_page(new_context, live_site, cast.dana, TREE)
    expect(page.get_by_text("The forecast tree follows the teams.")).to_be_visible()
    alice, south = f"person-{cast.alice.pk}", f"team-{cast.south.pk}"
    carry(page, alice, south, drop=False)
    expect(page.locator(".is-carried")).to_have_count(0)
    assert not is_own()
    carry(page, alice, south)
    expect(page.get_by_text("The forecast tree is changed.")).to_be_visible()
    expect(page.get_by_text("The forecast tree follows the teams.")).to_be_hidden()
    assert people_below(page, "South") == ["Max", "Alice", "Charlie"]
    assert people_below(page, "North") == ["Mia", "Bob"]


def test_the_keyboard_does_the_same(live_site: str, new_context: CreateContextCallback, cast: Cast) -> None:
    page = open_page(new_context, live_site, cast.dana, TREE)
    page.get_by_role("link", name="Move Bob").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Person or team")).to_have_value(f"person-{cast.bob.pk}")
    page.get_by_label("Goes to").select_option(f"team-{cast.south.pk}")
    page.get_by_role("button", name="Move", exact=True).press("Enter")
    expect(page.get_by_text("The forecast tree is changed.")).to_be_visible()
    assert "Bob" in people_below(page, "South")
