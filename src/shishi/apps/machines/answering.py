"""Answering once: what a client asks under an idempotency key is done once, and answered alike ever after.

The key and what is done under it are written together or not at all: what was refused may be asked again, mended, under
the same key. Two that come at once: the second waits for the first, and gets its answer.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from shishi.apps.files.services import key_ring
from shishi.apps.machines.models import Client, KeptAnswer
from shishi.core.errors import Misuse, Refused

KEPT_FOR = timedelta(days=7)
"""So long a key stands for what was done under it."""
_KEY = re.compile(r"[\x21-\x7e]{8,200}")


@dataclass(frozen=True, slots=True)
class Answer:
    """``status`` and ``body`` as they go out; ``again``: it was answered before."""

    status: int
    body: str
    again: bool = False


def answer_once(client: Client, key: str, digest: str, act: Callable[[], Answer], at: datetime) -> Answer:
    """What ``act`` answers, done at most once for the key. ``digest`` is of everything that was asked. ``Misuse``:
    key_missing, key_malformed. ``Refused``: key_reused, and whatever ``act`` refuses."""
    if not key:
        raise Misuse("key_missing", "新建请求要带请求头 Idempotency-Key：每件事一个，重发时用同一个，就不会办成两件。")
    if not _KEY.fullmatch(key):
        raise Misuse("key_malformed", "Idempotency-Key 应为 8 到 200 个可见的英文字符，建议用 UUID。")
    with transaction.atomic():
        KeptAnswer.objects.filter(at__lt=at - KEPT_FOR).delete()
        held, made = KeptAnswer.objects.get_or_create(client=client, key=key, defaults={"digest": digest, "at": at})
        if not made:
            if held.digest != digest:
                raise Refused("key_reused", "同一个 Idempotency-Key 已用于另一件事。请换一个新的再发。")
            return Answer(held.status, _opened(held), again=True)
        found = act()
        held.status, held.body = found.status, _sealed(held, found.body)
        held.save(update_fields=["status", "body"])
        return found


def _sealed(held: KeptAnswer, body: str) -> str:
    return base64.b64encode(key_ring().encrypt(body.encode(), _about(held))).decode()


def _opened(held: KeptAnswer) -> str:
    return key_ring().decrypt(base64.b64decode(held.body), _about(held)).decode()


def _about(held: KeptAnswer) -> str:
    return f"answer:{held.client_id}:{held.key}"
