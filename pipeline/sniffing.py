"""Which files are taken: by the ending of their name *and* by how their bytes begin. No Django."""

from typing import NamedTuple

ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Kind(NamedTuple):
    content_type: str
    begins: tuple[bytes, ...] = ()  # empty: text


WORD = "application/vnd.openxmlformats-officedocument"
OPEN = "application/vnd.oasis.opendocument"
KINDS = {
    "pdf": Kind("application/pdf", (b"%PDF-",)),
    "png": Kind("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": Kind("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": Kind("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": Kind("image/gif", (b"GIF87a", b"GIF89a")),
    "webp": Kind("image/webp", (b"RIFF",)),
    "docx": Kind(f"{WORD}.wordprocessingml.document", (ZIP,)),
    "xlsx": Kind(f"{WORD}.spreadsheetml.sheet", (ZIP,)),
    "pptx": Kind(f"{WORD}.presentationml.presentation", (ZIP,)),
    "odt": Kind(f"{OPEN}.text", (ZIP,)),
    "ods": Kind(f"{OPEN}.spreadsheet", (ZIP,)),
    "odp": Kind(f"{OPEN}.presentation", (ZIP,)),
    "zip": Kind("application/zip", (ZIP,)),
    "doc": Kind("application/msword", (OLE,)),
    "xls": Kind("application/vnd.ms-excel", (OLE,)),
    "ppt": Kind("application/vnd.ms-powerpoint", (OLE,)),
    "msg": Kind("application/vnd.ms-outlook", (OLE,)),
    "txt": Kind("text/plain"),
    "csv": Kind("text/csv"),
    "md": Kind("text/markdown"),
    "eml": Kind("message/rfc822"),
    "ics": Kind("text/calendar"),
    "vcf": Kind("text/vcard"),
}
# What a name may not have before its ending either: some programs go by the first they know.
DANGEROUS = set(
    """apk app bat bin cgi chm cmd com cpl dll dmg docm exe hta htm html iso jar js jse lnk mht mhtml mjs msi php phtml
    pif pl ps1 py rb scr sh svg svgz swf vb vbe vbs wsf xht xhtml xlsm xml xsl""".split()  # noqa: SIM905
)
LOOKED_AT = 512


def ending(name: str) -> str:
    return name.rpartition(".")[2].lower() if "." in name else ""


def hidden_ending(name: str) -> str:
    """A dangerous or a second known ending before the last one: `offer.exe.pdf`, `offer.pdf.docx`."""
    parts = [part.strip().lower() for part in name.split(".")[1:-1]]
    return next((part for part in parts if part in DANGEROUS or part in KINDS), "")


def type_of(name: str, start: bytes) -> str:
    """The content type of a file of that name with those first bytes; empty if they do not belong together."""
    kind = KINDS.get(ending(name))
    if kind is None:
        return ""
    if not kind.begins:
        return kind.content_type if _is_text(start) else ""
    if not start.startswith(kind.begins) or (kind.content_type == "image/webp" and start[8:12] != b"WEBP"):
        return ""
    return kind.content_type


def _is_text(start: bytes) -> bool:
    """UTF-8 (cut off anywhere) without control characters, and not a page that a browser would run."""
    if any(byte < 32 and byte not in b"\t\n\r\f\x1b" for byte in start):
        return False
    return (
        not start.lstrip(b"\xef\xbb\xbf \t\r\n")
        .lower()
        .startswith((b"<!doctype", b"<html", b"<svg", b"<?xml", b"<script"))
    )
