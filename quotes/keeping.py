"""The PDFs that are kept. What one says is written down in the transaction that needs it; a worker sets its file right
after the commit, or whoever asks for it sooner: once, and the same bytes whoever does it."""

import hashlib
import logging
import os
from collections.abc import Callable
from typing import Any

from django.db import transaction

from crm.errors import Refused
from quotes.models import Document, DocumentKind, Invoice, Quote
from quotes.typesetting import fonts_for, typeset

log = logging.getLogger(__name__)


def plan(kind: DocumentKind, data: dict[str, Any], *, name: str) -> Document:
    """From now on it says this and nothing else. Raises FontMissing, so that nothing goes out that cannot be set."""
    fonts_for(data)
    planned = Document.objects.create(kind=kind, name=name.replace("/", "-"), language=data["language"], data=data)
    _wake(planned)
    return planned


def made(document: Document) -> Document:
    """With its file; waits if it is being set. Raises FontMissing."""
    if document.is_made:
        return document
    with transaction.atomic():
        held = Document.objects.select_for_update().get(pk=document.pk)
        if not held.is_made:
            _make(held)
    return held


def kept(paper: Quote | Invoice, planned: Callable[[Any], Document], *, is_out: bool) -> Document | None:
    """The PDF of what went out, as `planned` when it did; None of a draft. Raises FontMissing.

    What went out before documents were planned at once is planned now.
    """
    if paper.document is None and is_out:
        paper.document = _planned_late(paper, planned)
    if paper.document is not None:
        paper.document = made(paper.document)
    return paper.document


@transaction.atomic
def _planned_late(paper: Quote | Invoice, planned: Callable[[Any], Document]) -> Document:
    held: Any = type(paper)._default_manager.select_for_update(of=["self"]).get(pk=paper.pk)
    if held.document is None:
        held.document = planned(held)
        held.save(update_fields=["document"])
    document: Document = held.document
    return document


def make_due(*only: int) -> int:
    """Those that are planned and have no file yet, or `only` some of them. Returns how many were made."""
    waiting = Document.objects.unmade().order_by("pk")
    return sum(_attempt(document) for document in (waiting.filter(pk__in=only) if only else waiting))


def _attempt(document: Document) -> bool:
    try:
        return made(document).is_made
    except Refused as refused:
        log.warning("The PDF %s was not made: %s", document.pk, refused)
        return False


def _make(document: Document) -> None:
    """The name of the file is taken at the very end: what a worker that died left behind is written over."""
    content, part = typeset(document.data), document.path.with_suffix(".part")
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part.write_bytes(content)
    part.chmod(0o400)
    os.replace(part, document.path)
    document.sha256, document.size = hashlib.sha256(content).hexdigest(), len(content)
    document.save(update_fields=["sha256", "size"])


def _wake(document: Document) -> None:
    """A worker, after commit. A lost wake-up costs minutes: beat looks too."""
    from quotes.tasks import make_document

    transaction.on_commit(lambda: make_document.delay(document.pk), robust=True)
