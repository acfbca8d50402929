"""Deals created over HTTP: real servers, eight clients that each wait for their answer."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from statistics import median

from django.db import connection

from bench.measure import Result, p95
from bench.screens import admin
from bench.serving import free_port, wait_for
from crm.models import ApiToken
from pipeline.models import Stage

CLIENTS, SECONDS, WORKERS = 8, 6.0, 2
INSERT = """
INSERT INTO pipeline_deal (owner_id, team_id, external_id, version, created_at, pipeline_id, stage_id, outcome, rank,
    title, amount, currency_id, amount_from_lines, amount_from_quote, category_override, expected_close_on,
    pushes, pushed_days, competitor, closing_note, opened_at, stage_since, has_full_history, custom)
SELECT 2, 101, '', 1, now(), pipeline_id, id, 'open', '70000000' || %s || '1', 'Pump station', 1000, 'EUR', false,
    false, '', current_date, 0, 0, '', '', now(), now(), true, '{}' FROM pipeline_stage WHERE id = %s
"""


class Connection:
    """As little of HTTP as it takes: the clients share the machine with the servers."""

    def __init__(self, port: int, key: str) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.head = f"Host: 127.0.0.1\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        self.left = b""

    def post(self, path: str, body: bytes) -> int:
        self.socket.sendall(f"POST {path} HTTP/1.1\r\n{self.head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        while (end := self.left.find(b"\r\n\r\n")) < 0:
            self.left += self.socket.recv(65536)
        head = self.left[:end].lower()
        length = int(head.partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(self.left) < end + 4 + length:
            self.left += self.socket.recv(65536)
        self.left = self.left[end + 4 + length :]
        return int(head.split(b" ", 2)[1])


@contextmanager
def servers(port: int) -> Iterator[None]:
    """The web as in production, and the worker that follows."""
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", str(WORKERS)]
    web += ["--blocking-threads", "4", "--log-level", "warning", "--workers-kill-timeout", "5", "crm.wsgi:application"]
    worker = [sys.executable, "-m", "celery", "-A", "crm.celery", "worker", "-P", "threads", "-c", "2"]
    worker += ["--loglevel", "WARNING", "--without-mingle", "--without-gossip", "--without-heartbeat"]
    quiet = subprocess.DEVNULL
    running = [subprocess.Popen(command, stdout=quiet, stderr=quiet) for command in (web, worker)]
    try:
        wait_for(port)
        yield
    finally:
        for process in running:
            process.terminate()
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


def together(work: list[threading.Thread]) -> None:
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()


def create(size: str) -> Result:
    _token, key = ApiToken.issue(user=admin(), name="bench", scopes=["*:read", "*:write"])
    stage = Stage.objects.filter(kind="open", pipeline__is_default=True).order_by("position")[0]
    body = json.dumps({"title": "Pump station", "stage": stage.pk, "amount": "1000.00", "company": 1}).encode()
    port, taken, codes = free_port(), list[float](), set[int]()

    def client(until: float) -> None:
        line = Connection(port, key)
        while (began := time.perf_counter()) < until:
            codes.add(line.post("/api/v1/deals/", body))
            taken.append((time.perf_counter() - began) * 1000)

    with servers(port):
        for seconds in (1.5, SECONDS):  # the first to warm up
            taken.clear()
            until = time.perf_counter() + seconds
            together([threading.Thread(target=client, args=(until,)) for _ in range(CLIENTS)])
    if codes != {201}:
        raise RuntimeError(f"creating answered {codes}")
    taken.sort()
    result = Result("deals created by API, 8 clients", size, len(taken) / SECONDS, unit="/s", at_least=300)
    result.floor = plain_inserts(stage)
    result.note = (
        f"{WORKERS} web workers and a Celery worker on the same cores; an answer takes {median(taken):.0f} ms "
        f"(p95 {p95(taken):.0f}); the floor is one INSERT and commit"
    )
    return result


def plain_inserts(stage: Stage) -> float:
    counts = []

    def client(number: int, until: float) -> None:
        done = 0
        with connection.cursor() as cursor:
            while time.perf_counter() < until:
                cursor.execute(INSERT, [f"{number}{done:06}", stage.pk])
                done += 1
        counts.append(done)
        connection.close()

    until = time.perf_counter() + 2
    together([threading.Thread(target=client, args=(number, until)) for number in range(CLIENTS)])
    return sum(counts) / 2
