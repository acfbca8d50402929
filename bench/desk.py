"""A person at the board in a real Chromium, on real servers, and what Chromium itself says about it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from django.test import Client
from playwright.sync_api import Browser, Page, sync_playwright

from bench.memory import proportional
from bench.screens import admin
from bench.serving import free_port, wait_for

FLAGS = ["--disable-gpu", "--disable-dev-shm-usage", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
WINDOW = {"width": 1440, "height": 900}

# Every frame's length; how long Chromium took to answer each click and key (its own event timing, in steps of 8 ms);
# and for a drop: until the card stands in its place, and until the server has said yes.
WATCH = """() => {
    window.frames_ = []; window.answers_ = []; window.drops_ = [];
    let last = performance.now();
    const frame = (now) => { frames_.push(now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => list.getEntries().forEach((entry) =>
        entry.interactionId && answers_.push([entry.interactionId, entry.name, entry.duration])))
        .observe({ type: "event", durationThreshold: 16, buffered: false });
    addEventListener("pointerup", (event) => {
        const card = document.querySelector(".card.is-dragged, .card.is-hole") ?? event.target.closest(".card");
        const drop = { id: window.carried_, at: performance.timeOrigin + event.timeStamp };
        const before = document.getElementById(drop.id)?.dataset;
        const was = before && { column: before.column, version: before.version };
        const look = () => {
            const card = document.getElementById(drop.id);
            const list = card?.closest(".cards");
            const now = performance.timeOrigin + performance.now();
            if (was && list && list.dataset.column !== was.column) drop.shown ??= now - drop.at;
            if (was && card && card.dataset.version !== was.version) drop.confirmed = now - drop.at;
            if (drop.confirmed) drops_.push(drop); else if (now - drop.at < 5000) requestAnimationFrame(look);
        };
        if (was) requestAnimationFrame(look);
    }, true);
}"""
BOXES = """([id, column]) => {
    window.carried_ = id;
    const both = [document.getElementById(id), document.querySelectorAll(".cards")[column]];
    return both.map((one) => one.getBoundingClientRect().toJSON());
}"""
SEES = """([id, version]) => new Promise((resolve) => {
    const look = () => Number(document.getElementById(id)?.dataset.version) >= version
        ? resolve(performance.timeOrigin + performance.now()) : setTimeout(look, 2);
    look();
})"""


@contextmanager
def serving() -> Iterator[tuple[int, "subprocess.Popen[bytes]"]]:
    """Pages and streams from one process, as `bin/dev` runs them; the port and the process."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asginl", "--port", str(port), "--no-ws", "--factory"]
    command += ["--log-level", "warning", "--workers-kill-timeout", "5", "--backlog", "2048", "crm.supervised:web"]
    web = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(port)
        yield port, web
    finally:
        web.terminate()
        with suppress(subprocess.TimeoutExpired):
            web.wait(20)
        web.kill()


def session() -> str:
    client = Client()
    client.force_login(admin())
    return client.cookies["sessionid"].value


@contextmanager
def chromium() -> Iterator[Browser]:
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if not found:
        raise RuntimeError("No Chromium to measure with: apt-get install chromium")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # Playwright's synchronous calls run inside an event loop
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


def sit_down(browser: Browser, port: int, path: str = "/board/", ready: str = ".board[data-ready]") -> Page:
    site = f"http://127.0.0.1:{port}"
    context = browser.new_context(base_url=site, viewport=WINDOW)  # type: ignore[arg-type]
    context.add_cookies([{"name": "sessionid", "value": session(), "url": site}])
    page = context.new_page()
    page.goto(path)
    page.wait_for_selector(ready, state="attached")
    page.evaluate(WATCH)
    return page


def drag(page: Page, card_id: str, column: int, *, steps: int = 60) -> list[float]:
    """By mouse onto the top of another column; the frames meanwhile."""
    at, to = page.evaluate(BOXES, [card_id, column])
    page.mouse.move(at["x"] + 60, at["y"] + 40)
    page.mouse.down()
    page.mouse.move(at["x"] + 70, at["y"] + 50, steps=3)
    page.evaluate("() => { frames_.length = 0; }")
    page.mouse.move(to["x"] + 90, to["y"] + 20, steps=steps)
    frames: list[float] = page.evaluate("frames_")
    page.mouse.up()
    return frames


def answers(page: Page, do: Any) -> list[float]:
    """How long the page took to answer what `do` pressed, of each press the longest of its events."""
    page.evaluate("() => { answers_.length = 0; }")
    do()
    page.wait_for_timeout(150)  # Chromium tells it after the frame
    longest: dict[int, float] = {}
    for press, _name, duration in page.evaluate("answers_"):
        longest[press] = max(longest.get(press, 0), duration)
    return list(longest.values()) or [16.0]  # not told: it took less than that


def megabytes(browser: Browser, page: Page) -> float:
    """What the largest page of the browser holds once it has given back what it no longer needs."""
    page.context.new_cdp_session(page).send("HeapProfiler.collectGarbage")
    cdp = browser.new_browser_cdp_session()
    processes = cdp.send("SystemInfo.getProcessInfo")["processInfo"]
    return max(proportional(one["id"]) for one in processes if one["type"] == "renderer") / 1024
