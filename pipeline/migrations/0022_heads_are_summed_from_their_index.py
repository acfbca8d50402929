from django.db import migrations

# The heads of a board are summed from an index alone, as far as Postgres has swept the rows since they were changed: after
# a hundredth of them, not after a fifth as usual.
SWEPT = "ALTER TABLE pipeline_deal SET (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500)"
AS_USUAL = "ALTER TABLE pipeline_deal RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold)"


class Migration(migrations.Migration):

    dependencies = [("pipeline", "0021_indexes_of_what_is_there")]

    operations = [migrations.RunSQL(SWEPT, AS_USUAL)]
