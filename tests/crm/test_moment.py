"""Which instant `?as_of=` names."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from crm.moment import BadMoment, read_moment

SOFIA = ZoneInfo("Europe/Sofia")
NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)  # half past eleven in Sofia


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("2026-10-01", "2026-10-01T23:59:59.999999+03:00"),
        ("2026-10-25", "2026-10-25T23:59:59.999999+02:00"),  # a day of 25 hours
        ("2026-10-01T14:30", "2026-10-01T14:30:00+03:00"),
        ("2026-10-01 14:30", "2026-10-01T14:30:00+03:00"),
        ("2026-10-01T14:30Z", "2026-10-01T17:30:00+03:00"),
        ("2026-10-01T14:30+05:00", "2026-10-01T12:30:00+03:00"),
        ("2026-10-01T14:30 05:00", "2026-10-01T12:30:00+03:00"),  # an address whose plus was not escaped
        ("2026-11-22", "2026-11-22T11:30:00+02:00"),  # of today so much as there has been
    ],
)
def test_it_reads_days_and_instants(text: str, at: str) -> None:
    moment = read_moment(text, SOFIA, NOW)
    assert moment.at.isoformat() == at
    assert moment.at.tzinfo is SOFIA
    assert moment.is_whole_day == (len(text) == 10)


@pytest.mark.parametrize(
    "text",
    ["", "yesterday", "2026-13-01", "2026-02-30", "20261001", "2026-10", "0001-01-01", "9999-12-31", "2026-11-23",
     "2026-11-22T11:31", "2026-10-01T25:00", "2026-10-01' OR true--", "２０２６-10-01"],
)  # fmt: skip
def test_it_refuses_what_is_no_instant_up_to_now(text: str) -> None:
    with pytest.raises(BadMoment):
        read_moment(text, SOFIA, NOW)
