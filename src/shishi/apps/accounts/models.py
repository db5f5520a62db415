"""What is stored of people and bodies."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from shishi.apps.accounts.roles import Role
from shishi.core.programmes import Part


class PersonQueries(BaseUserManager["Person"]):
    """Django's door to people by their user name."""


class Person(AbstractBaseUser):
    """Somebody who answers for writes. Without a usable password nobody can sign in as them."""

    username = models.CharField("用户名", max_length=80, unique=True)
    name = models.CharField("姓名", max_length=80)
    is_active = models.BooleanField("在用", default=True)
    mail = models.EmailField("邮箱", blank=True)
    demonstration = models.BooleanField("演示", default=False)
    citizen = models.BooleanField("群众", default=False)
    """Somebody outside of the offices, who looks after matters of their own: no post, ever."""

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = PersonQueries()

    def __str__(self) -> str:
        return f"{self.name}（{self.username}）"


class Body(models.Model):
    """An organisation that answers for work in a division; a task force 专班 is a body with an end date."""

    code = models.CharField("代码", max_length=80, unique=True)
    title = models.CharField("名称", max_length=200)
    division = models.CharField("行政区划", max_length=12, db_index=True)
    ends = models.DateField("终止日", null=True, blank=True)
    pack = models.CharField("来源清单", max_length=80, blank=True)

    def __str__(self) -> str:
        return self.title


class Post(models.Model):
    """A person in a body with a role and a reach: significant division codes and full programme names (``*``: all)."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="posts")
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="posts")
    role = models.CharField("角色", max_length=30, choices=[(role.value, role.value) for role in Role])
    divisions = models.JSONField(default=list)
    programmes = models.JSONField(default=list)
    until = models.DateField("截止日", null=True, blank=True)
    ended_on = models.DateField("免去之日", null=True, blank=True)
    """From this day on it no longer holds, whatever ``until`` says."""

    delegation: Delegation | None = None
    """By which delegation somebody else holds it; ``None`` for who it was given to. Never stored."""

    def __str__(self) -> str:
        return f"{self.person_id} {self.role}"

    @property
    def role_label(self) -> str:
        """What people call the role."""
        return Role(self.role).label


class Delegation(models.Model):
    """The whole or a part of a post in other hands for a span of days: 代理, given by who holds the post and taken
    back by
    them any time; or 顶岗, where who manages people lets somebody stand in."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="delegations")
    to = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations")
    stands_in = models.BooleanField("顶岗", default=False)
    divisions = models.JSONField(default=list)
    programmes = models.JSONField(default=list)
    starts = models.DateField("起")
    ends = models.DateField("止")
    reason = models.CharField("事由", max_length=200)
    given_by = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()
    taken_back_at = models.DateTimeField(null=True, blank=True)
    taken_back_by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.pk} {self.post_id} → {self.to_id}"


class Responsibility(models.Model):
    """A body's part in a programme for a division; notices go to the lead."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="responsibilities")
    programme = models.CharField(max_length=120, db_index=True)
    division = models.CharField(max_length=12)
    part = models.CharField(max_length=20, choices=[(part.value, part.value) for part in Part])
    leader = models.CharField(max_length=80, blank=True)
    effective_on = models.DateField()
    recorded_at = models.DateTimeField()
    ends = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["body", "programme", "division", "part", "effective_on"], name="responsibility_once"
            )
        ]
        indexes = [models.Index(fields=["programme", "part", "division"], name="responsibility_place")]

    def __str__(self) -> str:
        return f"{self.programme} {self.division} {self.part}"

    @property
    def part_label(self) -> str:
        """What people call the part."""
        words = {Part.LEAD: "牵头", Part.ASSISTING: "配合", Part.SUPERVISING: "督办", Part.ANSWERING: "领办"}
        return words[Part(self.part)]


class Submission(models.Model):
    """A form that was sent, or a link that was used: once is enough."""

    token = models.CharField(max_length=80, unique=True)
    person = models.CharField(max_length=80)
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.person} {self.at:%Y-%m-%d %H:%M:%S}"


class SavedView(models.Model):
    """How somebody likes to see a table: filters, order, group and columns as a query string. ``shared``: all who may
    read the table find it too."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="views")
    table = models.CharField(max_length=160)
    title = models.CharField(max_length=80)
    query = models.TextField(blank=True)
    shared = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "table", "title"], name="view_once")]

    def __str__(self) -> str:
        return f"{self.table} {self.title}"
