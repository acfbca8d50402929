import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipeline", "0006_files_on_deals")]
    operations = [
        migrations.AddField(
            model_name="deal",
            name="merged_into",
            field=models.ForeignKey(
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="merged",
                to="pipeline.deal",
                verbose_name="merged into",
            ),
        ),
        migrations.AlterField(
            model_name="dealchange",
            name="verb",
            field=models.CharField(
                choices=[
                    ("opened", "opened"),
                    ("moved", "moved"),
                    ("won", "won"),
                    ("lost", "lost"),
                    ("reopened", "reopened"),
                    ("revised", "revised"),
                    ("handed_over", "handed over"),
                    ("archived", "archived"),
                    ("restored", "restored"),
                    ("cloned", "cloned"),
                    ("merged", "merged"),
                    ("unmerged", "unmerged"),
                    ("noted", "notes changed"),
                ],
                max_length=12,
            ),
        ),
    ]
