"""A rank between two neighbours: a fraction written in base 62, compared as text, so that a move writes one row.

The chosen digits leave room for a suffix made of the deal's own number; two people who drop different cards into the
same gap at the same moment therefore get different ranks, both inside the gap.
"""

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
VALUE = {digit: value for value, digit in enumerate(DIGITS)}
BASE = len(DIGITS)
WIDTH = 8  # digits of a rank that nothing squeezes
STEP = BASE**3  # distance between neighbours at the ends: 10⁸ cards can be put on top one after another


def rank_between(low: str | None, high: str | None, deal_id: int) -> str:
    """A rank strictly between `low` and `high` (None: the end of the column). Raises ValueError if low ≥ high."""
    if low is not None and high is not None and low >= high:
        raise ValueError(f"{low!r} is not below {high!r}")
    width = WIDTH if low is None or high is None else max(WIDTH, _shared(low, high) + 1)
    while True:
        floor = _head(low, width) if low is not None else -1
        ceiling = _head(high, width) if high is not None else BASE**width
        if ceiling - floor >= 2:  # floor < middle and middle + 1 ≤ ceiling: the suffix stays inside
            return _text(_pick(low, high, floor, ceiling), width) + suffix(deal_id)
        width += 1


def _shared(low: str, high: str) -> int:
    """How many digits both begin with: no narrower rank fits between them."""
    return next(
        (at for at, (one, other) in enumerate(zip(low, high, strict=False)) if one != other), min(len(low), len(high))
    )


def _pick(low: str | None, high: str | None, floor: int, ceiling: int) -> int:
    if low is None and high is not None and ceiling > STEP:
        return ceiling - STEP
    if high is None and low is not None and ceiling - floor > STEP:
        return floor + STEP
    return (floor + ceiling) // 2


def suffix(deal_id: int) -> str:
    """The number in base 62, ended by a digit that is never 0: no rank is another with zeros behind it."""
    text = ""
    while deal_id:
        deal_id, digit = divmod(deal_id, BASE)
        text = DIGITS[digit] + text
    return text + "1"


def _head(rank: str, width: int) -> int:
    """The first `width` digits as a number."""
    value = 0
    for digit in rank[:width].ljust(width, "0"):
        value = value * BASE + VALUE[digit]
    return value


def _text(value: int, width: int) -> str:
    text = ""
    for _ in range(width):
        value, digit = divmod(value, BASE)
        text = DIGITS[digit] + text
    return text
