from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_everybodys_tasks")]

    operations = [
        migrations.CreateModel(
            name="CaseCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.CharField(blank=True, max_length=64)),
                ("ahead", models.CharField(blank=True, max_length=64)),
                ("reached", models.PositiveBigIntegerField(default=0)),
                ("at", models.DateTimeField(null=True)),
            ],
        ),
    ]
