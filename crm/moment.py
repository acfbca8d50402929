"""A past instant at which everything may be looked at, and whether this request does. No Django.

`2026-10-01` is the end of that day, `2026-10-01T14:30` that minute, both in the company's zone; `…Z` and `…+02:00` say
which zone they mean.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

EARLIEST = 1900
JUST_BEFORE = timedelta(microseconds=1)


class BadMoment(ValueError):
    """Text that names no instant up to now."""


class Moment(NamedTuple):
    """`at` is in the company's zone; `text` names it in addresses."""

    at: datetime
    text: str

    @property
    def day(self) -> date:
        return self.at.date()

    @property
    def is_whole_day(self) -> bool:
        return "T" not in self.text


_moment: ContextVar[Moment | None] = ContextVar("moment", default=None)


def current_moment() -> Moment | None:
    """The past instant that is looked at; None: now."""
    return _moment.get()


def carried() -> list[tuple[str, str]]:
    """What a link needs to stay at the instant that is looked at."""
    moment = current_moment()
    return [("as_of", moment.text)] if moment else []


@contextmanager
def at_moment(moment: Moment) -> Iterator[None]:
    """What crm.past.looking_back begins with: by itself it only sets the date."""
    token = _moment.set(moment)
    try:
        yield
    finally:
        _moment.reset(token)


def read_moment(text: str, zone: ZoneInfo, now: datetime) -> Moment:
    """Raises BadMoment. Of today so much as there has been."""
    text = text.strip().replace(" ", "+" if "T" in text else "T")  # what a browser makes of a plus, what people type
    now = now.astimezone(zone)
    try:
        if is_day := "T" not in text:
            at = (
                datetime.combine(date.fromisoformat(text if len(text) == 10 else "") + timedelta(days=1), time(), zone)
                - JUST_BEFORE
            )
        else:
            at = datetime.fromisoformat(text)
            at = at.replace(tzinfo=zone) if at.tzinfo is None else at.astimezone(zone)
    except (ValueError, OverflowError):
        raise BadMoment(text) from None
    if at.year < EARLIEST or (at.date() > now.date() if is_day else at > now):
        raise BadMoment(text)
    return Moment(min(at, now), text)
