"""add_file, delete_file, restore_file: what is taken, where it stands, and what is refused."""

import hashlib

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile

from crm.errors import Refused
from crm.models import Event
from pipeline.filing import add_file, delete_file, restore_file
from pipeline.models import Deal, DealFile
from tests.cast import Cast

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7 offer"
PNG = b"\x89PNG\r\n\x1a\n...."


def add(cast: Cast, deal: Deal, name: str = "offer.pdf", content: bytes = PDF) -> DealFile:
    return add_file(deal, file=ContentFile(content), name=name, by=cast.alice)


def test_it_keeps_the_bytes_under_a_name_nobody_can_guess(cast: Cast) -> None:
    deal = cast.deal()
    file = add(cast, deal)
    assert (file.name, file.size, file.content_type) == ("offer.pdf", 14, "application/pdf")
    assert file.sha256 == hashlib.sha256(PDF).hexdigest()
    assert file.path.read_bytes() == PDF
    assert "offer" not in file.place
    assert len(file.path.name) == 48
    assert oct(file.path.stat().st_mode & 0o777) == "0o600"


def test_it_tells(cast: Cast) -> None:
    deal = cast.deal()
    file = add(cast, deal)
    event = Event.objects.get(kind="file.added")
    assert (event.object_id, event.data["deal"], event.data["name"]) == (file.pk, deal.pk, "offer.pdf")
    assert (event.owner_ids, event.team_ids) == ([cast.alice.pk], [cast.north.pk])


@pytest.mark.parametrize(
    ("name", "content", "content_type"),
    [
        ("photo.PNG", PNG, "image/png"),
        ("photo.jpeg", b"\xff\xd8\xff\xe0", "image/jpeg"),
        ("sheet.xlsx", b"PK\x03\x04", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        ("letter.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
        ("лист.csv", "име;цена".encode(), "text/csv"),
        ("Offer v1.2.pdf", PDF, "application/pdf"),
        ("C:\\Users\\me\\offer.pdf", PDF, "application/pdf"),
    ],
)
def test_these_are_taken(cast: Cast, name: str, content: bytes, content_type: str) -> None:
    file = add(cast, cast.deal(), name, content)
    assert (file.content_type, file.name) == (content_type, name.rpartition("\\")[2])


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("setup.exe", b"MZ", "“setup.exe” is not of a kind that is kept here. These are: pdf, png,"),
        ("logo.svg", b"<svg", "“logo.svg” is not of a kind that is kept here."),
        ("page.html", b"<html>", "“page.html” is not of a kind that is kept here."),
        ("offer", PDF, "“offer” is not of a kind that is kept here."),
        ("offer.exe.pdf", PDF, "“offer.exe.pdf” has two endings (.exe and .pdf). Give it one."),
        ("offer.pdf.docx", b"PK\x03\x04", "“offer.pdf.docx” has two endings (.pdf and .docx). Give it one."),
        ("offer.pdf", b"MZ\x90", "“offer.pdf” does not contain what its ending .pdf says."),
        ("photo.png", b"<svg onload=alert(1)>", "“photo.png” does not contain what its ending .png says."),
        ("notes.txt", b"\n<!DOCTYPE html><script>", "“notes.txt” does not contain what its ending .txt says."),
        ("notes.txt", b"\x00\x01", "“notes.txt” does not contain what its ending .txt says."),
        ("picture.webp", b"RIFF....AVI ", "“picture.webp” does not contain what its ending .webp says."),
        ("offer.pdf", b"", "“offer.pdf” is empty."),
    ],
)
def test_these_are_refused_and_it_says_why(cast: Cast, name: str, content: bytes, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        add(cast, cast.deal(), name, content)
    assert sentence in refused.value.errors["file"][0]
    assert not DealFile.objects.exists()


def test_too_large_and_too_many_are_refused(cast: Cast, settings: LazySettings) -> None:
    deal = cast.deal()
    settings.FILE_SIZE, settings.FILES_OF_DEAL = 2 << 20, 3 << 20
    with pytest.raises(Refused) as refused:
        add(cast, deal, content=PDF + bytes(2 << 20))
    assert refused.value.errors == {"file": ["“offer.pdf” is larger than 2 MB."]}
    kept = add(cast, deal, content=PDF + bytes((2 << 20) - 14))
    with pytest.raises(Refused) as refused:
        add(cast, deal, content=PDF + bytes((2 << 20) - 14))
    assert refused.value.errors == {"file": ["A deal’s files may have 3 MB in all; 2 MB are used."]}
    delete_file(kept, by=cast.alice)
    add(cast, deal, content=PDF + bytes((2 << 20) - 14))
    with pytest.raises(Refused):
        restore_file(kept, by=cast.alice)


def test_a_long_name_keeps_its_ending(cast: Cast) -> None:
    name = add(cast, cast.deal(), "a" * 300 + ".pdf").name
    assert (len(name), name[-4:]) == (120, ".pdf")


def test_deleted_it_can_be_had_back(cast: Cast) -> None:
    file = add(cast, cast.deal())
    assert delete_file(file, by=cast.mia).deleted_at is not None
    assert delete_file(file, by=cast.mia).deleted_at is not None
    assert restore_file(file, by=cast.alice).deleted_at is None
    assert file.path.exists()
    kinds = Event.objects.filter(noun="file").order_by("pk").values_list("kind", flat=True)
    assert list(kinds) == ["file.added", "file.deleted", "file.restored"]
