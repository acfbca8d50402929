"""One immutable function that folds text: Postgres calls unaccent stable, because its dictionary could be exchanged."""

from django.db import migrations

FOLD = """
CREATE FUNCTION penstock_fold(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(unaccent('unaccent'::regdictionary, $1))
"""


class Migration(migrations.Migration):
    dependencies = [("crm", "0005_jobs")]
    operations = [migrations.RunSQL(FOLD, "DROP FUNCTION penstock_fold(text)")]
