"""/deals/{id}/files/: list, upload, download, delete, as the page does it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from pipeline.filing import delete_file
from pipeline.models import Deal, DealFile
from tests.api.conftest import Caller
from tests.cast import Cast

AsUser = Callable[..., Caller]
PDF = b"%PDF-1.7 offer"


def upload(caller: Caller, deal: Deal, name: str = "offer.pdf", content: bytes = PDF, **headers: str) -> Any:
    sent = {"file": SimpleUploadedFile(name, content)}
    return caller.client.post(f"/api/v1/deals/{deal.pk}/files/", sent, headers=caller.headers | headers)


def test_it_is_added_listed_read_and_deleted(cast: Cast, as_user: AsUser) -> None:
    deal, alice = cast.deal(), as_user(cast.alice)
    added = upload(alice, deal)
    assert added.status_code == 201
    body = added.json()
    assert (body["name"], body["size"], body["content_type"], body["by"]) == (
        "offer.pdf", 14, "application/pdf", cast.alice.pk,
    )  # fmt: skip
    assert alice.get(f"deals/{deal.pk}/files/").json()["results"] == [body]
    read = alice.get(f"deals/{deal.pk}/files/{body['id']}/")
    assert b"".join(read.streaming_content) == PDF
    assert read["Content-Disposition"] == 'attachment; filename="offer.pdf"'
    assert alice.delete(f"deals/{deal.pk}/files/{body['id']}/").status_code == 204
    assert alice.get(f"deals/{deal.pk}/files/").json()["results"] == []
    assert alice.get(f"deals/{deal.pk}/files/{body['id']}/").status_code == 404


@pytest.mark.parametrize(("name", "content"), [("a.svg", b"<svg/>"), ("a.pdf", b"MZ"), ("a.exe.pdf", PDF)])
def test_what_the_page_refuses_is_refused(cast: Cast, as_user: AsUser, name: str, content: bytes) -> None:
    answer = upload(as_user(cast.alice), cast.deal(), name, content)
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["file"])


def test_without_a_file_it_says_so(cast: Cast, as_user: AsUser) -> None:
    deal, alice = cast.deal(), as_user(cast.alice)
    answer = alice.client.post(f"/api/v1/deals/{deal.pk}/files/", {"name": "x"}, headers=alice.headers)
    assert answer.json()["errors"] == {"file": ["Send one file under the name “file”."]}


def test_a_key_makes_it_once_even_if_it_is_large(cast: Cast, as_user: AsUser) -> None:
    deal, alice = cast.deal(), as_user(cast.alice)
    large = PDF + bytes(3 << 20)
    first, second = (upload(alice, deal, "offer.pdf", large, **{"Idempotency-Key": "one"}) for _ in range(2))
    assert (first.status_code, second.json(), DealFile.objects.count()) == (201, first.json(), 1)
    assert upload(alice, deal, "offer.pdf", PDF, **{"Idempotency-Key": "one"}).status_code == 422


def test_a_file_of_another_deal_is_not_there(cast: Cast, as_user: AsUser) -> None:
    alice, mine, other = as_user(cast.alice), cast.deal(), cast.deal("Other")
    file = upload(alice, other).json()["id"]
    assert alice.get(f"deals/{mine.pk}/files/{file}/").status_code == 404
    delete_file(DealFile.objects.get(pk=file), by=cast.alice)
    assert alice.delete(f"deals/{other.pk}/files/{file}/").status_code == 404
