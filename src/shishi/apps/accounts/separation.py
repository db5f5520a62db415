"""Separation of duties 三员分立: where it is asked for, nobody holds every right at once."""

from __future__ import annotations

from datetime import date

from django.conf import settings

from shishi.apps.accounts.roles import APART, Role
from shishi.apps.accounts.selectors import holders
from shishi.core.errors import Misuse


def all_rounders(on: date) -> tuple[str, ...]:
    """Who may do everything though nobody should: where duties are to be separated, or administrators are already."""
    found = holders(on, {Role.OPERATOR})
    return found if found and (settings.SEPARATED_DUTIES or holders(on, APART)) else ()


def require_separated(on: date) -> None:
    """``Misuse`` (duties_not_separated) where duties are to be separated and somebody holds every right."""
    left = all_rounders(on) if settings.SEPARATED_DUTIES else ()
    if left:
        names = "、".join(left)
        message = (
            f"设了三员分立（SHISHI_SEPARATED_DUTIES=1），而 {names} 仍有全权岗位，网页不启动。"
            "请先分设系统、安全、审计管理员，再用 shishi post end 免去全权岗位。"
        )
        raise Misuse("duties_not_separated", message)


def require_no_all_rounder(role: Role) -> None:
    """``Misuse`` (all_rounder_not_allowed) for a post that gives every right, where duties are to be separated."""
    if settings.SEPARATED_DUTIES and role is Role.OPERATOR:
        message = "三员分立时不设全权岗位。请按职责授予系统管理员、安全管理员、审计管理员或业务岗位。"
        raise Misuse("all_rounder_not_allowed", message)
