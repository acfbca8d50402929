"""The pages that clone, merge, restore and keep files: forms first, and through Reach."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from crm.models import Membership
from crm.paging import SIZE
from pipeline.actions import archive_deal, hand_over_deal, merge_deals, revise_deal
from pipeline.filing import add_file, delete_file
from pipeline.models import Deal, DealFile
from tests.cast import Cast
from tests.pipeline.pages import HTMX, fresh, post, signed_in, text

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n...."


def kept(cast: Cast, deal: Deal, name: str = "offer.pdf", content: bytes = b"%PDF-1.7") -> DealFile:
    return add_file(deal, file=ContentFile(content), name=name, by=cast.alice)


# ── Clone ──────────────────────────────────────────────────────────────────────────────────────────


def test_the_clone_opens_beside_the_board_or_on_its_page(cast: Cast) -> None:
    deal = cast.deal()
    sent = {"title": "Again", "stage": cast.stages["Demo"].pk, "parts": ["lines"]}
    form = text(signed_in(cast.alice).get(f"/deals/{deal.pk}/clone/", **HTMX))
    assert ('value="Pump station (copy)"' in form, "Contacts and their roles" in form) == (True, True)
    on_board = {**HTMX, "HTTP_HX_CURRENT_URL": f"http://testserver/board/?panel={deal.pk}"}
    answer = post(cast.alice, f"/deals/{deal.pk}/clone/", sent, **on_board)
    clone = Deal.objects.get(title="Again")
    assert (answer["HX-Redirect"], clone.stage) == (
        f"/board/{cast.pipeline.pk}/?panel={clone.pk}", cast.stages["Demo"],
    )  # fmt: skip
    answer = post(cast.alice, f"/deals/{deal.pk}/clone/", sent | {"title": "Third"})
    assert answer["Location"] == f"/deals/{Deal.objects.get(title='Third').pk}/"


# ── Merge ──────────────────────────────────────────────────────────────────────────────────────────


def test_only_what_one_may_change_is_offered_those_of_the_company_first(cast: Cast) -> None:
    deal, near = cast.deal(), cast.deal("Pumps again")
    far, theirs = cast.deal("Other pumps", company=cast.globex), cast.deal("Bobs pumps", owner=cast.bob)
    gone = archive_deal(cast.deal("Gone pumps"), by=cast.alice)
    page = text(signed_in(cast.alice).get(f"/deals/{deal.pk}/merge/?q=pumps", **HTMX))
    assert page.index("Pumps again") < page.index("Other pumps")
    for other in (theirs, gone):
        assert other.title not in page
        assert post(cast.alice, f"/deals/{deal.pk}/merge/", {"other": other.pk}, **HTMX).status_code == 422
    assert "?other=" in page
    assert {near.pk, far.pk} <= {int(part.partition('"')[0]) for part in page.split("?other=")[1:]}


def test_both_stand_side_by_side_and_one_chooses(cast: Cast) -> None:
    deal, other = cast.deal(), cast.deal("Pumps", source=cast.referral)
    page = text(signed_in(cast.alice).get(f"/deals/{deal.pk}/merge/?other={other.pk}", **HTMX))
    assert 'name="take-source" value="source"' in page
    assert 'name="take-company"' not in page
    sent = {"other": other.pk, "version": 1, "other_version": 1, "take-source": "source", "take-title": ""}
    answer = post(cast.alice, f"/deals/{deal.pk}/merge/", sent, **HTMX)
    assert (answer.status_code, fresh(deal).title, fresh(deal).source) == (200, "Pump station", cast.referral)
    assert f"/deals/{deal.pk}/undo/?version=2" in answer["HX-Trigger"]


def test_whoever_compared_old_values_is_told(cast: Cast) -> None:
    deal, other = cast.deal(), cast.deal("Pumps")
    revise_deal(other, title="Valves", by=cast.mia)
    sent = {"other": other.pk, "version": 1, "other_version": 1}
    answer = post(cast.alice, f"/deals/{deal.pk}/merge/", sent, **HTMX)
    assert (answer.status_code, "Mia" in text(answer), fresh(other).merged_into) == (409, True, None)


def test_a_merged_deal_leads_to_the_other_but_can_be_looked_at(cast: Cast) -> None:
    deal, other = cast.deal(), cast.deal("Pumps")
    merge_deals(deal, other=other, by=cast.alice)
    client = signed_in(cast.alice)
    assert client.get(f"/deals/{other.pk}/")["Location"] == f"/deals/{deal.pk}/"
    assert "Deleted on" in text(client.get(f"/deals/{other.pk}/?stay=1"))


# ── Deleted ────────────────────────────────────────────────────────────────────────────────────────


def test_deleted_deals_wait_for_who_may_restore_them(cast: Cast) -> None:
    deal = archive_deal(cast.deal("Gone"), by=cast.alice)
    archive_deal(cast.deal("Theirs", owner=cast.charlie), by=cast.charlie)
    Deal.objects.filter(pk=deal.pk).update(archived_at=timezone.now() - timedelta(days=10))
    page = text(signed_in(cast.alice).get("/deals/deleted/"))
    assert ("Gone" in page, "Theirs" in page, "19 days" in page) == (True, False, True)
    assert "Gone" in text(signed_in(cast.mia).get("/deals/deleted/"))
    assert "Gone" not in text(signed_in(cast.bob).get("/deals/deleted/"))  # he reads it, but may not change it
    answer = post(cast.alice, f"/deals/{deal.pk}/restore/", {"next": "/deals/deleted/"})
    assert (answer["Location"], fresh(deal).archived_at) == ("/deals/deleted/", None)
    assert "Nothing was deleted" in text(signed_in(cast.alice).get("/deals/deleted/"))


def test_they_come_page_by_page_latest_first(cast: Cast) -> None:
    deals = [archive_deal(cast.deal(f"Deal {number}"), by=cast.alice) for number in range(SIZE + 2)]
    first = text(signed_in(cast.alice).get("/deals/deleted/"))
    assert ("Deal 51" in first, ">Deal 0<" in first) == (True, False)
    second = text(signed_in(cast.alice).get(f"/deals/deleted/?after={deals[2].pk}"))
    assert (">Deal 0<" in second, ">Deal 1<" in second, ">Deal 2<" in second) == (True, True, False)


# ── Files ──────────────────────────────────────────────────────────────────────────────────────────


def test_several_are_added_at_once_or_none(cast: Cast) -> None:
    deal = cast.deal()
    good, bad = SimpleUploadedFile("a.pdf", b"%PDF-1"), SimpleUploadedFile("b.svg", b"<svg/>")
    answer = post(cast.alice, f"/deals/{deal.pk}/files/", {"file": [good, bad]}, **HTMX)
    assert (answer.status_code, "“b.svg” is not of a kind" in text(answer), deal.files.count()) == (422, True, 0)
    files = [SimpleUploadedFile("a.pdf", b"%PDF-1"), SimpleUploadedFile("b.txt", b"words")]
    answer = post(cast.alice, f"/deals/{deal.pk}/files/", {"file": files}, **HTMX)
    assert ("2 files added" in answer["HX-Trigger"], deal.files.count()) == (True, 2)


def test_bytes_come_with_headers_that_let_nothing_run(cast: Cast) -> None:
    file = kept(cast, cast.deal(), "angebot “über”.pdf")
    answer: Any = signed_in(cast.alice).get(f"/files/{file.pk}/")
    assert b"".join(answer.streaming_content) == b"%PDF-1.7"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''angebot")
    assert answer["Content-Security-Policy"].endswith("; sandbox")
    assert (answer["X-Content-Type-Options"], answer["Cache-Control"]) == ("nosniff", "private, no-cache")
    again = signed_in(cast.alice).get(f"/files/{file.pk}/", HTTP_IF_NONE_MATCH=answer["ETag"])
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("name", "content", "shown"),
    [("a.png", PNG, "inline"), ("a.pdf", b"%PDF-1", "inline"), ("a.txt", b"x", "attachment")],
)
def test_only_pictures_and_pdf_are_shown_by_the_browser(cast: Cast, name: str, content: bytes, shown: str) -> None:
    answer = signed_in(cast.alice).get(f"/files/{kept(cast, cast.deal(), name, content).pk}/?inline=1")
    assert answer["Content-Disposition"].startswith(shown)
    assert "sandbox" in answer["Content-Security-Policy"]


def test_reach_is_asked_at_each_read(cast: Cast) -> None:
    deal = cast.deal()
    address = f"/files/{kept(cast, deal).pk}/"
    assert [signed_in(user).get(address).status_code for user in (cast.bob, cast.charlie)] == [200, 404]
    hand_over_deal(deal, to=cast.charlie, by=cast.dana)
    assert [signed_in(user).get(address).status_code for user in (cast.bob, cast.charlie)] == [404, 200]
    Membership.objects.filter(user=cast.max).update(ends_on=cast.today)
    assert signed_in(cast.max).get(address).status_code == 404


def test_a_deleted_one_is_gone_until_it_is_restored(cast: Cast) -> None:
    file = kept(cast, cast.deal())
    answer = post(cast.alice, f"/files/{file.pk}/delete/", **HTMX)
    assert f"/files/{file.pk}/restore/" in answer["HX-Trigger"]
    assert signed_in(cast.alice).get(f"/files/{file.pk}/").status_code == 404
    assert post(cast.bob, f"/files/{file.pk}/restore/", **HTMX).status_code == 404
    assert post(cast.alice, f"/files/{file.pk}/restore/", **HTMX).status_code == 200
    assert signed_in(cast.alice).get(f"/files/{file.pk}/").status_code == 200
    assert delete_file(file, by=cast.alice).deleted_at is not None
