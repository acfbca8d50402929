"""Django's Redis cache with one client for the process.

Django makes a client for every call, and where requests are tasks of an event loop a pool for every request: each then
connects anew, and takes longer for that than for what it asks.
"""

from functools import cache, cached_property
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient


class OneClient(RedisCacheClient):
    @cached_property
    def _kept(self) -> Any:
        return super().get_client(write=True)

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """Safe for threads, and after a fork: it takes a connection from its pool for each command."""
        return self._kept


@cache
def client_of(*servers: str) -> OneClient:
    return OneClient(list(servers))


class Cache(RedisCache):
    @property
    def _cache(self) -> OneClient:
        return client_of(*self._servers)  # type: ignore[attr-defined]
