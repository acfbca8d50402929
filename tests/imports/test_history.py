"""Stage history: new deals are opened and moved by it, imported ones are completed."""

from datetime import UTC, date, datetime
from decimal import Decimal

from django.db.models import QuerySet
from django.utils import timezone

from pipeline.actions import revise_deal
from pipeline.models import Deal, DealChange
from tests.cast import Cast
from tests.imports.conftest import Importer

DEALS = """
[[tables]]
kind = "deals"
file = "deals.csv"
closed_from = "Demo"
[tables.columns]
external_id = "id"
title = "title"
owner = "owner"
stage = "stage"
amount = "amount"
opened_at = "opened"
closed_on = "closed"
[tables.defaults]
win_reason = "Price"
loss_reason = "Price"
"""
HISTORY = """
[[tables]]
kind = "stage_history"
file = "history.csv"
[tables.columns]
deal = "id"
at = "at"
stage = "to"
[tables.defaults]
win_reason = "Price"
loss_reason = "Price"
"""
ROWS = """id,title,owner,stage,amount,opened,closed
d1,Dosing,Alice,Won,5000,2026-01-05,2026-03-02
d2,Valves,Bob,Solution,700,2026-01-07,
"""
PASSED = """id,at,to
d1,2026-01-05T09:00:00Z,Qualify
d1,2026-02-10T15:30:00Z,Solution
d1,2026-01-20T10:00:00Z,Demo
d1,2026-03-02T16:00:00Z,Won
d2,2026-01-07T08:00:00Z,Qualify
d2,2026-02-01T08:00:00Z,Solution
"""


