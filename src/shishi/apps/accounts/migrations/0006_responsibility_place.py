from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_citizens")]

    operations = [
        migrations.AddIndex(
            model_name="responsibility",
            index=models.Index(fields=["programme", "part", "division"], name="responsibility_place"),
        ),
    ]
