"""The timeline: one list, newest first, by kind and page by page; what one wrote can be put in other words."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.utils import timezone

from crm.errors import Refused
from crm.models import Event
from pipeline.actions import merge_deals, revise_deal
from pipeline.activities import (
    complete_activity,
    delete_activity,
    log_activity,
    plan_activity,
    reopen_activity,
    revise_activity,
)
from pipeline.chronicle import SIZE, Chronicle, chronicle_of, events_of
from pipeline.filing import add_file
from pipeline.models import Activity, Deal
from tests.cast import Cast
from tests.pipeline.history import assert_history_replays
from tests.pipeline.pages import HTMX, fresh, post, signed_in, text

pytestmark = pytest.mark.django_db


def chronicle(deal: Deal, **place: str) -> Chronicle:
    deal = fresh(deal)
    changes = list(deal.changes.select_related("by").order_by("-version", "-id"))
    return chronicle_of(deal, changes, events_of(deal), **place)


def words(deal: Deal, **place: str) -> list[str]:
    return [
        f"{entry.text} {entry.detail}".replace("<b>", "").replace("</b>", "").strip()
        for entry in chronicle(deal, **place).entries
    ]


@pytest.fixture
def deal(cast: Cast) -> Deal:
    deal = cast.deal()
    log_activity(deal, subject="Budget is confirmed", by=cast.alice)
    log_activity(deal, subject="Carol", kind="call", by=cast.bob)
    add_file(deal, file=ContentFile(b"%PDF-1.7"), name="offer.pdf", by=cast.alice)
    revise_deal(deal, title="Two stations", by=cast.mia)
    return deal


def test_it_is_one_list_newest_first(cast: Cast, deal: Deal) -> None:
    assert words(deal) == [
        "Mia changed the title from Pump station to Two stations",
        "Alice added offer.pdf",
        "Bob called: Carol",
        "Alice noted: Budget is confirmed",
        "Alice opened this deal in Qualify",
    ]


@pytest.mark.parametrize(
    ("kind", "entries"),
    [("notes", 1), ("activities", 1), ("changes", 2), ("files", 1), ("nonsense", 5)],
)
def test_it_is_narrowed_by_kind(cast: Cast, deal: Deal, kind: str, entries: int) -> None:
    assert len(words(deal, kind=kind)) == entries


def test_page_by_page_nothing_is_missing_or_told_twice(cast: Cast) -> None:
    deal, at = cast.deal(), timezone.now() - timedelta(days=1)
    for number in range(SIZE + 5):  # several at the same instant
        log_activity(deal, subject=f"Call {number}", at=at + timedelta(minutes=number // 4), by=cast.alice)
        add_file(deal, file=ContentFile(b"words"), name=f"{number}.txt", by=cast.alice)
    seen, after, pages = [], "", 0
    while pages == 0 or after:
        page = chronicle(deal, after=after)
        seen += [entry.activity or entry.file or entry.text for entry in page.entries]
        after, pages = page.next, pages + 1
    assert (len(seen), len(set(seen)), pages) == (2 * (SIZE + 5) + 1, 2 * (SIZE + 5) + 1, 3)


def test_a_key_that_is_none_begins_at_the_top(cast: Cast, deal: Deal) -> None:
    for key in ("x", "2026-01-01~0~1", "~~", "2026-01-01T00:00:00+00:00~0~99999999999999999999"):
        assert words(deal, after=key) == words(deal)


def test_it_asks_a_fixed_number_of_things(cast: Cast, deal: Deal, django_assert_num_queries: Any) -> None:
    def ask(number: int) -> None:
        with django_assert_num_queries(number):
            client.get(f"/deals/{deal.pk}/timeline/")

    client = signed_in(cast.alice)
    client.get(f"/deals/{deal.pk}/timeline/")
    ask(12)
    for number in range(30):
        revise_deal(deal, title=f"Station {number}", by=cast.mia)
        log_activity(deal, subject="Call", by=cast.bob)
    ask(12)


def test_the_history_of_a_merged_deal_is_part_of_it(cast: Cast, deal: Deal) -> None:
    other = revise_deal(cast.deal("Pumps"), title="More pumps", by=cast.mia)
    merge_deals(deal, other=other, by=cast.mia)
    entries = {str(entry.text): entry.about for entry in chronicle(deal).entries}
    assert entries["<b>Mia</b> changed the title from Pumps to More pumps"] == "More pumps"
    assert entries["<b>Mia</b> merged More pumps into this deal"] == ""


# ── What one wrote ─────────────────────────────────────────────────────────────────────────────────


def note(deal: Deal) -> Activity:
    return deal.activities.get(subject="Budget is confirmed")


def test_other_words_keep_the_old_ones_in_the_history(cast: Cast, deal: Deal) -> None:
    revise_activity(note(deal), subject="Budget is 50k", body="For 2026.", by=cast.alice)
    assert words(deal)[0] == "Alice changed what was noted. Before: Budget is confirmed"
    assert "Alice noted: Budget is 50k For 2026." in words(deal)
    assert_history_replays(fresh(deal))
    assert Event.objects.filter(kind="activity.revised").count() == 1


def test_the_same_words_are_no_change(cast: Cast, deal: Deal) -> None:
    revise_activity(note(deal), subject="Budget is confirmed", by=cast.alice)
    assert fresh(deal).version == 2
    with pytest.raises(Refused):
        revise_activity(note(deal), subject=" ", by=cast.alice)


def test_deleted_it_is_no_touch_any_more(cast: Cast, deal: Deal) -> None:
    deal.activities.exclude(pk=note(deal).pk).delete()
    delete_activity(note(deal), by=cast.alice)
    assert (fresh(deal).touched_at, words(deal)[0]) == (
        None, "Alice deleted what was noted: Budget is confirmed",
    )  # fmt: skip


def test_only_who_wrote_it_may_change_it(cast: Cast, deal: Deal) -> None:
    address = f"/activities/{note(deal).pk}/"
    assert post(cast.mia, address, {"text": "Nothing is confirmed"}, **HTMX).status_code == 403
    assert post(cast.mia, address, {"delete": "1"}, **HTMX).status_code == 403
    assert "Budget is confirmed" in text(signed_in(cast.alice).get(address, **HTMX))
    assert post(cast.alice, address, {"text": "Budget is 50k\nFor 2026."}, **HTMX).status_code == 200
    changed = Activity.objects.get(subject="Budget is 50k")
    assert changed.body == "For 2026."
    assert post(cast.alice, address, {"text": ""}, **HTMX).status_code == 422
    assert post(cast.alice, address, {"delete": "1"}, **HTMX).status_code == 200
    assert not Activity.objects.filter(pk=changed.pk).exists()


def test_done_and_not_done_after_all(cast: Cast, deal: Deal) -> None:
    touched = fresh(deal).touched_at
    step = plan_activity(deal, subject="Call Carol", due_on=cast.today, by=cast.alice)
    complete_activity(step, by=cast.alice)
    assert fresh(deal).next_step is None
    assert post(cast.alice, f"/activities/{step.pk}/reopen/", **HTMX).status_code == 200
    assert (fresh(deal).next_step, fresh(deal).touched_at) == (step, touched)
    with pytest.raises(Refused):
        reopen_activity(note(deal), by=cast.alice)
