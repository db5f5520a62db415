import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0004_calendar"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="caserating",
            name="again_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="caserating",
            name="again_code",
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="caserating",
            name="again_text",
            field=models.TextField(blank=True, default=""),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="caserating",
            name="assignee",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="caserating",
            name="body",
            field=models.CharField(blank=True, default="", max_length=80),
            preserve_default=False,
        ),
    ]
