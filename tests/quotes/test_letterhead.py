"""The letterhead: who we are on documents, and which logos are taken."""

import struct
import zlib
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from crm.errors import Refused
from crm.models import Event
from quotes.actions.letterhead import revise_letterhead
from quotes.documents import document_of
from quotes.logos import LARGEST, drawing_of
from quotes.models import Letterhead, Logo
from quotes.typesetting import typeset
from tests.cast import Cast
from tests.quotes.test_documents import draft, text_of

pytestmark = pytest.mark.django_db
SVG = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 120 40"><rect width="40" height="40" fill="#1d4ed8"/></svg>'
)


def png(width: int = 4, height: int = 2) -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    rows = b"".join(b"\0" + b"\xff\0\0" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def jpeg(width: int = 300, height: int = 100) -> bytes:
    """As far as its size is told."""
    return b"\xff\xd8\xff\xe0\0\x04ab\xff\xc0\0\x11\x08" + struct.pack(">HH", height, width) + b"\0" * 12


@pytest.mark.parametrize(
    ("content", "kind", "size"),
    [(SVG, "image/svg+xml", (120, 40)), (png(), "image/png", (4, 2)), (jpeg(), "image/jpeg", (300, 100))],
)
def test_a_logo_is_kept_with_its_size(cast: Cast, content: bytes, kind: str, size: tuple[int, int]) -> None:
    logo = revise_letterhead(logo=content, by=cast.dana).logo
    assert logo is not None
    assert (logo.content_type, (logo.width, logo.height)) == (kind, size)
    assert drawing_of(logo.pk).startswith("<svg")


@pytest.mark.parametrize(
    "content",
    [
        b"GIF89a",
        b"not a picture",
        b"<html></html>",
        SVG.replace(b"<rect", b"<script>1</script><rect"),
        SVG.replace(b"<rect", b'<rect onclick="1"'),
        SVG.replace(b"<rect", b'<image href="http://elsewhere.example/x.png"/><rect'),
        SVG.replace(b"<rect", b'<use href="http://elsewhere.example/x.svg#a"/><rect'),
        SVG.replace(b"#1d4ed8", b"url(http://elsewhere.example/x)"),
        SVG.replace(b"<rect", b"<style>@import url(//elsewhere.example)</style><rect"),
        b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + SVG.replace(b"</svg>", b"&x;</svg>"),
        b'<?xml-stylesheet href="http://elsewhere.example/x.css"?>' + SVG.replace(b"<rect", b"<foreignObject/><rect"),
        png(5000, 1),
        b"\0" * (LARGEST + 1),
    ],
)
def test_no_other_file_is_a_logo(cast: Cast, content: bytes) -> None:
    with pytest.raises(Refused) as refused:
        revise_letterhead(logo=content, by=cast.dana)
    assert list(refused.value.errors) == ["logo"]
    assert not Logo.objects.exists()


def test_an_accent_must_be_readable(cast: Cast) -> None:
    for accent in ("#ffff00", "red", "#12"):
        with pytest.raises(Refused) as refused:
            revise_letterhead(accent=accent, by=cast.dana)
        assert list(refused.value.errors) == ["accent"]
    assert revise_letterhead(accent="#0f766e", by=cast.dana).accent == "#0f766e"


def test_it_is_on_documents_from_then_on_and_audited(cast: Cast) -> None:
    revise_letterhead(name="Halden", logo=png(), accent="#0f766e", by=cast.dana)
    data = document_of(draft(cast))
    assert (data["seller"], data["accent"], bool(data["logo"])) == ("Halden", "#0f766e", True)
    assert "Halden" in text_of(typeset(data))
    assert Event.objects.get(kind="letterhead.revised").data["changed"]["name"] == ["", "Halden"]
    revise_letterhead(logo=b"", by=cast.dana)
    assert document_of(draft(cast))["logo"] == ""


def test_its_page_saves_and_shows_it(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    assert client.get("/settings/letterhead/").status_code == 200
    typed: dict[str, Any] = {"name": "Halden", "country": "DE", "accent": "#0f766e", "paper": "a4"}
    upload = SimpleUploadedFile("logo.svg", SVG)
    response = client.post("/settings/letterhead/", typed | {"logo": upload})
    assert response.status_code == 302
    found = Letterhead.objects.get()
    assert (found.name, found.country, found.logo is not None) == ("Halden", "DE", True)
    image = client.get("/settings/letterhead/de/")
    assert (image["Content-Type"], image.content[:4]) == ("image/png", b"\x89PNG")
    client.post("/settings/letterhead/", typed | {"no_logo": "on"})
    assert Letterhead.objects.get().logo is None


def test_its_page_keeps_what_was_typed(cast: Cast, client: Client) -> None:
    client.force_login(cast.dana)
    typed = {"name": "Halden", "accent": "#ffff00", "paper": "a4"}
    response = client.post("/settings/letterhead/", typed | {"logo": SimpleUploadedFile("logo.png", b"no picture")})
    assert response.status_code == 422
    assert "logo" in response.context["form"].errors
    assert 'value="Halden"' in response.content.decode()


def test_only_administrators_come_there(cast: Cast, client: Client) -> None:
    client.force_login(cast.mia)
    assert client.get("/settings/letterhead/").status_code == 403
