"""axe on every page, and on whatever opens in it: WCAG A and AA and best practice, light and dark, wide and narrow.
No page needs to be scrolled sideways, be the text twice as large or the window 320 px wide.

The pages come from the URL conf: a new page is tested by itself. Each is looked at by the administrator, and again by
the manager and the rep where theirs holds something that the administrator's does not.
"""

import re

import pytest
from axe_playwright_python.base import AXE_FILE_PATH
from django.test import Client
from playwright.sync_api import Page, expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from crm.models import User
from tests.browser.board import DESKTOP, PHONE, sign_in
from tests.browser.world import fill
from tests.cast import Cast
from tests.matrix import Address, addresses, objects_of, path_of

AXE = AXE_FILE_PATH.read_text()
RUN = """async ([scope, only]) => {
document.getAnimations().forEach((animation) => animation.finish());
return (await axe.run(document.querySelector(scope) ?? document, {
    resultTypes: ["violations"], elementRef: false, ancestry: false, xpath: false,
    ...(only.length ? { runOnly: { type: "rule", values: only } } : {}),
})).violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map(({ target, any, html }) =>
    `${id}: ${help}: ${target} ${(any[0] ?? {}).message ?? ""} ${html.slice(0, 160)}`)); }"""
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # all that a theme can change
OPENED = "dialog[open], [popover]:popover-open, .panel"
OPENERS = """() => { for (const old of document.querySelectorAll("[data-axe]")) delete old.dataset.axe;
    return [...document.querySelectorAll(
        "[popovertarget], [hx-get][hx-target='#dialog'], .card-menu, .board .card-title a")]
    .filter((opener) => opener.checkVisibility() && !opener.closest("[popover], dialog"))
    .map((opener, index) => { opener.dataset.axe = index; return [String(index), opener.getAttribute("popovertarget")
        ?? opener.getAttribute("hx-get") ?? opener.className + opener.parentElement.className]; }); }"""


LARGE = ["board", "deals", "settings", "companies", "forecast", "quotes"]


def area_of(address: Address) -> str:
    """The pages are looked at in a few portions, by more than one process."""
    if address.name.startswith("api:") or address.name == "crm:live":  # no pages
        return ""
    first = address.pattern.partition("/")[0]
    return first if first in LARGE else "rest"


def sights(cast: Cast, area: str) -> list[tuple[User, list[str]]]:
    """Every whole page of an area, as those people for whom it holds something that no page before held."""
    objects = objects_of(cast)
    fill(cast)
    paths = {path_of(address, objects) for address in addresses() if area_of(address) == area}
    seen: set[str] = set()
    found = []
    for who in (cast.dana, cast.mia, cast.alice):
        client = Client()
        client.force_login(who)
        theirs = []
        for path in sorted(paths):
            answer = client.get(path)
            is_page = not answer.streaming and answer.get("Content-Type", "").startswith("text/html")
            html = answer.content.decode() if is_page else ""
            marks = set(re.findall(r'<\w+ class="[^"]+"', html))
            if answer.status_code == 200 and "<html" in html and (who == cast.dana or marks - seen):
                theirs.append(path)
                seen |= marks
        found.append((who, theirs))
    return found


def shape(opened: str) -> str:
    """What an opener opens, whichever object it is about: /deals/7/win/ and /deals/8/win/ are one form."""
    return re.sub(r"\d+", "n", opened.partition("?")[0])


class Examiner:
    """One browser of one person; what it has opened once it does not open again."""

    def __init__(self, page: Page, known: set[str]) -> None:
        self.page = page
        self.known = known
        self.found: list[str] = []

    def examine(self, what: str, scope: str = "html") -> None:
        for size, themes in ((DESKTOP, ("light", "dark")), (PHONE, ("dark", "light"))):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            for theme in themes:
                self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
                only = OF_COLOUR if theme == themes[1] else []
                for problem in self.page.evaluate(RUN, [scope, only]):
                    self.found.append(f"{what} ({size['width']}, {theme}) {problem}")

    def look_at(self, path: str) -> None:
        self.page.goto(path)
        self.page.evaluate(AXE)
        self.examine(path)
        self.reflow(path)
        for size in (DESKTOP, PHONE):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            while opener := self.next_opener():
                self.open(path, *opener)
                self.page.set_viewport_size(size)  # type: ignore[arg-type]

    def reflow(self, path: str) -> None:
        """Text twice as large, and the narrowest window: nothing is beyond the right edge."""
        for width in (320, 720):
            self.page.set_viewport_size({"width": width, "height": 450})
            if (needed := self.page.evaluate("document.documentElement.scrollWidth")) > width:
                self.found.append(f"{path} needs {needed} of {width} px")

    def next_opener(self) -> list[str] | None:
        return next((opener for opener in self.page.evaluate(OPENERS) if shape(opener[1]) not in self.known), None)

    def open(self, path: str, index: str, opens: str) -> None:
        self.known.add(shape(opens))
        page, before = self.page, self.page.url
        page.locator(f"[data-axe='{index}']").evaluate("opener => opener.click()")
        opened = page.locator(OPENED)
        expect(opened.first, f"{path} → {opens}").to_be_visible()
        self.examine(f"{path} → {opens}", OPENED)
        page.keyboard.press("Escape")
        if page.url != before:
            page.go_back()
        expect(opened, f"{path} → {opens} closes").to_have_count(0)


@pytest.mark.timeout(400)
@pytest.mark.parametrize("area", [*LARGE, "rest"])
def test_axe_finds_nothing(
    transactional_db: None,
    site_server: str,
    new_context: CreateContextCallback,
    cast: Cast,
    area: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("CRITICAL", "django.request")
    found: list[str] = []
    known: set[str] = set()
    for who, paths in sights(cast, area):
        examiner = Examiner(sign_in(new_context, site_server, who), known)
        for path in paths:
            examiner.look_at(path)
        found += [f"{who.name}: {problem}" for problem in examiner.found]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_before_signing_in(
    transactional_db: None, site_server: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    examiner = Examiner(new_context(base_url=site_server).new_page(), set())
    for path in ("/sign-in/", "/no-such-page/"):
        examiner.look_at(path)
    assert not examiner.found, "\n".join(examiner.found)
