"""What is stored of citizens. Numbers of phones and documents rest sealed, with keyed digests to find them by."""

from __future__ import annotations

from django.db import models


class Citizen(models.Model):
    """An account of somebody outside of the offices. ``uid`` is the unified id that other systems know: lasting,
    random, telling nothing. ``trust``: how well it is known who it is (``phone`` … ``certificate``), the best that was
    proved."""

    uid = models.CharField(max_length=40, unique=True)
    person = models.OneToOneField("accounts.Person", on_delete=models.PROTECT, related_name="citizen_account")
    name = models.CharField("姓名", max_length=80, blank=True)
    number = models.TextField("证件号码（密文）", blank=True)
    number_digest = models.CharField(max_length=64, blank=True, db_index=True)
    phone = models.TextField("手机号（密文）", blank=True)
    phone_digest = models.CharField(max_length=64, blank=True)
    phone_tail = models.CharField(max_length=4, blank=True)
    trust = models.CharField(max_length=20)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["phone_digest"], condition=~models.Q(phone_digest=""), name="phone_once"),
        ]

    def __str__(self) -> str:
        return self.uid


class Login(models.Model):
    """A login of elsewhere (the province's) that leads to an account: who issued it and who it says it is."""

    issuer = models.CharField(max_length=200)
    subject = models.CharField(max_length=200)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="logins")
    made_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["issuer", "subject"], name="login_once")]

    def __str__(self) -> str:
        return f"{self.issuer} {self.citizen_id}"


class PhoneCode(models.Model):
    """A code 验证码 that was asked for. Of the code a keyed digest is held, nothing else; it is good for one purpose, one
    browser, a few minutes, a few tries and one use. ``real``: a text went out; a made-up one looks the same."""

    challenge = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=20)
    about = models.CharField(max_length=64, blank=True)
    phone = models.TextField("手机号（密文）")
    phone_digest = models.CharField(max_length=64, db_index=True)
    code_digest = models.CharField(max_length=64)
    real = models.BooleanField(default=True)
    tries = models.PositiveSmallIntegerField(default=0)
    made_at = models.DateTimeField(db_index=True)
    runs_out_at = models.DateTimeField()
    spent_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.purpose} {self.made_at:%Y-%m-%d %H:%M}"


class System(models.Model):
    """An outside system 业务系统 that takes a login from here: where it begins, where it asks whether it is there, where
    it is told of a logout. ``client`` is its OIDC client; its secret is kept by the login provider as a digest."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField("名称", max_length=80)
    client = models.CharField(max_length=100, unique=True)
    starts_at = models.URLField("进入地址", max_length=300)
    alive_at = models.URLField("健康检查地址", max_length=300, blank=True)
    logout_at = models.URLField("退出通知地址", max_length=300, blank=True)
    trust = models.CharField("身份要求", max_length=20)
    stand_in = models.BooleanField("演示替身", default=False)
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.title}（{self.code}）"


class SigningKey(models.Model):
    """The key that signs what we say of a login; the private part rests sealed. An older one still proves what it
    signed until ``runs_out_at``."""

    pem = models.TextField("私钥（密文）")
    made_at = models.DateTimeField()
    runs_out_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.pk} {self.made_at:%Y-%m-%d}"


class Visit(models.Model):
    """That somebody, in this session, was carried to a system: who is told when the session ends."""

    session = models.CharField(max_length=64, db_index=True)
    citizen = models.ForeignKey(Citizen, on_delete=models.PROTECT, related_name="visits")
    system = models.ForeignKey(System, on_delete=models.PROTECT, related_name="visits")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    told = models.CharField("退出通知", max_length=20, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["session", "system"], name="visit_once")]

    def __str__(self) -> str:
        return f"{self.citizen_id} {self.system_id}"
