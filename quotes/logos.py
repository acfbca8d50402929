"""Logos: what is taken, and the drawing that documents are made with."""

import base64
import hashlib
import re
import struct
from functools import lru_cache
from typing import NamedTuple

from django.utils.translation import gettext as _
from lxml import etree

from crm.errors import Refused
from quotes.models import Logo

LARGEST = 300_000  # bytes
WIDEST = 4000  # pixels
PNG, JPEG, SVG = "image/png", "image/jpeg", "image/svg+xml"
BEGINS = {PNG: b"\x89PNG\r\n\x1a\n", JPEG: b"\xff\xd8\xff"}
DRAWN = "{http://www.w3.org/2000/svg}"
SAFE = {  # elements of an SVG: nothing that runs, loads or animates
    "svg", "g", "defs", "title", "desc", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text",
    "tspan", "linearGradient", "radialGradient", "stop", "clipPath", "mask", "use", "symbol", "pattern", "style",
}  # fmt: skip
LEADS_OUT = re.compile(r"url\(\s*['\"]?(?!#)|javascript:|data:|@import|expression", re.IGNORECASE)


class Size(NamedTuple):
    width: int
    height: int


def logo_from(content: bytes) -> Logo:
    """Kept once, whoever brings it. Raises Refused if it is not a picture that is safe to show."""
    if len(content) > LARGEST:
        raise Refused(logo=_("The logo is larger than %(most)d KB.") % {"most": LARGEST // 1000})
    content_type = next((name for name, begin in BEGINS.items() if content.startswith(begin)), SVG)
    size = {PNG: _png_size, JPEG: _jpeg_size, SVG: _svg_size}[content_type](content)
    if size is None:
        raise Refused(logo=_("That is no logo we can use: take a PNG, a JPEG, or an SVG without scripts and links."))
    if not (0 < size.width <= WIDEST and 0 < size.height <= WIDEST):
        raise Refused(logo=_("The logo is wider or higher than %(most)d pixels.") % {"most": WIDEST})
    fields = {"content_type": content_type, "content": content, "width": size.width, "height": size.height}
    return Logo.objects.get_or_create(pk=hashlib.sha256(content).hexdigest(), defaults=fields)[0]


@lru_cache(maxsize=8)
def drawing_of(sha256: str) -> str:
    """As SVG: a picture of dots within one."""
    logo = Logo.objects.get(pk=sha256)
    content = bytes(logo.content)
    if logo.content_type == SVG:
        return content.decode("utf-8-sig")
    box = f'width="{logo.width}" height="{logo.height}"'
    inside = f"data:{logo.content_type};base64,{base64.b64encode(content).decode()}"
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}><image {box} href="{inside}"/></svg>'


def _png_size(content: bytes) -> Size | None:
    return Size(*struct.unpack(">II", content[16:24])) if content[12:16] == b"IHDR" and len(content) > 32 else None


def _jpeg_size(content: bytes) -> Size | None:
    at = 2
    while at + 9 < len(content) and content[at] == 0xFF:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker in range(0xC0, 0xD0) and marker not in {0xC4, 0xC8, 0xCC}:
            height, width = struct.unpack(">HH", content[at + 5 : at + 9])
            return Size(width, height)
        at += 2 + length
    return None


def _svg_size(content: bytes) -> Size | None:
    """None if it is not well formed, or has anything in it that could do more than be looked at."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    try:
        root = etree.fromstring(content.lstrip(), parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    if root.tag != f"{DRAWN}svg" or b"<!ENTITY" in content or not all(map(_is_harmless, root.iter())):
        return None
    box = [float(part) for part in re.findall(r"-?[\d.]+", root.get("viewBox", ""))][2:4]
    sides = box or [_length(root.get("width", "")), _length(root.get("height", ""))]
    return Size(round(sides[0]) or 1, round(sides[1]) or 1) if len(sides) == 2 and min(sides) > 0 else None


def _length(text: str) -> float:
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(px|pt|mm|cm)?\s*", text)
    return float(found[1]) if found else 0


def _is_harmless(element: "etree._Element") -> bool:
    is_known = str(element.tag).removeprefix(DRAWN) in SAFE
    says = (element.text or "") if element.tag == f"{DRAWN}style" else ""
    attributes = element.attrib.items()
    return (
        is_known and not LEADS_OUT.search(says) and all(_is_harmless_attribute(str(n), str(v)) for n, v in attributes)
    )


def _is_harmless_attribute(name: str, value: str) -> bool:
    name = name.rpartition("}")[2].lower()
    if name == "href":
        return value.startswith("#")
    return not name.startswith("on") and not LEADS_OUT.search(value)
