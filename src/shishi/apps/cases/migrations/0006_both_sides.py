from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0005_answering_ratings")]
    operations = [
        migrations.AddField("caselink", "there", models.JSONField(default=dict)),
        migrations.AddField("caselink", "heard_at", models.DateTimeField(null=True)),
    ]
