"""Deals, their lines and people, stages and pipelines as they stood: what `crm.past` reads instead of the tables.

A deal's rows of history are in the order (effective_at, id), and each says how the deal stood after it. At an instant
it stood as the newest of the rows that were *known* by then: `known_at` is when a change was recorded, so that what was
dated back afterwards does not leak in; only for the time before Penstock knew the deal at all it is when the change
took effect, as nothing else was ever believed of that time. `known_until` is when a later row took its place. What a
row of history does not hold (title, company, reason …) is today's, with everything taken back that changed later.

`deals(moment)` is a SELECT with all columns of `pipeline_deal`: whatever adds up deals of a past instant can start from
it.
"""

from typing import Any

from django.db import connection, models

from crm.moment import Moment
from crm.past import columns_of, literal, stands_for
from pipeline.models import Deal, DealChange, DealContact, DealLine, Pipeline, Stage
from pipeline.models.changes import FOREVER

LATER = "FROM public.pipeline_dealchange n WHERE n.deal_id = {deal} AND n.known_at > {at}"
FIRST = "ORDER BY n.effective_at, n.id LIMIT 1"

THEN = """
FROM public.pipeline_dealchange c LEFT JOIN public.pipeline_deal d ON d.id = c.deal_id
WHERE c.known_at <= {at} AND c.known_until > {at}"""

OF_ACTIVITIES = {
    "touched_at": """CASE WHEN d.touched_at <= {at} THEN d.touched_at ELSE (
        SELECT max(a.done_at) FROM public.pipeline_activity a WHERE a.deal_id = c.deal_id AND a.done_at <= {at}) END""",
    "next_step_id": """(
        SELECT a.id FROM public.pipeline_activity a
        WHERE a.deal_id = c.deal_id AND a.due_on IS NOT NULL AND a.created_at <= {at}
          AND (a.done_at IS NULL OR a.done_at > {at})
        ORDER BY a.due_on, a.due_time NULLS FIRST, a.id LIMIT 1)""",
}
CUSTOM = f"""jsonb_strip_nulls(d.custom || coalesce((
    SELECT jsonb_object_agg(substr(e.key, 8), e.value ORDER BY n.effective_at DESC, n.id DESC)
    {LATER.replace(" WHERE ", ", jsonb_each(n.was) e WHERE ").format(deal="c.deal_id", at="{at}")}
      AND starts_with(e.key, 'custom.')), '{{{{}}}}'))"""


@stands_for(Pipeline)
def pipelines(moment: Moment) -> str:
    """Their events tell what was changed."""

    def taken_back(field: Any) -> str:
        kind = field.db_type(connection)
        return f"""coalesce((
        SELECT (e.data #>> '{{changed,{field.attname},0}}')::{kind} FROM public.crm_event e
        WHERE e.noun = 'pipeline' AND e.object_id = p.id AND e.at > {literal(moment.at)}
          AND e.data -> 'changed' ? '{field.attname}' ORDER BY e.id LIMIT 1), p.{field.attname})"""

    return f"SELECT {columns_of(Pipeline, {'id': 'p.id'}, taken_back)} FROM public.pipeline_pipeline p"


@stands_for(Stage)
def stages(moment: Moment) -> str:
    """As defined then. Those of a pipeline that came later, and those that deals were brought in with, as at first."""
    held = {"id", "pipeline_id", "name", "kind", "probability", "category", "stall_days", "position"}
    then = {name: f"s.{name}" for name in held} | {
        "id": "s.stage_id",
        "guidance": "coalesce(d.guidance, '')",
        "required_fields": "coalesce(d.required_fields, '{}')",
    }
    at = literal(moment.at)
    return f"""
SELECT {columns_of(Stage, then, lambda field: f"d.{field.attname}")}
FROM (
    SELECT DISTINCT ON (stage_id) * FROM public.pipeline_stagechange
    ORDER BY stage_id, recorded_at > {at}, CASE WHEN recorded_at > {at} THEN id ELSE -id END
) s LEFT JOIN public.pipeline_stage d ON d.id = s.stage_id
WHERE CASE WHEN s.recorded_at <= {at} THEN NOT s.is_deleted
      ELSE NOT EXISTS (
          SELECT FROM public.pipeline_stagechange o WHERE o.pipeline_id = s.pipeline_id AND o.recorded_at <= {at}
      ) OR EXISTS (
          SELECT FROM public.pipeline_dealchange c
          WHERE c.stage_id = s.stage_id AND c.known_at <= {at} AND c.known_at < c.recorded_at
      ) END"""


