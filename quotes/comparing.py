"""What became of a quote from one version to another."""

from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from django.db import models

from quotes.lines import rows_of
from quotes.models import LineItem, Quote

FIELDS = (
    "title", "company", "contact", "address", "language", "currency", "book", "includes_tax", "rounding", "quoted_on",
    "valid_until", "payment_days", "introduction", "terms", "discount_kind", "discount", "net", "tax", "total",
)  # fmt: skip
LINE_FIELDS = (
    "name", "description", "quantity", "unit", "unit_price", "discount_kind", "discount", "tax_class", "is_optional",
    "net",
)  # fmt: skip


class Difference(NamedTuple):
    """A field that is another one now; of a line, where `line` names it. `what` is "line" where one came or went."""

    what: str
    before: Any
    after: Any
    line: str = ""

    @property
    def label(self) -> str:
        model: type[models.Model] = LineItem if self.line else Quote
        return "" if self.what == "line" else str(getattr(model._meta.get_field(self.what), "verbose_name", self.what))


class Pair(NamedTuple):
    """A line and what became of it: None where there was, or is, none."""

    before: LineItem | None
    after: LineItem | None

    @property
    def changed(self) -> list[str]:
        return [name for name in LINE_FIELDS if getattr(self.before, name, None) != getattr(self.after, name, None)]


class Comparison(NamedTuple):
    before: Quote
    after: Quote
    fields: list[Difference]
    lines: list[Pair]

    @property
    def differences(self) -> list[Difference]:
        return [*self.fields, *(each for pair in self.lines for each in _told(pair))]


def compare(before: Quote, after: Quote) -> Comparison:
    return Comparison(before, after, list(_fields(before, after)), pairs_of(rows_of(before), rows_of(after)))


def _fields(before: Quote, after: Quote) -> Iterator[Difference]:
    for name in FIELDS:
        if (was := getattr(before, name)) != (now := getattr(after, name)):
            yield Difference(name, was, now)


def pairs_of(before: Sequence[LineItem], after: Sequence[LineItem]) -> list[Pair]:
    """Lines that are the same thing beside each other, in the order of the later version."""
    matcher = SequenceMatcher(a=[_thing(line) for line in before], b=[_thing(line) for line in after], autojunk=False)
    pairs: list[Pair] = []
    for tag, low, high, start, end in matcher.get_opcodes():
        if tag == "equal":
            pairs += [Pair(was, now) for was, now in zip(before[low:high], after[start:end], strict=True)]
        else:
            pairs += [Pair(was, None) for was in before[low:high]] + [Pair(None, now) for now in after[start:end]]
    return _rejoined(pairs)


def _thing(line: LineItem) -> tuple[Any, ...]:
    return (line.kind, line.product_id) if line.product_id else (line.kind, line.name)


def _rejoined(pairs: Iterable[Pair]) -> list[Pair]:
    """A line that was moved went here and came there: it is one line all the same."""
    pairs = list(pairs)
    gone: dict[tuple[Any, ...], list[Pair]] = {}
    for pair in pairs:
        if pair.before and not pair.after:
            gone.setdefault(_thing(pair.before), []).append(pair)
    joined: list[Pair] = []
    moved: list[Pair] = []
    for pair in pairs:
        if pair.after and not pair.before and (ones := gone.get(_thing(pair.after))):
            moved.append(ones.pop(0))
            pair = Pair(moved[-1].before, pair.after)
        joined.append(pair)
    return [pair for pair in joined if not any(pair is one for one in moved)]


def _told(pair: Pair) -> Iterator[Difference]:
    if pair.before is None or pair.after is None:
        yield Difference("line", pair.before and pair.before.name, pair.after and pair.after.name, _name(pair))
        return
    for name in pair.changed:
        yield Difference(name, getattr(pair.before, name), getattr(pair.after, name), _name(pair))


def _name(pair: Pair) -> str:
    line = pair.after or pair.before
    return line.name if line else ""
