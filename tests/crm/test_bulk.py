from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from contacts.models import Source
from crm.bulk import WORTH_IT, amend, append, together
from crm.models import Event
from pipeline.models import DealChange
from tests.cast import Cast

COUNT = WORTH_IT + 1


def test_many_rows_are_what_one_by_one_they_would_be(cast: Cast) -> None:
    at = timezone.now() - timedelta(days=3)
    events = [
        Event(
            kind="deal.moved", noun="deal", object_id=number, actor=cast.alice, at=at, owner_ids=[1, 2], is_public=True,
            origin={"via": "import"}, data={"title": 'Помпа\t"\\N"\n', "changed": {"amount": [None, "1.50"]}},
        )
        for number in range(COUNT)
    ]  # fmt: skip
    append(Event, events)

    names = ("kind", "actor_id", "at", "owner_ids", "team_ids", "is_public", "origin", "data")
    read = set(map(str, Event.objects.filter(kind="deal.moved").values_list(*names)))
    assert read == {str(tuple(getattr(events[0], name) for name in names))}
    assert Event.objects.filter(kind="deal.moved", xid__isnull=False).count() == COUNT


def test_history_keeps_its_decimals_days_and_gaps(cast: Cast) -> None:
    deal = cast.deal(amount=Decimal("1234.567"))
    change = deal.changes.get()
    copies = []
    for version in range(2, COUNT + 2):
        copy = DealChange(
            **{f.attname: getattr(change, f.attname) for f in change._meta.concrete_fields if f.name != "id"}
        )
        copy.version = version
        copies.append(copy)
    append(DealChange, copies)

    skipped = {"id", "version", "known_until"}  # the last is told by the rows that come after
    names = [field.attname for field in change._meta.concrete_fields if field.name not in skipped]
    assert len(set(map(str, deal.changes.values_list(*names)))) == 1
    assert deal.changes.count() == COUNT + 1


def test_a_broken_rule_is_the_same_error(cast: Cast) -> None:
    with pytest.raises(IntegrityError, match="source_name_ci"), transaction.atomic():
        append(Source, [Source(name="Twice") for _ in range(COUNT)])


def test_what_is_written_together_is_one_statement(cast: Cast, django_assert_num_queries: Any) -> None:
    source = Source.objects.create(name="Fair")
    source.name = "Trade fair"
    event = Event(kind="source.revised", noun="source", object_id=source.pk, actor=cast.dana)
    with django_assert_num_queries(1), together():
        amend(source, ["name"])
        append(Event, [event])
    assert Source.objects.get(pk=source.pk).name == "Trade fair"
    assert Event.objects.get(kind="source.revised").actor == cast.dana


def test_what_is_long_is_written_in_several(cast: Cast) -> None:
    events = [
        Event(kind="source.seen", noun="source", object_id=number, data={"a": None}) for number in range(WORTH_IT - 1)
    ]
    with together():
        for event in events:
            append(Event, [event])
    seen = Event.objects.filter(kind="source.seen").order_by("object_id")
    assert list(seen.values_list("object_id", "actor", "data")) == [(n, None, {"a": None}) for n in range(len(events))]


def test_a_block_that_fails_writes_nothing(cast: Cast) -> None:
    def write_and_fail() -> None:
        with together():
            append(Source, [Source(name="Fair")])
            raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        write_and_fail()
    assert not Source.objects.filter(name="Fair").exists()
    append(Source, [Source(name="Fair")])
    assert Source.objects.filter(name="Fair").exists()
