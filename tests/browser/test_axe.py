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
return (await axe.run(document.querySelector(scope) ?? document, {
    resultTypes: ["violations"], elementRef: false, ancestry: false, xpath: false,
    ...(only.length ? { runOnly: { type: "rule", values: only } } : {}),
})).violations.flatMap(({ id, help, nodes }) => nodes.slice(0, 3).map(({ target, any, html }) =>
    `${id}: ${help}: ${target} ${(any[0] ?? {}).message ?? ""} ${html.slice(0, 160)}`)); }"""
OF_COLOUR = ["color-contrast", "link-in-text-block"]  # all that a theme can change

# Contrast is measured once for all text of one look: the same colours on the same grounds, in elements of the same
# classes, all the way up. Most of a page looks like the page before, and nothing else takes axe as long.
LOOKS = """([scope, known]) => {
document.getAnimations().forEach((animation) => animation.finish());
const ATTRIBUTES = ["class", "disabled", "aria-disabled", "aria-hidden", "role", "type"];
const STYLES = ["color", "backgroundColor", "backgroundImage", "opacity", "filter", "mixBlendMode", "position",
    "zIndex", "display", "visibility", "fontSize", "fontWeight", "textShadow", "textIndent", "clipPath", "overflow"];
const seen = new Set(known), fresh = [], within = document.querySelector(scope) ?? document;
const hash = (...parts) => { let a = 0x811c9dc5, b = 0x9747b28c;
    for (const character of parts.join("|")) { const code = character.codePointAt(0);
        a = Math.imul(a ^ code, 0x01000193); b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13); }
    return (a >>> 0) * 0x100000 + (b & 0xfffff); };
const look = (element, above) => {
    const style = getComputedStyle(element), { width, height } = element.getBoundingClientRect();
    const at = hash(above, element.tagName, ...ATTRIBUTES.map((name) => element.getAttribute(name)),
        ...STYLES.map((name) => style[name]));
    const text = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
        .map((node) => node.data.trim()).join("") + (element.value ?? "");
    const key = hash(at, Math.min(text.length, 2), /[\\p{L}\\p{N}]/u.test(text), !width || !height);
    const isNew = within.contains(element) && !seen.has(key);
    element.toggleAttribute("data-new-look", isNew);
    if (isNew) { seen.add(key); fresh.push(key); }
    if (style.display !== "none") for (const child of element.children) look(child, at); };
look(document.documentElement, innerWidth);
axe.configure({ rules: [{ id: "color-contrast", selector: "[data-new-look]" }] });
return fresh; }"""
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
    """One browser of one person; what it has opened once it does not open again, nor measure what looks the same."""

    def __init__(self, page: Page, known: set[str], looks: set[int]) -> None:
        self.page = page
        self.known = known
        self.looks = looks
        self.found: list[str] = []

    def examine(self, what: str, scope: str = "html") -> None:
        for size, themes in ((DESKTOP, ("light", "dark")), (PHONE, ("dark", "light"))):
            self.page.set_viewport_size(size)  # type: ignore[arg-type]
            for theme in themes:
                self.page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # type: ignore[arg-type]
                fresh = self.page.evaluate(LOOKS, [scope, list(self.looks)])
                self.looks.update(fresh)
                only = OF_COLOUR if theme == themes[1] else []
                if only and not fresh:
                    continue
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
    looks: set[int] = set()
    for who, paths in sights(cast, area):
        examiner = Examiner(sign_in(new_context, site_server, who), known, looks)
        for path in paths:
            examiner.look_at(path)
        found += [f"{who.name}: {problem}" for problem in examiner.found]
    assert not found, "\n".join(found)


def test_axe_finds_nothing_before_signing_in(
    transactional_db: None, site_server: str, new_context: CreateContextCallback, cast: Cast
) -> None:
    examiner = Examiner(new_context(base_url=site_server).new_page(), set(), set())
    for path in ("/sign-in/", "/no-such-page/"):
        examiner.look_at(path)
    assert not examiner.found, "\n".join(examiner.found)


def test_whatever_changes_its_colours_is_measured_again(
    transactional_db: None, site_server: str, new_context: CreateContextCallback
) -> None:
    examiner = Examiner(new_context(base_url=site_server).new_page(), set(), set())
    examiner.look_at("/sign-in/")
    examiner.page.evaluate("document.querySelector('label').style.color = 'rgb(200 200 200)'")
    examiner.examine("pale")
    found = [problem.partition(": ")[0] for problem in examiner.found]
    assert found == ["pale (1440, light) color-contrast", "pale (390, light) color-contrast"]
