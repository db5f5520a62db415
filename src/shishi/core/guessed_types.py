"""What kind of thing stands in a column: read from its cells first, from its header where these are silent; each answer
says what it was read from. Numbers of people and organisations are known by their check digits."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from shishi.core import identifiers
from shishi.core.cells import Raw, half_width
from shishi.core.days import day_of_text
from shishi.core.tables import FieldType, Sensitivity

HINTS: Mapping[str, re.Pattern[str]] = {
    "serial": re.compile(r"序号|行号|序|№|No\.?"),
    "code": re.compile(r"编号|编码|代码|证号|号码|序列号|文号|单号|号$"),
    "citizen": re.compile(r"身份证|公民身份号码"),
    "document": re.compile(r"证件号"),
    "credit": re.compile(r"信用代码"),
    "estate": re.compile(r"不动产单元"),
    "phone": re.compile(r"电话|手机|联系方式|号码$"),
    "division": re.compile(
        r"行政区划|区划|县[（(]?市|县市区|市县|区县|县区|市区县|乡镇|街道|镇街|所[属在](?:地区|区域|市|县|区)|^(?:省|市|县|区|地区)$|社区|村居"
    ),
    "date": re.compile(r"日期|时间|年月日|日$|期限$"),
    "period": re.compile(r"年份?$|年度|月份?$|季度|期次?$|届"),
    "money": re.compile(r"金额|资金|投资|造价|费用|租金|补贴|元"),
    "share": re.compile(r"率$|占比|比例"),
    "count": re.compile(r"数量?$|个数|套数|户数|人数|层数|面积|长度|里程|人次|数$"),
    "person": re.compile(r"姓名|业主|户主|联系人|负责人|经办人|申请人|购房人|产权人"),
    "address": re.compile(r"住址|家庭地址|门牌"),
    "account": re.compile(r"账号|银行卡|卡号"),
    "yes": re.compile(r"^是否|否$"),
}  # fmt: skip
MOST_CHOICES, _LONGEST_CHOICE = 12, 16
_SURE = 5  # of so many cells at least a kind is told by check digits alone; a header that names it needs one
_NUMBER = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+(?:\.\d+)?|[+-]?\d+(?:\.\d+)?", re.ASCII)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_PLACE, _LOOKED_UP = re.compile(r"[省市县区旗镇乡村州盟]$|街道$|社区$|^\d{6,12}$"), 40
_DIVISION_CODE = re.compile(r"[1-9]\d{5}(?:\d{3}(?:\d{3})?)?")
_WRITTEN_DAY = re.compile(r"\d{4}\s*[年./-]\s*\d{1,2}\s*[月./-]\s*\d{1,2}\s*日?")
_TYPED_DAY = re.compile(r"(?:19|20)\d{6}")
_EXACT = 10**15
_NAMED = {
    "citizen": FieldType.CITIZEN_NUMBER, "credit": FieldType.CREDIT_CODE, "estate": FieldType.REAL_ESTATE_UNIT,
    "document": FieldType.IDENTITY_DOCUMENT,
}  # fmt: skip
_PERSONAL_NUMBER = "是个人的号码，按规定加密保存。"
_STEPS = (
    "未列入", "计划", "已列入", "未启动", "未开工", "未开始", "前期", "启动", "已启动", "开工", "已开工", "在建", "施工中", "进行中", "完工", "已完工",
    "竣工", "已竣工", "完成", "已完成", "验收", "已验收", "交付", "已交付", "销号", "已销号",
)  # fmt: skip
"""Words for how far something is, from the beginning: what an enumeration that is made of them is ranked by."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A column's cells, looked at once. ``texts`` are the cells that are texts, ``distinct`` every different cell."""

    title: str
    unit: str
    rows: int
    cells: tuple[Raw, ...]
    texts: tuple[str, ...]
    distinct: tuple[str, ...]

    @classmethod
    def of(cls, title: str, unit: str, cells: Sequence[Raw]) -> Seen:
        """Look at the cells of a column; empty ones are only counted."""
        held = tuple(cell for cell in cells if cell is not None and not (isinstance(cell, str) and not cell.strip()))
        texts = tuple(half_width(cell) for cell in held if isinstance(cell, str))
        return cls(title, unit, len(cells), held, texts, tuple(dict.fromkeys(half_width(str(cell)) for cell in held)))

    @property
    def filled(self) -> int:
        """How many cells hold something."""
        return len(self.cells)

    def says(self, hint: str) -> bool:
        """Whether the header speaks of that."""
        return HINTS[hint].search(self.title) is not None


@dataclass(frozen=True, slots=True)
class Kind:
    """The type that was read, what it was read from, and what belongs to it."""

    type: FieldType
    reason: str
    scale: int = 0
    values: tuple[str, ...] = ()
    sensitivity: Sensitivity = Sensitivity.NONE
    personal: str = ""


