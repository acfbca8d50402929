"""The verbs of a deal's files. The bytes stand below settings.FILES; the row says whose they are."""

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.core.files.base import File
from django.db import models, transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import events
from crm.errors import Refused
from crm.models import User
from pipeline.models import Deal, DealFile
from pipeline.sniffing import KINDS, LOOKED_AT, ending, hidden_ending, type_of

LONGEST_NAME = 120


@transaction.atomic
def add_file(deal: Deal, *, file: "File[bytes]", name: str, by: User) -> DealFile:
    """Keep a file on the deal. Raises Refused if it is too large, one too many, or of a kind not safe to open."""
    name = _clean(name)
    content_type = _checked(name, file)
    Deal.objects.select_for_update().get(pk=deal.pk)  # two uploads at once must not pass the limit together
    _check_room(deal, file.size)
    kept = DealFile(deal=deal, name=name, size=file.size, content_type=content_type, by=by)
    kept.sha256 = _write(kept.path, file)
    try:
        kept.save()
        _tell(kept, "file.added", by)
    except BaseException:
        kept.path.unlink(missing_ok=True)
        raise
    return kept


def add_files(deal: Deal, *, files: Sequence["File[bytes]"], by: User) -> list[DealFile]:
    """All of them or none."""
    with transaction.atomic():
        added: list[DealFile] = []
        try:
            for file in files:
                added.append(add_file(deal, file=file, name=file.name or "", by=by))  # noqa: PERF401
        except BaseException:
            _unlink(kept.path for kept in added)
            raise
    return added


@transaction.atomic
def delete_file(file: DealFile, *, by: User) -> DealFile:
    """Off the deal; for 30 days it can be had back."""
    return _set_deleted(file, "file.deleted", by, deleted=True)


@transaction.atomic
def restore_file(file: DealFile, *, by: User) -> DealFile:
    return _set_deleted(file, "file.restored", by, deleted=False)


def erase(files: models.QuerySet[DealFile]) -> None:
    """Rows and bytes, for good; the bytes once nobody can read the rows any more."""
    paths = [file.path for file in files]
    files.delete()
    transaction.on_commit(lambda: _unlink(paths))


def _unlink(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _set_deleted(file: DealFile, kind: str, by: User, *, deleted: bool) -> DealFile:
    file = DealFile.objects.select_for_update(of=("self",)).select_related("deal").get(pk=file.pk)
    if (file.deleted_at is not None) == deleted:
        return file
    if not deleted:
        _check_room(file.deal, file.size)
    file.deleted_at = timezone.now() if deleted else None
    file.save(update_fields=["deleted_at"])
    _tell(file, kind, by)
    return file


def _tell(file: DealFile, kind: str, by: User) -> None:
    deal = file.deal
    data = {"deal": deal.pk, "stage": deal.stage_id, "pipeline": deal.pipeline_id, "name": file.name}
    reach = {"owner_ids": [deal.owner_id], "team_ids": [deal.team_id] if deal.team_id else []}
    events.record([events.event(kind, file, by=by, data=data | {"size": file.size, "sha256": file.sha256}, **reach)])


# ── What is taken ──────────────────────────────────────────────────────────────────────────────────


def _clean(name: str) -> str:
    """Without folders and control characters, and not longer than a line."""
    name = "".join(char for char in name.replace("\\", "/").rpartition("/")[2] if char.isprintable()).strip(" .")
    stem, dot, suffix = name.rpartition(".")
    return f"{stem[: LONGEST_NAME - len(suffix) - 1]}{dot}{suffix}" if len(name) > LONGEST_NAME else name


def _checked(name: str, file: "File[bytes]") -> str:
    if not file.size:
        raise Refused(file=_("“%(name)s” is empty.") % {"name": name})
    if file.size > settings.FILE_SIZE:
        words = {"name": name, "most": settings.FILE_SIZE >> 20}
        raise Refused(file=_("“%(name)s” is larger than %(most)d MB.") % words)
    if ending(name) not in KINDS:
        words = {"name": name, "kinds": ", ".join(KINDS)}
        raise Refused(file=_("“%(name)s” is not of a kind that is kept here. These are: %(kinds)s.") % words)
    if hidden := hidden_ending(name):
        text = _("“%(name)s” has two endings (.%(hidden)s and .%(ending)s). Give it one.")
        raise Refused(file=text % {"name": name, "hidden": hidden, "ending": ending(name)})
    start = file.read(LOOKED_AT)
    file.seek(0)
    if not (content_type := type_of(name, start)):
        text = _("“%(name)s” does not contain what its ending .%(ending)s says.")
        raise Refused(file=text % {"name": name, "ending": ending(name)})
    return content_type


def _check_room(deal: Deal, size: int) -> None:
    used = deal.files.filter(deleted_at=None).aggregate(sum=Sum("size"))["sum"] or 0
    if used + size > settings.FILES_OF_DEAL:
        text = _("A deal’s files may have %(most)d MB in all; %(used)d MB are used.")
        raise Refused(file=text % {"most": settings.FILES_OF_DEAL >> 20, "used": used >> 20})


def _write(path: Path, file: "File[bytes]") -> str:
    """Whole or not at all. Returns the SHA-256."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part, digest = path.with_suffix(".part"), hashlib.sha256()
    try:
        with part.open("xb") as out:
            for chunk in file.chunks():
                digest.update(chunk)
                out.write(chunk)
        part.chmod(0o600)
        part.replace(path)
    finally:
        with suppress(FileNotFoundError):
            part.unlink()
    return digest.hexdigest()