def at(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def changes(external_id: str) -> QuerySet[DealChange]:
    return DealChange.objects.filter(deal__external_id=external_id).order_by("effective_at", "id")


def passed(external_id: str) -> list[tuple[str, str, datetime]]:
    names = dict(Deal.objects.get(external_id=external_id).pipeline.stages.values_list("pk", "name"))
    rows = changes(external_id).values_list("verb", "stage_id", "effective_at")
    return [(verb, names[stage], when) for verb, stage, when in rows]


def test_a_new_deal_passes_its_stages_at_their_times(importer: Importer, cast: Cast) -> None:
    importer.file("deals.csv", ROWS)
    importer.file("history.csv", PASSED)
    began = timezone.now()

    importer.run(DEALS + HISTORY)

    assert passed("d1") == [
        ("opened", "Qualify", at(1, 5, 9)),
        ("moved", "Demo", at(1, 20, 10)),
        ("moved", "Solution", at(2, 10, 15, 30)),
        ("won", "Won", at(3, 2, 16)),
    ]
    deal = Deal.objects.get(external_id="d1")
    assert (deal.has_full_history, deal.opened_at, deal.closed_on) == (True, at(1, 5, 9), date(2026, 3, 2))
    assert all(change.recorded_at >= began for change in changes("d1"))
    assert Deal.objects.get(external_id="d2").stage_since == at(2, 1, 8)
    assert [row["action"] for row in importer.report] == ["created"] * 8


def test_it_can_be_imported_twice(importer: Importer, cast: Cast) -> None:
    importer.file("deals.csv", ROWS)
    importer.file("history.csv", PASSED)
    importer.run(DEALS + HISTORY)
    before = DealChange.objects.count()

    importer.run(DEALS + HISTORY)

    assert {row["action"] for row in importer.report} == {"unchanged"}
    assert DealChange.objects.count() == before


def test_a_deal_imported_without_history_gets_its_past_later(importer: Importer, cast: Cast) -> None:
    importer.file("deals.csv", ROWS)
    importer.run(DEALS)
    assert passed("d1") == [("opened", "Demo", at(1, 5, 12)), ("won", "Won", at(3, 2, 12))]
    importer.file("history.csv", PASSED)

    importer.run(HISTORY)

    assert passed("d1") == [
        ("moved", "Qualify", at(1, 5, 9)),
        ("opened", "Demo", at(1, 5, 12)),  # what had been assumed …
        ("moved", "Qualify", at(1, 5, 12)),  # … and is overruled from the same instant
        ("moved", "Demo", at(1, 20, 10)),
        ("moved", "Solution", at(2, 10, 15, 30)),
        ("won", "Won", at(3, 2, 12)),
        ("moved", "Solution", at(3, 2, 12)),
        ("won", "Won", at(3, 2, 16)),
        ("revised", "Won", changes("d1").last().effective_at),  # type: ignore[union-attr]
    ]
    deal = Deal.objects.get(external_id="d1")
    assert (deal.has_full_history, deal.opened_at, deal.stage_since) == (True, at(1, 5, 9), at(3, 2, 16))
    last = changes("d1").filter(verb="won").last()
    assert last is not None
    assert (last.closed_on, last.base_amount, last.amount) == (date(2026, 3, 2), Decimal(5000), Decimal(5000))


def test_the_past_can_be_imported_twice(importer: Importer, cast: Cast) -> None:
    importer.file("deals.csv", ROWS)
    importer.run(DEALS)
    importer.file("history.csv", PASSED)
    importer.run(HISTORY)
    before = DealChange.objects.count()

    importer.run(HISTORY)

    assert {row["action"] for row in importer.report} == {"unchanged"}
    assert DealChange.objects.count() == before


def test_later_rows_move_the_deal(importer: Importer, cast: Cast) -> None:
    importer.file("deals.csv", ROWS)
    importer.run(DEALS)
    importer.file("history.csv", "id,at,to\nd2,2026-03-01T08:00:00Z,Demo\nd2,2026-04-01T08:00:00Z,Lost\n")

    importer.run(HISTORY)

    deal = Deal.objects.get(external_id="d2")
    assert (str(deal.stage), deal.closed_on, str(deal.loss_reason), str(deal.lost_from)) == (
        "Lost", date(2026, 4, 1), "Price", "Demo",
    )  # fmt: skip
    assert [verb for verb, _stage, _at in passed("d2")] == ["opened", "moved", "lost"]
    assert deal.has_full_history is False


def test_a_history_that_begins_late_stays_incomplete(importer: Importer, cast: Cast) -> None:
    importer.file("deals.csv", ROWS)
    importer.file("history.csv", "id,at,to\nd1,2026-02-10T15:30:00Z,Solution\n")

    importer.run(DEALS + HISTORY)

    assert passed("d1") == [
        ("opened", "Demo", at(1, 5, 12)),
        ("moved", "Solution", at(2, 10, 15, 30)),
        ("won", "Won", at(3, 2, 12)),
    ]
    assert Deal.objects.get(external_id="d1").has_full_history is False


def test_a_complete_history_is_not_rewritten(importer: Importer, cast: Cast) -> None:
    deal = cast.deal("Made here", external_id="d9")
    importer.file("history.csv", "id,at,to\nd9,2026-01-01T08:00:00Z,Demo\n")

    assert importer.fails(HISTORY) == "1 rows failed; the others were imported."

    assert importer.messages("history.csv") == [(2, "at: This deal’s history is complete: its past cannot be changed.")]
    assert [change.verb for change in deal.changes.all()] == ["opened"]


def test_bad_rows_of_history_are_told_by_line(importer: Importer, cast: Cast) -> None:
    importer.file("deals.csv", ROWS)
    importer.file(
        "history.csv",
        "id,at,to\nd1,2026-01-05T09:00:00Z,Qualify\nd1,2026-01-20,Demmo\nnone,2026-01-20,Demo\nd2,yesterday,Demo\n",
    )

    importer.fails(DEALS + HISTORY)

    assert importer.messages("history.csv") == [
        (
            3,
            "stage: “New business” has no stage “Demmo”, only: Qualify, Demo, Solution, Quote and contract, Won, Lost.",
        ),
        (4, "deal: There is no deal with the external id “none”."),
        (5, "at (column “at”): “yesterday” is not a date like %Y-%m-%d"),
    ]
    assert [verb for verb, _stage, _at in passed("d1")] == ["opened", "won"]


def test_a_change_made_here_in_between_stays(importer: Importer, cast: Cast) -> None:
    importer.file("deals.csv", ROWS)
    importer.run(DEALS)
    deal = Deal.objects.get(external_id="d2")
    revise_deal(deal, amount=Decimal(900), by=cast.alice)
    importer.file("history.csv", "id,at,to\nd2,2026-01-07T08:00:00Z,Qualify\nd2,2026-02-01T08:00:00Z,Demo\n")

    importer.run(HISTORY)

    deal.refresh_from_db()
    assert (str(deal.stage), deal.amount, deal.has_full_history) == ("Solution", Decimal(900), True)
    newest = changes("d2").last()
    assert newest is not None
    assert newest.stage_id == deal.stage_id