def kind_of(seen: Seen, is_division: Callable[[str], bool]) -> Kind:
    """The kind of the column."""
    if not seen.filled:
        return _by_header(seen)
    for found in (
        _identifier(seen),
        _division(seen, is_division),
        _day(seen),
        _yes_no(seen),
        _number(seen),
        _choice(seen),
    ):
        if found is not None:
            return found
    return _text(seen, f"{seen.filled} 个值里有 {len(seen.distinct)} 种，按文字收。")


def _share(seen: Seen, fits: Callable[[str], bool]) -> tuple[int, int]:
    """How many of the cells, written out, fit; and of how many."""
    counted = Counter(_written(cell) for cell in seen.cells)
    return sum(many for text, many in counted.items() if fits(text)), seen.filled


def _written(cell: Raw) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return half_width(str(cell))


def _identifier(seen: Seen) -> Kind | None:
    far = date(9999, 12, 31)
    known: tuple[tuple[FieldType, str, str, Callable[[str], bool]], ...] = (
        (
            FieldType.CITIZEN_NUMBER,
            "citizen",
            "公民身份号码",
            lambda t: identifiers.fault_of_citizen_number(t, far) is None,
        ),
        (FieldType.CREDIT_CODE, "credit", "统一社会信用代码", lambda t: identifiers.fault_of_credit_code(t) is None),
        (
            FieldType.REAL_ESTATE_UNIT,
            "estate",
            "不动产单元号",
            lambda t: identifiers.fault_of_real_estate_unit(t) is None,
        ),
        (FieldType.PHONE, "phone", "电话号码", lambda text: bool(_MOBILE.fullmatch(text))),
        (
            FieldType.IDENTITY_DOCUMENT,
            "document",
            "证件号码",
            lambda t: identifiers.fault_of_identity_document(t) is None,
        ),
    )
    for kind, hint, word, fits in known:
        fitting, of = _share(seen, fits)
        named = seen.says(hint) and (kind is not FieldType.PHONE or _phone_like(seen))
        alone = kind is not FieldType.IDENTITY_DOCUMENT and of >= _SURE and fitting * 10 >= of * 9
        if alone or (named and fitting * 2 >= of) or (named and kind is FieldType.PHONE):
            return _told(kind, word, fitting, of, named=named)
    if seen.says("citizen"):
        reason = "表头写的是身份证号，但表里的号码通不过校验（可能被电子表格改动了末几位），请核对。"
        return Kind(FieldType.CITIZEN_NUMBER, reason, sensitivity=Sensitivity.ENCRYPTED, personal=_PERSONAL_NUMBER)
    return None


def _phone_like(seen: Seen) -> bool:
    fitting, of = _share(seen, lambda text: identifiers.fault_of_phone(text) is None)
    return fitting * 10 >= of * 9


def _told(kind: FieldType, word: str, fitting: int, of: int, *, named: bool) -> Kind:
    all_of = f"{of} 个值都" if fitting == of else f"{of} 个值里有 {fitting} 个"
    checked = "通过校验位" if kind is not FieldType.PHONE else "像手机号码"
    reason = f"{'表头写明，' if named else ''}{all_of}{checked}，是{word}。"
    return _of_person(kind, reason)


def _of_person(kind: FieldType, reason: str) -> Kind:
    """The kind, encrypted where it is somebody's number."""
    personal = kind in (FieldType.CITIZEN_NUMBER, FieldType.PHONE, FieldType.IDENTITY_DOCUMENT)
    held = Sensitivity.ENCRYPTED if personal else Sensitivity.NONE
    return Kind(kind, reason, sensitivity=held, personal=_PERSONAL_NUMBER if personal else "")


def _division(seen: Seen, is_division: Callable[[str], bool]) -> Kind | None:
    """Places are looked up only where a column's words could be some: looking up takes time."""
    looked, named = seen.distinct[:_LOOKED_UP], seen.says("division")
    coded = named and all(_DIVISION_CODE.fullmatch(text) for text in looked)
    shaped = [text for text in looked if _PLACE.search(text)]
    if not named and len(shaped) * 10 < len(looked) * 9:
        return None
    known = sum(1 for text in shaped if is_division(text))
    if coded or (known * 10 >= len(looked) * (6 if named else 9) and known >= (1 if named else 3)):
        how = "值是区划代码" if coded else f"{len(looked)} 个不同的值里有 {known} 个是现有的区划"
        return Kind(FieldType.DIVISION, f"{'表头说的是区划，' if named else ''}{how}。")
    return None


