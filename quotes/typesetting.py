"""PDFs and page images, set by typst from a document's data. One compiler a process, kept warm.

typst remembers its last ten runs, which makes small documents quick and would hold 35 MB for each of 300 lines: after a
large one it is made to forget them, so that the process stays as small as small documents leave it.
"""

import json
import re
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

import fontpkg_noto_sans
import typst
from django.conf import settings
from django.utils.translation import gettext as _

from crm.errors import Refused
from quotes.logos import drawing_of

LAYOUT = Path(settings.BASE_DIR) / "templates" / "quotes" / "documents"
LATIN = Path(fontpkg_noto_sans.__file__).parent / "files"  # Cyrillic and Vietnamese too
CHINESE = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN")
IDEOGRAPH = re.compile("[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]")
SHARPNESS = 110  # dots per inch of a page image
REMEMBERED = 10  # runs, by typst
LARGE = 15_000  # characters of data: some fifty lines
_one_at_a_time = Lock()


class FontMissing(Refused):
    """Penstock brings no Chinese font along, and the server has none."""

    def __init__(self) -> None:
        super().__init__(
            language=_("No font on this server has Chinese characters. Install one, like Debian’s fonts-noto-cjk.")
        )


def typeset(data: dict[str, Any]) -> bytes:
    """The PDF: the same bytes for the same data. Raises FontMissing."""
    made = _compile(data, format="pdf", timestamp=_midnight(data["date"]))
    return made if isinstance(made, bytes) else made[0]


def pages_of(data: dict[str, Any]) -> list[bytes]:
    """Each page as a PNG. Raises FontMissing."""
    made = _compile(data, format="png", ppi=SHARPNESS)
    return [made] if isinstance(made, bytes) else made


def _compile(data: dict[str, Any], **how: Any) -> bytes | list[bytes]:
    text = json.dumps(data | {"fonts": fonts_for(data)}, ensure_ascii=False)
    inputs = {"data": text, "logo": drawing_of(data["logo"]) if data["logo"] else ""}
    with _one_at_a_time:
        made = _compiler().compile(sys_inputs=inputs, **how)
        if len(text) > LARGE:
            _forget()
    assert made is not None
    return made


def _forget() -> None:
    """What was remembered longest goes first: runs of nothing push out the rest. Under a millisecond."""
    for _run in range(REMEMBERED + 1):
        _nothing().compile(b"", format="svg")


def fonts_for(data: dict[str, Any]) -> list[str]:
    """What Noto Sans falls back on. Raises FontMissing if there is Chinese in it, and no font that has that."""
    needed = IDEOGRAPH.search(json.dumps(data, ensure_ascii=False))
    if needed and not _chinese():
        for found_before in (_fonts, _compiler):  # it may have been installed since
            found_before.cache_clear()
        if not _chinese():
            raise FontMissing
    return _chinese()


def _chinese() -> list[str]:
    return [name for name in CHINESE if name in _fonts().families()][:1]


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False, font_paths=[LATIN])


@cache
def _compiler() -> typst.Compiler:
    return typst.Compiler(LAYOUT / "document.typ", root=LAYOUT, font_paths=_fonts())


@cache
def _nothing() -> typst.Compiler:
    return typst.Compiler(ignore_system_fonts=True)


def _midnight(day: str) -> datetime:
    return datetime.fromisoformat(day).replace(tzinfo=UTC)
