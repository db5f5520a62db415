"""Codes by phone 验证码: six digits, good for one purpose and one browser, for ten minutes, five tries and one use.

Who asks learns nothing by asking: whether a number is known here, or belongs to a case, the answer looks the same, and
texts leave by the queue, so that it takes the same time.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F

from shishi.apps.citizens.models import PhoneCode
from shishi.apps.citizens.sealing import PHONE, digest, plain, sealed
from shishi.apps.files.selectors import is_demonstration
from shishi.apps.files.services import key_ring
from shishi.apps.messages.services import CITIZENS_CHANNEL, channels
from shishi.apps.messages.shorts import post_short
from shishi.core.errors import Misuse, Refused
from shishi.core.identifiers import normalise_identifier

LIVES, PAUSE = timedelta(minutes=10), timedelta(seconds=60)
TRIES = 5
KEPT = timedelta(days=2)
SIGN_IN, PROGRESS, RESUME = "sign_in", "progress", "resume"
IN_AN_HOUR: Mapping[str, int] = {SIGN_IN: 6, PROGRESS: 3, RESUME: 3}
"""Codes for one purpose that one number is sent in an hour, whoever asks. Each purpose counts for itself, so that who
asks after cases with somebody's number does not keep them from signing in."""
PURPOSES = {SIGN_IN: "登录", PROGRESS: "查办件进度", RESUME: "接着填写"}
_MOBILE = re.compile(r"1[3-9]\d{9}")


@dataclass(frozen=True, slots=True)
class Asked:
    """A code is on its way. ``challenge`` comes back with it; ``shown`` is the code itself, where a demonstration store
    has no way to send it, and empty everywhere else."""

    challenge: str
    tail: str
    shown: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """Who holds this phone holds the browser. ``real`` is ``False`` for a code that nobody was sent."""

    phone: str
    about: str
    real: bool


def mobile(text: str) -> str:
    """A mobile number in its one form; ``Misuse`` (phone_malformed)."""
    number = normalise_identifier(text).removeprefix("+86").removeprefix("86-").replace("-", "")
    if not _MOBILE.fullmatch(number):
        raise Misuse("phone_malformed", "手机号应为 11 位数字，以 1 开头。请核对后再填。")
    return number


@transaction.atomic
def ask_code(phone: str, purpose: str, *, at: datetime, about: str = "", real: bool = True) -> Asked:
    """Make a code and queue its text. ``about``: what it is good for; ``real=False``: nobody is sent anything, and
    nobody notices. ``Misuse`` (phone_malformed); ``Refused`` (no_texts, codes_too_many)."""
    number = mobile(phone)
    sends = CITIZENS_CHANNEL in channels()
    if not sends and not is_demonstration():
        raise Refused("no_texts", "本站还没有接通短信，暂时发不出验证码。请到窗口办理，或打咨询电话。")
    known = digest(number, PHONE)
    _hold_pace(known, purpose, at)
    code = f"{secrets.randbelow(10**6):06}"
    challenge = secrets.token_urlsafe(24)
    PhoneCode.objects.create(
        challenge=challenge,
        purpose=purpose,
        about=about,
        phone=sealed(number, PHONE),
        phone_digest=known,
        code_digest=_digest(challenge, code),
        real=real,
        made_at=at,
        runs_out_at=at + LIVES,
    )
    if sends:
        minutes = int(LIVES.total_seconds() // 60)
        text = (
            f"验证码 {code}，用于{PURPOSES[purpose]}，{minutes} 分钟内有效。不要告诉别人；不是您本人操作的，不用理会。"
        )
        post_short(
            key=f"code:{challenge}",
            channel=CITIZENS_CHANNEL,
            to=number,
            text=text,
            at=at,
            too_late_at=at + LIVES,
            real=real,
        )
    return Asked(challenge, number[-4:], "" if sends else code)


def prove(challenge: str, code: str, purpose: str, *, at: datetime) -> Proved:
    """Take a code back, once. ``Refused`` (code_wrong, code_spent): the same words whatever was wrong with it. Each try
    is counted, also when the request that made it fails."""
    with transaction.atomic():
        held = PhoneCode.objects.select_for_update().filter(challenge=challenge, purpose=purpose).first()
        if held is None or held.spent_at or held.runs_out_at <= at or held.tries >= TRIES:
            raise Refused("code_spent", "这个验证码已失效：用过了、过期了，或试错太多次。请重新取一个。")
        PhoneCode.objects.filter(pk=held.pk).update(tries=F("tries") + 1)
        right = secrets.compare_digest(_digest(challenge, normalise_identifier(code)), held.code_digest)
        if right:
            PhoneCode.objects.filter(pk=held.pk).update(spent_at=at)
    if not right:
        raise Refused("code_wrong", "验证码不对。请核对短信里的六位数字。")
    return Proved(plain(held.phone, PHONE), held.about, held.real)


def asked_lately(at: datetime) -> int:
    """Codes asked for in the last ten minutes, by everybody together."""
    return PhoneCode.objects.filter(made_at__gt=at - LIVES).count()


def _hold_pace(known: str, purpose: str, at: datetime) -> None:
    PhoneCode.objects.filter(made_at__lt=at - KEPT).delete()
    recent = PhoneCode.objects.filter(phone_digest=known, purpose=purpose, made_at__gt=at - timedelta(hours=1))
    if recent.filter(made_at__gt=at - PAUSE).exists():
        raise Refused("codes_too_many", "刚刚发过一个验证码，请过一分钟再取。")
    if recent.count() >= IN_AN_HOUR[purpose]:
        raise Refused("codes_too_many", "这个手机号一小时内取的验证码太多了，请过一小时再来，或打咨询电话。")


def _digest(challenge: str, code: str) -> str:
    return key_ring().digest(f"{challenge}\x1f{code}", "citizen.code")