def _day(seen: Seen) -> Kind | None:
    days = [cell for cell in seen.cells if isinstance(cell, date)]
    if len(days) == seen.filled:
        timed = sum(isinstance(cell, datetime) and cell.time() != time() for cell in days)
        if timed:
            return Kind(FieldType.DAY_TIME, f"{seen.filled} 个值都是日期，{timed} 个带时刻。")
        return Kind(FieldType.DATE, f"{seen.filled} 个值在表里都是日期。")
    named = seen.says("date")
    written = sum(1 for cell in seen.cells if not isinstance(cell, date) and _is_day(_written(cell), named=named))
    many = len(days) + written
    if many * 10 >= seen.filled * 9:
        return Kind(FieldType.DATE, f"{seen.filled} 个值里有 {many} 个写的是日期。")
    return None


def _is_day(text: str, *, named: bool) -> bool:
    formed = _WRITTEN_DAY.fullmatch(text) or (_TYPED_DAY.fullmatch(text) if named else None)
    return formed is not None and day_of_text(text) is not None


def _yes_no(seen: Seen) -> Kind | None:
    if {*seen.distinct} <= {"是", "否"} or all(isinstance(cell, bool) for cell in seen.cells):
        return Kind(
            FieldType.YES_NO,
            "只有“是”和“否”。" if len(seen.distinct) > 1 else f"只有“{seen.distinct[0]}”，按是非题收。",
        )
    return None


def _number(seen: Seen) -> Kind | None:
    numbers = list(_numbers(seen.cells))
    if len(numbers) < seen.filled:
        return None
    if any(abs(number) >= _EXACT for number in numbers):
        return Kind(FieldType.TEXT, "数字超过 15 位，只能当文字收（电子表格存不准）。")
    leading = any(len(text) > 1 and text[0] == "0" and text[1:2].isdigit() for text in seen.texts)
    if leading or seen.says("code"):
        return Kind(FieldType.TEXT, "是编号一类的号码，前面的 0 要留着，不参与计算，按文字收。")
    scale = max(-int(number.normalize().as_tuple().exponent) if number else 0 for number in numbers)
    if seen.unit == "元" and scale <= 2:
        return Kind(FieldType.MONEY, f"{seen.filled} 个值都是数，单位是元，按金额（两位小数）收。", 2)
    if scale <= 0:
        return Kind(FieldType.INTEGER, f"{seen.filled} 个值都是整数。")
    return Kind(FieldType.DECIMAL, f"{seen.filled} 个值都是数，至多 {min(scale, 12)} 位小数。", min(scale, 12))


def _numbers(cells: Sequence[Raw]) -> Iterator[Decimal]:
    for cell in cells:
        if isinstance(cell, bool | date | time):
            return
        if isinstance(cell, str):
            text = half_width(cell)
            if not _NUMBER.fullmatch(text):
                return
            yield Decimal(text.replace(",", ""))
        elif isinstance(cell, float):
            yield Decimal(format(cell, ".15g"))
        elif cell is not None:
            yield Decimal(cell)


def _choice(seen: Seen) -> Kind | None:
    """Few different words that come again and again."""
    words = seen.distinct
    short = all(len(word) <= _LONGEST_CHOICE and "\n" not in word for word in words)
    personal = any(seen.says(hint) for hint in ("person", "address", "account", "code"))
    if not short or personal or len(words) > MOST_CHOICES or seen.filled < max(4, 2 * len(words)):
        return None
    steps = [word for word in _STEPS if word in words]
    ranked = tuple(steps) if len(steps) == len(words) else words
    order = "，按进展从低到高排列" if ranked == tuple(steps) else "，按出现的先后排列，请核对高低"
    return Kind(FieldType.ENUMERATION, f"{seen.filled} 个值里只有 {len(words)} 种{order}。", values=ranked)


def _text(seen: Seen, reason: str) -> Kind:
    if seen.says("account"):
        return Kind(FieldType.TEXT, reason, sensitivity=Sensitivity.ENCRYPTED, personal="是账号，加密保存。")
    if seen.says("person") or seen.says("address"):
        return Kind(FieldType.TEXT, reason, sensitivity=Sensitivity.MASKED, personal="是个人信息，显示时遮蔽。")
    return Kind(FieldType.TEXT, reason)


def _by_header(seen: Seen) -> Kind:
    """No cell holds anything: the header alone."""
    alone = "这一列没有值，只按表头推断。"
    for hint, kind in _NAMED.items():
        if seen.says(hint):
            return _of_person(kind, alone)
    if HINTS["phone"].search(seen.title) and not HINTS["code"].search(seen.title):
        return _of_person(FieldType.PHONE, alone)
    if seen.says("division"):
        return Kind(FieldType.DIVISION, alone)
    if seen.says("yes"):
        return Kind(FieldType.YES_NO, alone)
    if seen.says("date"):
        return Kind(FieldType.DATE, alone)
    if seen.unit == "元":
        return Kind(FieldType.MONEY, alone, 2)
    if seen.unit or seen.says("share") or seen.says("money"):
        return Kind(FieldType.DECIMAL, alone, 2)
    if seen.says("count") and not seen.says("code"):
        return Kind(FieldType.INTEGER, alone)
    return _text(seen, alone)
