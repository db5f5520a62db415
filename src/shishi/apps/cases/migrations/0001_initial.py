"""Cases with their tasks, thread, materials, pauses, waits, calls, incidents and ratings."""

from __future__ import annotations

import django.db.models.deletion
import shishi.core.case_states
import shishi.core.materials
import shishi.core.tasks
import uuid
from django.conf import settings
from django.db import migrations, models

from shishi.apps.audit.append_only import append_only


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseNumber",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("series", models.CharField(max_length=60)),
                ("year", models.PositiveSmallIntegerField()),
                ("last", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("series", "year"), name="case_series")],
            },
        ),
        migrations.CreateModel(
            name="CaseRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("uuid", models.UUIDField(default=uuid.uuid4, unique=True)),
                ("number", models.CharField(max_length=60, unique=True)),
                ("once", models.CharField(blank=True, max_length=200, null=True, unique=True)),
                ("process", models.CharField(max_length=160)),
                ("digest", models.CharField(max_length=64)),
                ("programme", models.CharField(max_length=120)),
                ("item", models.CharField(blank=True, max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("division", models.CharField(max_length=12)),
                ("channel", models.CharField(default="online", max_length=20)),
                ("applicant_name", models.CharField(max_length=80)),
                ("applicant_kind", models.CharField(default="natural", max_length=10)),
                ("applicant_digest", models.CharField(blank=True, max_length=64)),
                ("phone_digest", models.CharField(blank=True, max_length=64)),
                ("contact", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "草稿"),
                            ("submitted", "已提交"),
                            ("prechecked", "已预审"),
                            ("accepted", "已受理"),
                            ("supplementing", "待补正"),
                            ("refused", "不予受理"),
                            ("handling", "办理中"),
                            ("paused", "特别程序"),
                            ("suspended", "已中止"),
                            ("decided", "已作出决定"),
                            ("delivered", "已办结"),
                            ("rated", "已评价"),
                            ("archived", "已归档"),
                            ("withdrawn", "已撤回"),
                        ],
                        default=shishi.core.case_states.CaseState["SUBMITTED"],
                        max_length=14,
                    ),
                ),
                ("standing", models.JSONField(default=dict)),
                ("outcome", models.CharField(blank=True, max_length=80)),
                ("facts", models.JSONField(default=dict)),
                ("marking", models.BinaryField(default=b"")),
                ("ended", models.BooleanField(default=False)),
                ("bodies", models.JSONField(default=list)),
                ("clock_from", models.DateTimeField(null=True)),
                ("legal_due", models.DateTimeField(null=True)),
                ("promised_due", models.DateTimeField(null=True)),
                ("extended", models.PositiveSmallIntegerField(default=0)),
                ("provisional", models.BooleanField(default=False)),
                ("watch_at", models.DateTimeField(null=True)),
                ("watched", models.CharField(blank=True, max_length=10)),
                ("steps_count", models.PositiveIntegerField(default=0)),
                ("last_digest", models.CharField(blank=True, max_length=64)),
                ("last_at", models.DateTimeField()),
                ("opened_by", models.CharField(max_length=80)),
                ("opened_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                ("demonstration", models.BooleanField(default=False)),
                (
                    "applicant",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "follows",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="followed_by",
                        to="cases.caserow",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseRating",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("round", models.PositiveSmallIntegerField(default=0)),
                ("code", models.PositiveSmallIntegerField()),
                ("code_set", models.CharField(max_length=40)),
                ("text", models.TextField(blank=True)),
                ("bad", models.BooleanField(default=False)),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("verify_due", models.DateTimeField(null=True)),
                ("verified_at", models.DateTimeField(null=True)),
                ("verified_by", models.CharField(blank=True, max_length=80)),
                ("finding", models.TextField(blank=True)),
                ("correct_due", models.DateTimeField(null=True)),
                ("corrected_at", models.DateTimeField(null=True)),
                ("corrected_by", models.CharField(blank=True, max_length=80)),
                ("measure", models.TextField(blank=True)),
                ("told_at", models.DateTimeField(null=True)),
                ("told_by", models.CharField(blank=True, max_length=80)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ratings", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseParty",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("part", models.CharField(max_length=10)),
                ("body", models.CharField(blank=True, max_length=80)),
                ("name", models.CharField(blank=True, max_length=80)),
                ("identity", models.CharField(blank=True, max_length=64)),
                ("reason", models.TextField(blank=True)),
                ("added_by", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="parties", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseDone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=200, unique=True)),
                ("position", models.PositiveIntegerField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CallRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=400)),
                ("element", models.CharField(max_length=80)),
                ("verb", models.CharField(max_length=60)),
                ("state", models.CharField(default="waiting", max_length=8)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("next_at", models.DateTimeField(null=True)),
                ("failure", models.TextField(blank=True)),
                ("said", models.TextField(blank=True)),
                ("asked_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="calls", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CaseStep",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveIntegerField()),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("submit", "提交申请"),
                            ("precheck", "预审通过"),
                            ("accept", "受理"),
                            ("ask_supplement", "一次性告知补正"),
                            ("supplement", "补正"),
                            ("refuse", "不予受理"),
                            ("handle", "办理"),
                            ("pause", "进入特别程序"),
                            ("continue", "特别程序结束"),
                            ("suspend", "中止"),
                            ("resume", "恢复办理"),
                            ("extend", "延长时限"),
                            ("decide", "作出决定"),
                            ("deliver", "送达办结"),
                            ("rate", "评价"),
                            ("archive", "归档"),
                            ("withdraw", "撤回"),
                            ("reopen", "重新办理"),
                            ("claim", "认领"),
                            ("release", "放回"),
                            ("hand_over", "转办"),
                            ("delegate", "委托办理"),
                            ("return", "退回更正"),
                            ("correct", "已更正"),
                            ("agree", "复核同意"),
                            ("disagree", "复核不同意"),
                            ("vote", "会签"),
                            ("material", "提交材料"),
                            ("check_material", "核验材料"),
                            ("comment", "留言"),
                            ("copy", "抄送"),
                            ("interest", "回避"),
                            ("warn", "临期提醒"),
                            ("overdue", "逾期"),
                            ("escalate", "报上级"),
                            ("reckon", "时限重新核定"),
                            ("timer", "到时"),
                            ("message", "收到消息"),
                            ("call", "系统办理"),
                            ("incident", "转为异常件"),
                            ("mend", "异常件处置"),
                        ],
                        max_length=16,
                    ),
                ),
                ("person", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("text", models.TextField(blank=True)),
                (
                    "seen_by",
                    models.CharField(
                        choices=[
                            ("applicant", "申请人可见"),
                            ("parties", "当事人可见"),
                            ("officials", "仅工作人员可见"),
                        ],
                        max_length=10,
                    ),
                ),
                ("element", models.CharField(blank=True, max_length=80)),
                ("token", models.CharField(blank=True, max_length=400)),
                ("outcome", models.CharField(blank=True, max_length=80)),
                ("items", models.JSONField(default=list)),
                ("facts", models.JSONField(default=dict)),
                ("told", models.JSONField(default=dict)),
                ("batch", models.CharField(blank=True, max_length=36)),
                ("digest", models.CharField(max_length=64)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="steps", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="IncidentRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=8)),
                ("token", models.CharField(max_length=400)),
                ("element", models.CharField(blank=True, max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("failure", models.TextField()),
                ("tries", models.PositiveSmallIntegerField()),
                ("body", models.CharField(blank=True, max_length=80)),
                ("state", models.CharField(default="open", max_length=8)),
                ("at", models.DateTimeField()),
                ("mended_at", models.DateTimeField(null=True)),
                ("mended_by", models.CharField(blank=True, max_length=80)),
                ("measure", models.TextField(blank=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="incidents", to="cases.caserow"
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="MaterialRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("required", models.BooleanField(default=True)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("lacking", "未提交"),
                            ("held", "已有，免提交"),
                            ("promised", "已承诺"),
                            ("later", "容缺后补"),
                            ("given", "已提交"),
                            ("fits", "已核验"),
                            ("returned", "已退回"),
                            ("waived", "不需要"),
                        ],
                        default=shishi.core.materials.MaterialState["LACKING"],
                        max_length=10,
                    ),
                ),
                ("file_name", models.CharField(blank=True, max_length=255)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("receipt", models.CharField(blank=True, max_length=80)),
                ("source", models.CharField(blank=True, max_length=60)),
                ("remark", models.TextField(blank=True)),
                ("due_at", models.DateTimeField(null=True)),
                ("watched", models.BooleanField(default=False)),
                ("given_by", models.CharField(blank=True, max_length=80)),
                ("given_at", models.DateTimeField(null=True)),
                ("checked_by", models.CharField(blank=True, max_length=80)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="materials", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PauseRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("supplement", "补正"),
                            ("hearing", "听证"),
                            ("publicity", "公示"),
                            ("expert", "专家评审"),
                            ("inspection", "检验检测鉴定"),
                            ("special", "特别程序"),
                            ("suspended", "中止"),
                        ],
                        max_length=12,
                    ),
                ),
                ("token", models.CharField(blank=True, max_length=400)),
                ("started_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="pauses", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="TaskRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=400)),
                ("element", models.CharField(max_length=80)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("work", "办理"),
                            ("second", "复核"),
                            ("voice", "会签"),
                            ("supplement", "补正"),
                            ("correction", "更正"),
                        ],
                        default=shishi.core.tasks.TaskKind["WORK"],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "待办"), ("held", "待复核"), ("done", "已办"), ("closed", "已取消")],
                        default=shishi.core.tasks.TaskState["OPEN"],
                        max_length=6,
                    ),
                ),
                ("step", models.CharField(max_length=200)),
                ("title", models.CharField(max_length=200)),
                ("process", models.CharField(max_length=160)),
                ("programme", models.CharField(max_length=120)),
                ("division", models.CharField(max_length=12)),
                ("body", models.CharField(blank=True, max_length=80)),
                ("role", models.CharField(blank=True, max_length=30)),
                ("applicant", models.BooleanField(default=False)),
                ("lent_by", models.CharField(blank=True, max_length=80)),
                ("opened_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("legal_due", models.DateTimeField(null=True)),
                ("watch_at", models.DateTimeField(null=True)),
                ("watched", models.CharField(blank=True, max_length=10)),
                ("outcome", models.CharField(blank=True, max_length=80)),
                ("text", models.TextField(blank=True)),
                ("done_at", models.DateTimeField(null=True)),
                ("done_by", models.CharField(blank=True, max_length=80)),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="tasks", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="WaitRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("token", models.CharField(max_length=400)),
                ("element", models.CharField(max_length=80)),
                ("kind", models.CharField(max_length=12)),
                ("signal", models.CharField(blank=True, max_length=120)),
                ("host", models.CharField(blank=True, max_length=400)),
                ("armed_at", models.DateTimeField()),
                ("due_at", models.DateTimeField(null=True)),
                ("round", models.PositiveSmallIntegerField(default=1)),
                ("state", models.CharField(default="waiting", max_length=8)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="waits", to="cases.caserow"
                    ),
                ),
            ],
        ),
        migrations.AddIndex(
            model_name="caserow",
            index=models.Index(fields=["programme", "division", "state", "-id"], name="case_by_place"),
        ),
        migrations.AddIndex(
            model_name="caserow",
            index=models.Index(fields=["process", "state", "-id"], name="case_by_process"),
        ),
        migrations.AddIndex(
            model_name="caserow",
            index=models.Index(fields=["opened_by", "-id"], name="case_by_opener"),
        ),
        migrations.AddIndex(
            model_name="caserow",
            index=models.Index(fields=["applicant", "-id"], name="case_by_applicant"),
        ),
        migrations.AddIndex(
            model_name="caserow",
            index=models.Index(
                condition=models.Q(("applicant_digest", ""), _negated=True),
                fields=["applicant_digest"],
                name="case_by_identity",
            ),
        ),
        migrations.AddIndex(
            model_name="caserow",
            index=models.Index(
                condition=models.Q(("phone_digest", ""), _negated=True), fields=["phone_digest"], name="case_by_phone"
            ),
        ),
        migrations.AddIndex(
            model_name="caserow",
            index=models.Index(
                condition=models.Q(("watch_at__isnull", False)), fields=["watch_at"], name="case_watched"
            ),
        ),
        migrations.AddIndex(
            model_name="caserating",
            index=models.Index(
                condition=models.Q(("bad", True), ("told_at__isnull", True)), fields=["case"], name="rating_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="caserating",
            constraint=models.UniqueConstraint(fields=("case", "round"), name="rating_once"),
        ),
        migrations.AddIndex(
            model_name="caseparty",
            index=models.Index(fields=["case", "part"], name="party_of_case"),
        ),
        migrations.AddIndex(
            model_name="caseparty",
            index=models.Index(fields=["person", "part", "-id"], name="party_person"),
        ),
        migrations.AddIndex(
            model_name="caseparty",
            index=models.Index(fields=["body", "part", "-id"], name="party_body"),
        ),
        migrations.AddIndex(
            model_name="callrow",
            index=models.Index(condition=models.Q(("state", "waiting")), fields=["next_at"], name="call_waiting"),
        ),
        migrations.AddConstraint(
            model_name="callrow",
            constraint=models.UniqueConstraint(fields=("case", "token"), name="call_once"),
        ),
        migrations.AddIndex(
            model_name="casestep",
            index=models.Index(
                condition=models.Q(("batch", ""), _negated=True), fields=["batch"], name="case_step_batch"
            ),
        ),
        migrations.AddConstraint(
            model_name="casestep",
            constraint=models.UniqueConstraint(fields=("case", "position"), name="case_step_place"),
        ),
        migrations.AddIndex(
            model_name="incidentrow",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["owner", "-id"], name="incident_of_owner"
            ),
        ),
        migrations.AddConstraint(
            model_name="incidentrow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "open")), fields=("case", "token"), name="incident_once"
            ),
        ),
        migrations.AddIndex(
            model_name="materialrow",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False), ("watched", False)),
                fields=["due_at"],
                name="material_owed",
            ),
        ),
        migrations.AddConstraint(
            model_name="materialrow",
            constraint=models.UniqueConstraint(fields=("case", "code"), name="material_once"),
        ),
        migrations.AddIndex(
            model_name="pauserow",
            index=models.Index(fields=["case"], name="pause_of_case"),
        ),
        migrations.AddIndex(
            model_name="taskrow",
            index=models.Index(
                condition=models.Q(("assignee__isnull", False), ("state", "open")),
                fields=["assignee", "due_at", "id"],
                name="task_of_person",
            ),
        ),
        migrations.AddIndex(
            model_name="taskrow",
            index=models.Index(
                condition=models.Q(("applicant", False), ("assignee__isnull", True), ("state", "open")),
                fields=["body", "role", "due_at", "id"],
                name="task_of_post",
            ),
        ),
        migrations.AddIndex(
            model_name="taskrow",
            index=models.Index(
                condition=models.Q(("applicant", False), ("assignee__isnull", True), ("body", ""), ("state", "open")),
                fields=["role", "division", "due_at"],
                name="task_of_role",
            ),
        ),
        migrations.AddIndex(
            model_name="taskrow",
            index=models.Index(fields=["case", "token"], name="task_of_case"),
        ),
        migrations.AddIndex(
            model_name="taskrow",
            index=models.Index(
                condition=models.Q(("done_by", ""), _negated=True), fields=["done_by", "-done_at"], name="task_done_by"
            ),
        ),
        migrations.AddIndex(
            model_name="taskrow",
            index=models.Index(
                condition=models.Q(("state", "open"), ("watch_at__isnull", False)),
                fields=["watch_at"],
                name="task_watched",
            ),
        ),
        migrations.AddConstraint(
            model_name="taskrow",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "work"), ("state", "open")),
                fields=("case", "token", "kind"),
                name="task_once",
            ),
        ),
        migrations.AddIndex(
            model_name="waitrow",
            index=models.Index(
                condition=models.Q(("due_at__isnull", False), ("state", "waiting")), fields=["due_at"], name="wait_due"
            ),
        ),
        migrations.AddConstraint(
            model_name="waitrow",
            constraint=models.UniqueConstraint(fields=("case", "token"), name="wait_once"),
        ),
        append_only("cases_casestep"),
    ]
