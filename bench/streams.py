"""A thousand browsers that listen: what each costs the server, and how soon all hear of a change."""

import asyncio
import itertools
import resource
import time
from statistics import median

from asgiref.sync import sync_to_async

from bench.desk import serving, session
from bench.measure import Result, p95
from bench.memory import family, proportional
from pipeline.actions import move_deal
from pipeline.models import Deal, Stage

STREAMS, CHANGES = 1000, 20


class Stream:
    """One browser's event stream, and when it last heard of a deal."""

    def __init__(self) -> None:
        self.heard = asyncio.Event()
        self.at = 0.0

    async def open(self, port: int, cookie: str) -> None:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", port)
        head = f"GET /live/ HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sessionid={cookie}\r\n\r\n"
        self.writer.write(head.encode())
        while b": listening" not in await self.reader.readline():
            pass
        self.listening = asyncio.create_task(self.listen())

    async def listen(self) -> None:
        while line := await self.reader.readline():
            if line.startswith(b"data:") and b'"deal"' in line:
                self.at = time.perf_counter()
                self.heard.set()


def kilobytes(pid: int) -> int:
    return sum(proportional(each) for each in family(pid))


def change(number: int) -> None:
    stages = list(Stage.objects.filter(kind="open", pipeline__is_default=True).order_by("position")[:2])
    deal = Deal.objects.filter(stage=stages[number % 2]).order_by("pk")[0]
    move_deal(deal, to=stages[1 - number % 2], by=None)


async def listened(port: int, pid: int, cookie: str) -> tuple[list[float], float]:
    """The delay of each change at each stream, in ms, and the KB that a stream takes."""
    before = kilobytes(pid)
    streams = [Stream() for _ in range(STREAMS)]
    for some in itertools.batched(streams, 50):
        await asyncio.gather(*(stream.open(port, cookie) for stream in some))
    each = (kilobytes(pid) - before) / STREAMS
    delays: list[float] = []
    for number in range(CHANGES):
        for stream in streams:
            stream.heard.clear()
        await sync_to_async(change)(number)
        began = time.perf_counter()  # committed
        await asyncio.wait_for(asyncio.gather(*(stream.heard.wait() for stream in streams)), 30)
        delays += [(stream.at - began) * 1000 for stream in streams]
    for stream in streams:
        stream.listening.cancel()
        stream.writer.close()
    return delays, each


def streams(size: str) -> list[Result]:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))  # the server inherits it
    with serving() as (port, web):
        delays, each = asyncio.run(listened(port, web.pid, session()))
    delays.sort()
    return [
        Result(
            f"a change is heard by {STREAMS:,} streams", size, median(delays), p95(delays), at_most_p95=1000,
            note=f"from its commit; {CHANGES} changes, one process",
        ),
        Result("memory of a stream", size, each, unit="KB", at_most=100),
    ]  # fmt: skip
