"""What the program itself said of a failure is kept beside what people read of it."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="technical",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
    ]
