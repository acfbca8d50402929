"""What was asked for lately, and how often: one round trip to Redis. Without Redis nothing is counted."""

import time
from functools import cache

import redis
from django.conf import settings


def counted(name: str, seconds: int) -> int:
    """One more of `name` in this stretch of so many seconds; how many that makes."""
    key = f"penstock:rate:{name}:{int(time.time()) // seconds}"
    try:
        made = int(_counters().incr(key))
        if made == 1:
            _counters().expire(key, seconds)
    except redis.RedisError:
        return 0
    return made


def seconds_left(seconds: int) -> int:
    return seconds - int(time.time()) % seconds


def is_first(name: str, seconds: int) -> bool:
    """Whether nobody asked for `name` in the last so many seconds, or it was forgotten since. Raises RedisError."""
    return bool(_counters().set(f"penstock:first:{name}", 1, nx=True, ex=seconds))


def forget(name: str) -> None:
    _counters().delete(f"penstock:first:{name}")


@cache
def _counters() -> "redis.Redis":
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
