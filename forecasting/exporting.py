"""The forecast as files: the table exactly as it is shown, and the deals beneath any of its numbers."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

from django.db import transaction
from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.access import Reach, asked_moment, reach_of
from crm.jobs import Chunk, create_job, start, work
from crm.models import Job, User
from crm.moment import BadMoment
from crm.money import round_to
from crm.past import looking_back
from crm.sheets import Value, write
from forecasting.cell_screen import CellScreen, cell_of
from forecasting.explaining import DealLine, every_deal
from forecasting.forms import Asked, AskForm
from forecasting.models import Export
from forecasting.screen import lines_of
from forecasting.table import Table
from forecasting.weighting import MEASURES, RATIOS
from forecasting.wording import measure_label, period_label

AT_ONCE = 2_000  # deals that are written while the person waits
KEPT_FOR = timedelta(days=7)
RATIO_DIGITS = 6
Row = Sequence[Value]


def table_rows(table: Table, asked: Asked) -> Iterator[Row]:
    """Every line with the values that the page rounds; what adjustments stand over is there as raw, too."""
    digits = 4 if table.type.is_count else table.display.digits
    unit = table.currency or _("Deals")
    raw = [_("%(column)s, raw") % {"column": measure_label("forecast")}] if table.is_judged else []
    heads = [measure_label(measure) for measure in MEASURES]
    yield [_("Level"), _("Team, person"), *heads, _("Σ members − team"), *raw, _("Period"), _("Unit")]
    for line in lines_of(table, asked, [row.key for row in table.rows]):
        values = [_rounded(line.values[measure], RATIO_DIGITS if measure in RATIOS else digits) for measure in MEASURES]
        values.append(_rounded(line.row.quota_mismatch, digits))
        values += [_rounded(line.row.value("forecast"), digits)] if table.is_judged else []
        yield [line.row.depth, line.row.name, *values, table.period.key, unit]


def _rounded(value: Decimal | None, digits: int) -> Decimal | None:
    return None if value is None else round_to(value, digits)


def deal_rows(cell: CellScreen, reach: Reach) -> Iterator[Row]:
    """Every deal beneath a number, each with what it adds to it."""
    base = cell.base
    yield [
        _("Number"), _("Deal"), _("Company"), _("Owner"), _("Stage"), _("Outcome"), _("Closed or expected"),
        _("Amount"), _("Currency"), _("Rate"), _("Rate of"), _("Amount in %(currency)s") % {"currency": base},
        _("Chance, %"), _("Category"), _("Adds"),
    ]  # fmt: skip
    for line in every_deal(cell.found.made_of, cell.table.type, reach=reach, opening=cell.opening):
        yield _deal_row(line)


def _deal_row(line: DealLine) -> Row:
    rate, on = line.rate or (None, None)
    outcome = _("Won") if line.is_won else _("Open")
    return [
        line.pk, line.title, line.company, line.owner, line.stage, outcome, line.day, line.amount, line.currency,
        rate, on, line.worth, Decimal(100) if line.is_won else line.chance, line.category_label, line.counts,
    ]  # fmt: skip


def table_name(table: Table) -> str:
    return f"{_('forecast')}-{table.period.key}"


def deals_name(cell: CellScreen) -> str:
    return f"{_('deals')}-{cell.found.row.key}-{cell.found.measure}-{cell.table.period.key}"


def sheet_title(table: Table) -> str:
    return period_label(table.period)


@contextmanager
def as_it_was_asked(user: User, asked: Asked) -> Iterator[Reach]:
    """With the user's reach, at the past instant that was asked for. Raises Http404 for no instant."""
    try:
        moment = asked_moment(user, asked.as_of)
    except BadMoment:
        raise Http404 from None
    with looking_back(moment):
        yield reach_of(user)


# ── Long ones ──────────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def export_deals(*, cell: CellScreen, form: str, by: User) -> Export:
    """A worker writes the file; its job says when, and leads to it."""
    name = f"{deals_name(cell)}.{form}"
    job = create_job(write_deals, title=name, total=cell.count, by=by)
    query = cell.asked.address.removeprefix("?")
    row, measure = cell.found.row.key, cell.found.measure
    export = Export.objects.create(by=by, job=job, row=row, measure=measure, query=query, form=form, name=name)
    job.result_url = reverse("forecasting:export-file", args=[export.pk])
    job.save(update_fields=["result_url"])
    start(job)
    return export


@work
def write_deals(job: Job) -> Chunk:
    """All of it in one go: whole or not at all, and again from the start if it was interrupted."""
    export = Export.objects.get(job=job)
    asked = AskForm(QueryDict(export.query)).asked()
    with as_it_was_asked(job.by, asked) as reach:
        cell = cell_of(reach, asked, export.row, export.measure)
        count = _write_whole(export.path, cell, reach, export.form) if cell else 0
    return Chunk(max(count, job.total), count, [])


def _write_whole(path: Path, cell: CellScreen, reach: Reach, form: str) -> int:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        count = write(deal_rows(cell, reach), form, file, title=sheet_title(cell.table))
    part.chmod(0o600)
    part.replace(path)
    return count


def forget_old() -> None:
    """Files that nobody needs any more go; their jobs stay in the list of what was done."""
    for export in Export.objects.filter(created_at__lt=timezone.now() - KEPT_FOR):
        export.path.unlink(missing_ok=True)
        export.delete()
        Job.objects.filter(pk=export.job_id).update(result_url="")
