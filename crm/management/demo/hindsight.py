"""What the demo set up just now is dated back to when it would have been set, so that a look into the past finds it."""

from django.db import connection

from crm.models import Workspace

# Rates on their day, plans two months before their year. Quotas six weeks before their month, each revision three weeks
# after the one before. What is to be done was planned some days before.
DATED_BACK = """
SET CONSTRAINTS ALL IMMEDIATE;
ALTER TABLE forecasting_quotachange DISABLE TRIGGER append_only;
UPDATE crm_exchangerate SET recorded_at = "on"::timestamp AT TIME ZONE '{zone}';
UPDATE crm_planrate r SET recorded_at = least(r.recorded_at, (p.starts_on - 60)::timestamp AT TIME ZONE '{zone}')
FROM crm_fiscalperiod p WHERE p.id = r.period_id;
UPDATE forecasting_quotachange c SET recorded_at = t.at, effective_at = t.at FROM (
    SELECT id, least(recorded_at, (starts_on - 42)::timestamp AT TIME ZONE '{zone}' + interval '21 days'
        * (row_number() OVER (PARTITION BY owner_id, team_id, starts_on, ends_on, unit, family ORDER BY id) - 1)) AS at
    FROM forecasting_quotachange) AS t WHERE t.id = c.id;
UPDATE pipeline_activity a
SET created_at = greatest(d.opened_at, coalesce(a.done_at, a.due_on::timestamptz) - interval '9 days')
FROM pipeline_deal d WHERE d.id = a.deal_id AND coalesce(a.done_at, a.due_on::timestamptz) IS NOT NULL;
ALTER TABLE forecasting_quotachange ENABLE TRIGGER append_only;
"""


def date_back() -> None:
    with connection.cursor() as cursor:
        for statement in filter(str.strip, DATED_BACK.format(zone=Workspace.current().time_zone).split(";")):
            cursor.execute(statement)