@stands_for(DealLine)
def lines(moment: Moment) -> str:
    parts = ["(part ->> 0)::bigint", *(f"(part ->> {place})::numeric" for place in range(1, 5)), "place - 1"]
    return _replaced(DealLine, "lines", parts, moment)


@stands_for(DealContact)
def people(moment: Moment) -> str:
    return _replaced(DealContact, "people", ["(part ->> 0)::bigint", "part ->> 1"], moment)


def _replaced(model: type[models.Model], name: str, parts: list[str], moment: Moment) -> str:
    """What hangs on a deal: today's, or what the first later change says was there before. `parts` are of the latter,
    in the order of the model's columns behind its id and its deal."""
    at, table = literal(moment.at), model._meta.db_table
    columns = [field.attname for field in model._meta.concrete_fields]
    later = f"{LATER.format(deal='l.deal_id', at=at)} AND n.was ? '{name}'"
    return f"""
SELECT {", ".join(f"l.{column}" for column in columns)} FROM public.{table} l WHERE NOT EXISTS (SELECT {later})
UNION ALL
SELECT -(was.id * 1000 + place), was.deal_id, {", ".join(parts)}
FROM (
    SELECT DISTINCT ON (deal_id) id, deal_id, was -> '{name}' AS was FROM public.pipeline_dealchange
    WHERE known_at > {at} AND was ? '{name}' ORDER BY deal_id, effective_at, id
) was, jsonb_array_elements(was.was) WITH ORDINALITY AS each(part, place)"""


@stands_for(Deal)
def deals(moment: Moment) -> str:
    """With all columns of the table. The archived ones stand apart, so that to ask for the others costs nothing."""
    at = literal(moment.at)
    held = {field.attname for field in DealChange._meta.concrete_fields} & {
        field.attname for field in Deal._meta.concrete_fields
    }
    then = {column: f"c.{column}" for column in held} | {
        "id": "c.deal_id",
        "created_at": "d.created_at",
        "rank": "d.rank",  # today's: to find where among its neighbours each card lay would take half a minute
        "custom": CUSTOM.format(at=at),
        "archived_at": "NULL::timestamptz",
    }
    then |= {column: how.format(at=at) for column, how in OF_ACTIVITIES.items()}
    live = columns_of(Deal, then, lambda field: _taken_back(field, at))
    del then["archived_at"]
    archived = columns_of(Deal, then, lambda field: _taken_back(field, at))
    where = THEN.format(at=at)
    return f"SELECT {live} {where} AND NOT c.is_archived UNION ALL SELECT {archived} {where} AND c.is_archived"


def _taken_back(field: Any, at: str) -> str:
    """A column that history has only where it changed."""
    kind, column = field.db_parameters(connection), field.attname
    collation = f' COLLATE "{kind["collation"]}"' if kind.get("collation") else ""
    later = f"SELECT n.was -> '{column}' {LATER.format(deal='c.deal_id', at=at)} AND n.was ? '{column}' {FIRST}"
    taken_back = f"((coalesce(({later}), to_jsonb(d.{column})) #>> '{{}}')::{kind['type']}{collation})"
    return f"CASE WHEN c.known_until = {literal(FOREVER)} THEN d.{column} ELSE {taken_back} END"
