"""A quote of 300 lines in its editor, as a person feels it: until it can be typed into, a press, a save."""

from functools import partial

from bench.browsing import result
from bench.desk import answers, chromium, serving, sit_down
from bench.documents import a_quote
from bench.measure import Result

LINES, ROUNDS = 300, 20
OPENED = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"


def editor(size: str) -> list[Result]:
    opened: list[float] = []
    typed: list[float] = []
    left: list[float] = []
    saved: list[float] = []
    address = f"/quotes/{a_quote(LINES).pk}/"
    with serving() as (port, _web), chromium() as browser:
        page = sit_down(browser, port, address, ready="[data-lines]")
        for _ in range(5):
            opened.append(page.evaluate(OPENED))
            page.goto(address)
        page = sit_down(browser, port, address, ready="[data-lines]")
        for row in range(ROUNDS):
            page.locator("[data-col=quantity]").nth(row).click()
            typed += answers(page, partial(page.keyboard.press, str(row % 9 + 1)))
            with page.expect_request_finished(lambda request: request.method == "POST") as done:
                left += answers(page, partial(page.keyboard.press, "Enter"))
            saved.append(done.value.timing["responseStart"] - done.value.timing["requestStart"])
            page.wait_for_function("() => document.querySelector('#saved [data-age]')")
    return [
        result(f"open a quote of {LINES} lines", size, opened),
        result("answer to a press: type into a line", size, typed, at_most_p95=100),
        result("answer to a press: go to the next line", size, left, at_most_p95=100),
        result(f"save a quote of {LINES} lines", size, saved, at_most=300, note="until the server’s first byte"),
    ]
