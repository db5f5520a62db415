"""Doubts: four more kinds of findings."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("supervision", "0006_replies_with_workbooks"),
    ]

    operations = [
        migrations.AlterField(
            model_name="findingrow",
            name="kind",
            field=models.CharField(
                choices=[
                    ("behind", "进度滞后"),
                    ("silent", "到期未报"),
                    ("over_whole", "比例超百"),
                    ("parts_differ", "上下不符"),
                    ("contradictory", "数据矛盾"),
                    ("falling", "数据回落"),
                    ("last_day_jump", "期末突增"),
                    ("round_number", "整数存疑"),
                    ("copied_rows", "条目雷同"),
                    ("never_falls", "只增不减"),
                    ("digits", "数字分布异常"),
                    ("against_voices", "与群众评分相反"),
                ],
                max_length=20,
            ),
        ),
    ]
