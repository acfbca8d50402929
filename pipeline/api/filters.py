"""The parameters that narrow a list of deals: those of the pages, taken strictly, and a few more for machines."""

from crm.rest.filters import Param, choices, day, flag, ids_or_none, number, text, yes
from crm.rest.past import AS_OF
from pipeline.filters import OFFERED
from pipeline.models import Category, Outcome

CATEGORIES = [*Category.values, "won"]
ASKED: dict[str, Param] = AS_OF | {  # narrowed by pipeline.filters, as on the board and the list
    "q": text("Part of the title or of the company’s name.", ""),
    "pipeline": ids_or_none("Only in these pipelines."),
    "stage": ids_or_none("Only in these stages."),
    "outcome": choices("Open, won or lost.", "", Outcome.values),
    "owner": ids_or_none("Only of these owners."),
    "team": ids_or_none("Only of these teams and those below them; `none`: of no team."),
    "in_team": ids_or_none("Only of exactly these teams."),
    "company": ids_or_none("Only with these companies; `none`: without one."),
    "contact": ids_or_none("Only with one of these people; `none`: without any."),
    "source": ids_or_none("Only from these sources; `none`: from none."),
    "product": ids_or_none("Only with one of these products on a line; `none`: without lines."),
    "reason": ids_or_none("Only closed for these reasons; use it with `outcome`."),
    "win_reason": ids_or_none("Only won for these reasons."),
    "loss_reason": ids_or_none("Only lost for these reasons."),
    "sector": text("Only with companies of these sectors; `none`: of none.", "", is_many=True),
    "country": text("Only with companies in these countries.", "", is_many=True),
    "competitor": text("Only lost to these competitors.", "", is_many=True),
    "currency": text("Only in these currencies.", "", is_many=True),
    "category": choices("Only of these forecast categories; `closed` and `won` are the won ones.", "", CATEGORIES),
    "amount_from": number("Worth at least so much in the base currency: open at today’s rate, closed as frozen."),
    "amount_to": number("Worth at most so much in the base currency."),
    "expected_from": day("Expected to close on this day or later."),
    "expected_to": day("Expected to close on this day or before."),
    "expected_before": day("Expected to close before this day."),
    "closed_from": day("Closed on this day or later."),
    "closed_to": day("Closed on this day or before."),
    "closed_before": day("Closed before this day."),
    "opened_from": day("Opened on this day or later."),
    "opened_to": day("Opened on this day or before."),
    "counts_from": day("Counts in the forecast on this day or later: won by its close, open by its expected close."),
    "counts_before": day("Counts in the forecast before this day."),
    "mine": yes("Only your own."),
    "stalled": yes("Open beyond the stage’s limit, untouched since, and nothing planned."),
    "no_step": yes("Open without a next step."),
    "undated": yes("Without an expected close date."),
    "overdue": yes("Open, and the expected close has passed."),
    "unconverted": yes("Without an exchange rate, so in no sum."),
    **{name: ids_or_none(str(about)) for name, about in OFFERED.items()},
}  # fmt: skip
OWN: dict[str, Param] = {
    "external_id": text("The id in your own system.", "external_id"),
    "archived": flag(
        "Only archived deals, or with `false` only the others. Without it the others.",
        lambda rows, wanted: rows.filter(archived_at__isnull=not wanted),
    ),
}  # fmt: skip
