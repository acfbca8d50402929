"""The board as a person feels it: frames of a drag, how soon a drop shows and is confirmed, how soon others see it."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from statistics import median
from typing import Any

from playwright.sync_api import Browser, Page

from bench.desk import SEES, answers, chromium, drag, megabytes, serving, sit_down
from bench.measure import Result, p95
from pipeline.models import Deal

DROPS = 20


@contextmanager
def at_the_board() -> Iterator[tuple[Browser, int, Page]]:
    with serving() as (port, _web), chromium() as browser:
        yield browser, port, sit_down(browser, port)


def first_card(page: Page, column: int) -> str:
    found: str = page.locator(".cards").nth(column).locator(".card").first.evaluate("card => card.id")
    return found


def result(name: str, size: str, taken: list[float], **promise: Any) -> Result:
    taken = sorted(taken)
    return Result(name, size, median(taken), p95(taken), **promise)


def browser(size: str) -> list[Result]:
    """Drops by one, watched by another; what the panel, the menu and the palette take."""
    frames: list[float] = []
    seen: list[float] = []
    pressed: list[float] = []
    with at_the_board() as (chrome, port, page):
        other = sit_down(chrome, port)
        for number in range(DROPS):
            card = first_card(page, number % 2)
            version = Deal.objects.get(pk=int(card.removeprefix("deal-"))).version
            pressed += answers(page, lambda card=card, to=1 - number % 2: frames.extend(drag(page, card, to)))
            page.wait_for_function("n => drops_.length > n", arg=number)
            when = other.evaluate(SEES, [card, version + 1])
            seen.append(when - page.evaluate("drops_.at(-1).at"))
        drops: list[dict[str, float]] = page.evaluate("drops_")
        felt = {"drop": pressed} | dict(interactions(page))
        held = megabytes(chrome, page)
    shown, confirmed = ([drop[name] for drop in drops] for name in ("shown", "confirmed"))
    return [
        result("frames of a drag, 25 cards a column", size, frames, at_most_p95=20),
        result("a drop is shown", size, shown, at_most_p95=50, note="from letting go until the card stands there"),
        result("a drop is confirmed", size, confirmed, at_most_p95=300, note="by the server, with new sums"),
        result("a drop is seen by another browser", size, seen, at_most_p95=1000),
        *(result(f"answer to a press: {name}", size, taken, at_most_p95=200) for name, taken in felt.items()),
        Result("memory of the page", size, held, unit="MB", note="the largest of its processes"),
    ]


def interactions(page: Page) -> Iterator[tuple[str, list[float]]]:
    """As INP counts them: from the press until the next frame is painted, by Chromium's own event timing."""
    rounds = range(10)
    title = page.locator(".cards .card .card-title a").nth(3)
    menu = page.locator(".cards .card .card-menu").nth(3)
    yield "open the panel", [each for _ in rounds for each in answers(page, lambda: open_and_close(page, title))]
    yield "open the menu", [each for _ in rounds for each in answers(page, lambda: open_and_close(page, menu))]
    page.keyboard.press("Control+k")
    page.wait_for_selector("#dialog input")
    typed = [each for letter in "company 12" for each in answers(page, partial(page.keyboard.press, letter))]
    yield "type in the palette", typed
    page.keyboard.press("Escape")


def open_and_close(page: Page, opener: Any) -> None:
    opener.click()
    page.wait_for_selector(".panel, #card-menu:popover-open .menu-item")
    page.keyboard.press("Escape")
    page.wait_for_function("() => !document.querySelector('.panel, #card-menu:popover-open')")


def crowded(size: str) -> list[Result]:
    """A column of thousands: as it opens, and with 500 of its cards loaded."""
    with at_the_board() as (chrome, port, page):
        painted, waits = [], []
        for _ in range(5):
            page.goto("/board/")
            page.wait_for_selector(".board[data-ready]", state="attached")
            painted.append(page.evaluate("performance.getEntriesByName('first-contentful-paint')[0].startTime"))
        page = sit_down(chrome, port)
        before = megabytes(chrome, page)
        few = drag_to_and_fro(page)
        cards = page.locator(".cards").first.locator(".card")
        while (count := cards.count()) < 500:
            began = page.evaluate("performance.now()")
            page.locator(".cards").first.evaluate("list => list.scrollTo(0, list.scrollHeight)")
            page.wait_for_function(
                "n => document.querySelector('.cards').querySelectorAll('.card').length > n", arg=count
            )
            waits.append(page.evaluate("performance.now()") - began)
        page.locator(".cards").first.evaluate("list => list.scrollTo(0, 0)")
        many = drag_to_and_fro(page)
        held = megabytes(chrome, page)
    return [
        result("first paint of the board", size, painted),
        result("frames of a drag, 25 cards a column", size, few, at_most_p95=20),
        result("50 more cards", size, waits, note=f"until {count} are there; asked for by scrolling"),
        result(f"frames of a drag, {count} cards in a column", size, many),
        Result("memory of the page, 25 cards a column", size, before, unit="MB"),
        Result(f"memory of the page, {count} cards in a column", size, held, unit="MB"),
    ]


def drag_to_and_fro(page: Page) -> list[float]:
    frames: list[float] = []
    done = page.evaluate("drops_.length")
    for number in range(6):
        frames += drag(page, first_card(page, number % 2), 1 - number % 2)
        page.wait_for_function("n => drops_.length > n", arg=done + number)
    return frames
