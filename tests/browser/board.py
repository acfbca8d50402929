"""A real browser: signed in, and used as people use it; the board, moved about."""

from typing import Any

from django.test import Client
from playwright.sync_api import CDPSession, Locator, Page, Route, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from crm.models import User
from pipeline.models import Deal, Stage
from tests.browser import PATIENCE

DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


def sign_in(new_context: CreateContextCallback, site: str, user: User, **context: Any) -> Page:
    """A browser of its own for `user`, signed in, still on an empty page."""
    client = Client()
    client.force_login(user)
    made = new_context(**{"viewport": DESKTOP, "base_url": site} | context)
    made.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": site}])
    page = made.new_page()
    page.set_default_timeout(PATIENCE)
    page.set_default_navigation_timeout(30_000)
    return page


def open_page(new_context: CreateContextCallback, site: str, user: User, path: str = "/board/", **context: Any) -> Page:
    """A browser of its own for `user`, on a page whose scripts run and whose stream stands."""
    page = sign_in(new_context, site, user, **context)
    if not context.get("java_script_enabled", True):
        page.goto(path)
        return page
    with page.expect_response(lambda answer: "/live/" in answer.url):
        page.goto(path)
    page.wait_for_selector("body:not(:has(.board)), .board[data-ready]", state="attached")
    return page


def card(page: Page, deal: Deal) -> Locator:
    return page.locator(f"#deal-{deal.pk}")


def column(page: Page, stage: Stage) -> Locator:
    return page.locator(f"#cards-{stage.pk}")


def rail(page: Page, stage: Stage) -> Locator:
    return page.locator(f"#rail-{stage.pk}")


def titles(page: Page, stage: Stage) -> list[str]:
    return column(page, stage).locator(".card-title").all_inner_texts()


def box(locator: Locator) -> Any:
    """Where it stands. What is being drawn anew stands nowhere for a moment: then it is asked again."""
    while not (found := locator.bounding_box()):
        expect(locator).to_be_visible()
    return found


def lift(page: Page, dragged: Locator) -> None:
    """Press the mouse on a card and begin to drag it."""
    at = box(dragged)
    page.mouse.move(at["x"] + 60, at["y"] + 50)
    page.mouse.down()
    page.mouse.move(at["x"] + 70, at["y"] + 56, steps=3)
    page.wait_for_selector(".board.is-dragging")


def carry(page: Page, target: Locator, *, down: float = 30) -> None:
    at = box(target)
    page.mouse.move(at["x"] + 60, at["y"] + down, steps=8)
    page.mouse.move(at["x"] + 62, at["y"] + down + 1, steps=2)


def drag(page: Page, dragged: Locator, target: Locator, *, down: float = 30) -> None:
    lift(page, dragged)
    carry(page, target, down=down)
    page.mouse.up()


class Finger:
    """Touches as a phone sends them."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.cdp: CDPSession = page.context.new_cdp_session(page)

    def _send(self, kind: str, *at: float) -> None:
        points = [{"x": at[0], "y": at[1]}] if at else []
        self.cdp.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    def press(self, x: float, y: float) -> None:
        self.x, self.y = x, y
        self._send("touchStart", x, y)

    def to(self, x: float, y: float, steps: int = 8) -> None:
        for step in range(1, steps + 1):
            self._send("touchMove", self.x + (x - self.x) * step / steps, self.y + (y - self.y) * step / steps)
        self.x, self.y = x, y

    def up(self) -> None:
        self._send("touchEnd")


def hold(page: Page, url: str) -> list[Route]:
    """The requests for such an address from now on: none is answered until its turn comes."""
    held: list[Route] = []
    page.route(url, lambda route: held.append(route))
    return held


def release(page: Page, held: list[Route]) -> None:
    """Let the panel that was held back arrive, and htmx have done with it."""
    page.evaluate(
        """document.addEventListener("htmx:afterRequest", ({ detail }) => {
            window.hasArrived ||= detail.target.id === "panel-host";
        })"""
    )
    held[0].continue_()
    page.wait_for_function("() => window.hasArrived")


def fresh(deal: Deal) -> Deal:
    return Deal.objects.select_related("stage").get(pk=deal.pk)


def press_cyrillic(page: Page, letter: str, code: str) -> None:
    """A key as a Bulgarian or Russian keyboard sends it: another letter, the same place."""
    cdp = page.context.new_cdp_session(page)
    for kind in ("keyDown", "keyUp"):
        cdp.send("Input.dispatchKeyEvent", {"type": kind, "key": letter, "code": code})
