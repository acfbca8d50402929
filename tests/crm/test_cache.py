"""The cache keeps one connection to Redis, however many requests ask it."""

from contextvars import Context

from django.core.cache import cache


def connection() -> int:
    """Redis' number of it."""
    return int(cache._cache.get_client().client_id())  # type: ignore[attr-defined]


def test_requests_share_one_connection_to_redis() -> None:
    """Each request that is a task of an event loop has a context of its own."""
    assert Context().run(connection) == Context().run(connection) == connection()
