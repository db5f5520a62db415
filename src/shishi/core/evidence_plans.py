"""What evidence a table asks for, and why it may: nobody is made to send photos without a reason of a permitted kind.

《政务移动互联网应用程序规范化管理办法》（国办函〔2026〕12号）: outside safety and emergency work no forced upload of
work photos or films. Whoever hands out public money has to prove what it was paid for, so that reason is taken, too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from shishi.core.criteria import ALWAYS, Criterion
from shishi.core.errors import Refused

RULE = "《政务移动互联网应用程序规范化管理办法》（国办函〔2026〕12号）"


class Side(StrEnum):
    """Which side of the work a picture shows: 改造前, 改造中, 改造后, or simply how it is."""

    NONE = "none"
    BEFORE = "before"
    DURING = "during"
    AFTER = "after"

    @property
    def label(self) -> str:
        """What the trade calls it."""
        return {"none": "现状", "before": "之前", "during": "过程中"}.get(self.value, "之后")


class DutyReason(StrEnum):
    """For what photos may be demanded."""

    SAFETY = "safety"
    EMERGENCY = "emergency"
    PAYMENT = "payment"

    @property
    def label(self) -> str:
        """As a page says it."""
        return {"safety": "安全", "emergency": "应急"}.get(self.value, "资金拨付")


@dataclass(frozen=True, slots=True)
class EvidencePlan:
    """What proves a group of a table: ``photos`` (how many of each side), ``documents`` (how many papers).

    ``because`` is said to who has to send it. ``where``: of which rows it is asked. ``place``: the point field that
    holds the registered place; ``within``: metres that are still *there*. A ticket's hash is in time for ``minutes``;
    the ticket is good for ``days`` (offline work).
    """

    group: str
    because: str
    photos: tuple[tuple[Side, int], ...] = ()
    documents: int = 0
    reason: DutyReason | None = None
    where: Criterion = ALWAYS
    place: str = ""
    within: int = 300
    minutes: int = 10
    days: int = 7


def require_permitted(plan: EvidencePlan) -> None:
    """``Refused`` (photo_duty_unreasoned) when photos are demanded without a reason of a permitted kind."""
    if plan.photos and plan.reason is None:
        kinds = "、".join(f"{item.value}（{item.label}）" for item in DutyReason)
        told = f"“{plan.group}”要求传照片，却没有写 reason。按{RULE}，除{kinds}外，不得强制上传工作照片、视频。"
        way_out = "请写明 reason 和 because，或去掉 photos；不作要求时，填报人仍可自愿附照片。"
        raise Refused("photo_duty_unreasoned", told + way_out)
