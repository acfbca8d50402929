"""The live stream as browsers read it: server-sent events, or without an event loop a question every few seconds."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

from asgiref.sync import SyncToAsync, sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse, StreamingHttpResponse
from django.views.decorators.http import require_safe

from crm.access import Reach, reach_of, visible_events
from crm.live import MOST, frame, hub, replayed

LONGEST = 15 * 60  # then the browser comes back, and its rights are looked at again
MAX_ID = 2**63 - 1


@require_safe
async def live(request: HttpRequest) -> HttpResponseBase:
    """`Last-Event-ID` or `?after=` goes on from there. 204 where nothing can be streamed; JSON if that is asked for."""
    text = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    after = int(text) if text.isdecimal() and len(text) < 19 else 0
    reach = await sync_to_async(_reach)(request)
    if reach is None:
        return HttpResponse(status=403)
    if "json" in request.headers.get("Accept", ""):
        place, missed = await sync_to_async(_missed)(request, reach, after)
        return JsonResponse({"after": place, "news": missed})
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    response = StreamingHttpResponse(_stream(request, reach, after), content_type="text/event-stream")
    response["Cache-Control"] = "no-cache, no-transform"
    response["X-Accel-Buffering"] = "no"
    return response


def _reach(request: HttpRequest) -> Reach | None:
    """What the person may know. A stream must not keep the connection that this took."""
    try:
        user = getattr(request, "user", None)
        return reach_of(user) if user is not None and user.is_authenticated else None
    finally:
        _let_go(request)


def _missed(request: HttpRequest, reach: Reach, after: int) -> tuple[int, list[dict[str, Any]]]:
    """Where the feed is settled now, and what happened since `after`."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
            (place,) = cursor.fetchone()
        events: Any = visible_events(reach)
        return place, replayed(events.after(after - 1, MAX_ID).in_order()[: MOST + 1]) if 0 < after <= place else []
    finally:
        _let_go(request)


def _let_go(request: HttpRequest) -> None:
    if isinstance(request, ASGIRequest):
        connections.close_all()


def _free_thread() -> None:
    """A request keeps a thread of its own until it is answered. A stream of minutes needs none while it waits."""
    context = SyncToAsync.thread_sensitive_context.get(None)
    if context and (executor := SyncToAsync.context_to_thread_executor.pop(context, None)):
        executor.shutdown(wait=False)


async def _stream(request: HttpRequest, reach: Reach, after: int) -> AsyncIterator[str]:
    """What was missed, then what happens; a comment now and then keeps proxies from hanging up."""
    yield "retry: 2000\n\n"
    with hub().subscribed(reach.sees) as subscriber, suppress(TimeoutError):
        async with asyncio.timeout(LONGEST):
            await hub().listens.wait()
            yield ": listening\n\n"
            place, missed = await sync_to_async(_missed)(
                request, reach, after
            )  # after subscribing: nothing falls between
            _free_thread()
            for told in missed:
                yield frame(place, told)
            async for message in subscriber.messages():
                yield frame(*message) if message else ": still here\n\n"
