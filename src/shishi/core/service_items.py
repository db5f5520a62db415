"""Service items 政务服务事项: the code sets and the codes of GB/T 39046-2020 (政务服务平台基础数据规范).

A pack's table holds words (``permit``), which are stable and read well in criteria; the standard's codes (``01``) stand
here, for guides, receipts and exchange. Codes of items are of one of several profiles: the standard's own lengths are
shorter than what is in use, so a code is held against the profile that it looks like, and up to 50 characters pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from stdnum.cn import uscc

from shishi.core.identifiers import fault_of_phone, message_of

STANDARD = "GB/T 39046-2020"
CODE_AT_MOST = 50


@dataclass(frozen=True, slots=True)
class Code:
    """One value of a code set: the standard's code and its words."""

    code: str
    title: str


CODE_SETS: Mapping[str, Mapping[str, Code]] = {
    "kind": {
        "permit": Code("01", "行政许可"),
        "penalty": Code("02", "行政处罚"),
        "compulsion": Code("03", "行政强制"),
        "collect": Code("04", "行政征收"),
        "grant": Code("05", "行政给付"),
        "inspection": Code("06", "行政检查"),
        "confirm": Code("07", "行政确认"),
        "reward": Code("08", "行政奖励"),
        "adjudication": Code("09", "行政裁决"),
        "other": Code("10", "其他行政权力"),
        "service": Code("20", "公共服务"),
    },
    "level": {
        "country": Code("1", "国家级"),
        "province": Code("2", "省级"),
        "city": Code("3", "市级"),
        "county": Code("4", "县级"),
        "street": Code("5", "镇（乡、街道）级"),
        "village": Code("6", "村（社区）级"),
        "graded": Code("7", "分级管理"),
    },
    "body_nature": {
        "statutory": Code("1", "法定机关"),
        "authorised": Code("2", "授权组织"),
        "entrusted": Code("3", "受委托组织"),
        "other": Code("9", "其他"),
    },
    "served": {
        "person": Code("1", "自然人"),
        "enterprise": Code("2", "企业法人"),
        "institution": Code("3", "事业法人"),
        "association": Code("4", "社会组织法人"),
        "organ": Code("5", "行政机关"),
        "other": Code("6", "其他组织"),
    },
    "forms": {
        "window": Code("1", "窗口"),
        "computer": Code("2", "电脑端"),
        "mobile": Code("3", "移动端"),
        "post": Code("4", "快递"),
        "other": Code("9", "其他"),
    },
    "case_kind": {
        "instant": Code("1", "即办件"),
        "promised": Code("2", "承诺件"),
        "other": Code("9", "其他"),
    },
    "special": {"extension": Code("1", "延长审批"), "other": Code("2", "其他")},
}
"""Annex A, by the column of a catalogue; the words are those of the columns' values."""


class Satisfaction(IntEnum):
    """满意度: in this standard 1 is the best. Screens and other platforms count stars (5 the best), so a rating is stored
    with the name of its code set (:data:`STANDARD`) beside it."""

    VERY_SATISFIED = 1
    SATISFIED = 2
    FAIRLY_SATISFIED = 3
    DISSATISFIED = 4
    VERY_DISSATISFIED = 5

    @property
    def label(self) -> str:
        """The standard's words."""
        return ("非常满意", "满意", "基本满意", "不满意", "非常不满意")[self - 1]

    @property
    def bad(self) -> bool:
        """The last two are 差评: they are verified, mended and answered (国办发〔2019〕51号)."""
        return self >= Satisfaction.DISSATISFIED


@dataclass(frozen=True, slots=True)
class Profile:
    """How codes of items are built somewhere. ``credit``: where a credit code stands inside, which is then proved."""

    code: str
    title: str
    pattern: re.Pattern[str]
    credit: slice | None = None


_UNIT = r"[0-9A-HJ-NP-RTUWXY]{18}"
PROFILES: tuple[Profile, ...] = (
    Profile(
        "national",
        "18 位信用代码 + 1 位行使层级 + 12 位基本编码",
        re.compile(rf"{_UNIT}[1-7][0-9A-Z]{{12}}"),
        slice(18),
    ),
    Profile("case", "31 位实施编码 + 2 位业务办理项序号", re.compile(rf"{_UNIT}[1-7][0-9A-Z]{{12}}\d\d"), slice(18)),
    Profile(
        "segmented",
        "基本编码-区划-序号-信用代码-层级-办理项",
        re.compile(rf"[0-9A-Z]{{10,12}}-\d{{12}}-\d{{3}}-{_UNIT}-\d-\d\d"),
        slice(-23, -5),
    ),
    Profile("standard", "标准的长度（不超过 24 位）", re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,23}")),
    Profile("local", "本地编码（不超过 50 位）", re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,49}")),
)


def profile_of(code: str) -> Profile | None:
    """The first profile that an implementation code 实施编码 has; ``None`` for what no profile allows."""
    return next((profile for profile in PROFILES if profile.pattern.fullmatch(code)), None)


def fault_of_item_code(text: str) -> str:
    """What is wrong with an implementation code; empty for a good one. What looks like a code with a credit code in it
    has to have a right one: a wrong digit is a typing slip, not a local habit."""
    profile = profile_of(text)
    if profile is None:
        return f"实施编码只能用字母、数字和连接号，最多 {CODE_AT_MOST} 位。请对照实施清单填写。"
    if profile.credit is not None:
        unit = text[profile.credit]
        if uscc.calc_check_digit(unit[:17]) != unit[17]:
            return f"实施编码里的信用代码“{unit}”校验位不符，通常是某一位录错。请对照实施清单逐位核对。"
    return ""


def fault_of_basic_code(text: str) -> str:
    """What is wrong with a basic code 基本编码: the standard says up to 10, in use are 12 and more."""
    if re.fullmatch(r"[0-9A-Za-z][0-9A-Za-z._-]{0,49}", text):
        return ""
    return f"基本编码只能用字母、数字和连接号，最多 {CODE_AT_MOST} 位。请对照事项目录填写。"


def fits(item_code: str, basic_code: str) -> bool:
    """Whether an implementation code of the national or the segmented profile holds this basic code; those of other
    profiles say nothing of it."""
    profile = profile_of(item_code)
    if profile is None or not basic_code or profile.credit is None:
        return True
    held = item_code.split("-", 1)[0] if profile.code == "segmented" else item_code[19:31]
    return held == basic_code


FORMATS: Mapping[str, Callable[[str], str]] = {
    "item_code": fault_of_item_code,
    "basic_code": fault_of_basic_code,
    "phone": lambda text: message_of(code) if (code := fault_of_phone(text)) else "",
}
"""What the text of a column may have to look like (``core.tables.Field.format``): what is wrong with it, empty for
nothing."""
