"""Writing forms: an XLSForm out of the table's own schema, turned into an XForm by pyxform, whose checks are ours."""

from __future__ import annotations

import hashlib
import json

from shishi.adapters.xforms.base import AS_OF, ENDED, EXPLANATION, STARTED, FormAsked, XForm
from shishi.core.cells import scale_of
from shishi.core.errors import Issue, Refused
from shishi.core.tables import Field, FieldType, Sensitivity, Table

Row = dict[str, str]

_PATTERNS = {
    FieldType.CITIZEN_NUMBER: r"^[1-8][0-9]{16}[0-9X]$",
    FieldType.CREDIT_CODE: r"^[0-9A-HJ-NP-RTUW-Y]{18}$",
    FieldType.REAL_ESTATE_UNIT: r"^[0-9]{12}[A-Z]{2}[0-9]{5}[A-Z][0-9]{8}$",
    FieldType.DIVISION: r"^([0-9]{6}|[0-9]{9}|[0-9]{12})$",
}
_PLAIN = {
    FieldType.INTEGER: "integer",
    FieldType.DECIMAL: "decimal",
    FieldType.MONEY: "decimal",
    FieldType.DATE: "date",
    FieldType.DAY_TIME: "dateTime",
    FieldType.POINT: "geopoint",
    FieldType.FILE: "image",
}
_NUMBERS = frozenset({FieldType.INTEGER, FieldType.DECIMAL, FieldType.MONEY})
_YES_NO = "shishi_yes_no"
_QUOTES = str.maketrans("“”‘’", "「」『』")


def form_id(table: Table) -> str:
    """The name of a table as a form."""
    return table.name.replace("/", ".")


def unfit(table: Table) -> str:
    """Why a table is not filled in by a collecting app; empty when it is."""
    if table.by_service:
        return f"“{table.title}”由平台自己记录，不用采集。"
    if table.statements is not None:
        return f"“{table.title}”是按期填报的数，请在“按期填报”里填。"
    secret = [item.title for item in table.fields if _needed(table, item) and _is_secret(item)]
    if secret:
        return f"“{table.title}”必填{'、'.join(secret)}，这类内容只能加密保存，不放进手机的采集程序。请在网页上填报。"
    return ""


def write_form(asked: FormAsked) -> XForm:
    """The form of a table. ``Refused``: form_unfit (it is not for collecting apps), form_malformed (pyxform refuses
    it)."""
    table = asked.table
    if why := unfit(table):
        raise Refused("form_unfit", why)
    sheets = xlsform_of(asked)
    version = _version(table, sheets)
    settings = {"form_id": form_id(table), "form_title": table.title, "version": version, "instance_name": _name(table)}
    xml = _converted({**sheets, "settings": [settings]}, table)
    return XForm(form_id(table), version, table.title, xml, hashlib.md5(xml, usedforsecurity=False).hexdigest())


def xlsform_of(asked: FormAsked) -> dict[str, list[Row]]:
    """The sheets ``survey`` and ``choices`` of a table."""
    fields = [item for item in asked.table.fields if _is_asked(item, asked)]
    survey = [*_clock(), _as_of(), *(_question(item, asked) for item in fields), _explanation()]
    return {"survey": survey, "choices": _choices(fields, asked)}


def _is_secret(field: Field) -> bool:
    return field.sensitivity is Sensitivity.ENCRYPTED


def _is_asked(field: Field, asked: FormAsked) -> bool:
    """Secrets do not lie on phones; photos are asked for only where the pack permits it."""
    return not _is_secret(field) and (field.type is not FieldType.FILE or field.name in asked.photos)


def _needed(table: Table, field: Field) -> bool:
    return field.required or field.name in table.key


def _name(table: Table) -> str:
    """What a filled form is called on the device: its key."""
    return "concat(" + ", ' ', ".join([*(f"${{{name}}}" for name in table.key), "''"]) + ")"


def _as_of() -> Row:
    return {
        "type": "date",
        "name": AS_OF,
        "label": "截至日期",
        "hint": "这些情况从哪一天起是这样",
        "default": "today()",
        "required": "yes",
        "required_message": "请选择截至日期。",
        "constraint": ". <= today()",
        "constraint_message": "截至日期不能晚于今天。",
    }


def _clock() -> tuple[Row, Row]:
    """When the form is opened and finished, for how long filling in takes; asked of the app, not of the person."""
    return {"type": "start", "name": STARTED}, {"type": "end", "name": ENDED}


def _explanation() -> Row:
    hint = "数字特殊、系统要求核实的，写明原因；没有就不填"
    return {"type": "text", "name": EXPLANATION, "label": "核实说明", "hint": hint}


def _question(field: Field, asked: FormAsked) -> Row:
    row = {"type": _type(field, asked), "name": field.name, "label": _label(field), "hint": _plain(_hint(field))}
    if _needed(asked.table, field):
        row |= {"required": "yes", "required_message": f"请填写“{field.title}”。"}
    constraint, message = _constraint(field, asked)
    if constraint:
        row |= {"constraint": constraint, "constraint_message": message}
    return {name: _plain(text) if name.endswith("_message") else text for name, text in row.items() if text}


def _type(field: Field, asked: FormAsked) -> str:
    if field.type is FieldType.YES_NO:
        return f"select_one {_YES_NO}"
    if field.type is FieldType.DIVISION and asked.divisions:
        return "select_one shishi_divisions"
    if field.values and field.type is FieldType.ENUMERATION:
        return f"select_one {field.name}"
    if field.values and field.type is FieldType.CHOICES:
        return f"select_multiple {field.name}"
    return _PLAIN.get(field.type, "text")


def _label(field: Field) -> str:
    return _plain(f"{field.title}（{field.unit}）" if field.unit else field.title)


def _hint(field: Field) -> str:
    told = [field.note]
    if field.type in (FieldType.DECIMAL, FieldType.MONEY):
        told.append(f"最多 {scale_of(field)} 位小数" if scale_of(field) else "整数")
    if field.type is FieldType.REFERENCE:
        told.append("填对应台账里那一行的主键")
    if field.sample and not field.values:
        told.append(f"例如 {field.sample}")
    return "；".join(item for item in told if item)


def _plain(text: str) -> str:
    """XLSForm reads ``${…}`` in a text as the name of a question, and pyxform makes quotes straight: 「」 stay."""
    return text.replace("${", "$ {").translate(_QUOTES)


def _constraint(field: Field, asked: FormAsked) -> tuple[str, str]:
    if field.type in _NUMBERS or field.type is FieldType.DATE:
        return _limits(field)
    if field.type is FieldType.DIVISION and asked.divisions:
        return "", ""
    if pattern := _PATTERNS.get(field.type):
        return f"regex(., '{pattern}')", f"“{field.title}”写法不对，请核对。"
    if _PLAIN.get(field.type) or field.values or field.type in (FieldType.YES_NO, FieldType.CHOICES):
        return "", ""
    return f"string-length(.) <= {field.max_length}", f"“{field.title}”最多 {field.max_length} 个字，请精简。"


def _limits(field: Field) -> tuple[str, str]:
    day = field.type is FieldType.DATE
    told = [
        (f". {sign} date('{limit}')" if day else f". {sign} {limit}", f"{words} {limit}")
        for sign, words, limit in ((">=", "不能小于", field.minimum), ("<=", "不能大于", field.maximum))
        if limit is not None
    ]
    return " and ".join(rule for rule, _ in told), f"“{field.title}”{'，'.join(words for _, words in told)}。"


def _choices(fields: list[Field], asked: FormAsked) -> list[Row]:
    rows: list[Row] = []
    if any(item.type is FieldType.YES_NO for item in fields):
        rows += [
            {"list_name": _YES_NO, "name": "yes", "label": "是"},
            {"list_name": _YES_NO, "name": "no", "label": "否"},
        ]
    if any(item.type is FieldType.DIVISION for item in fields):
        rows += [{"list_name": "shishi_divisions", "name": code, "label": name} for code, name in asked.divisions]
    for item in fields:
        if item.type in (FieldType.ENUMERATION, FieldType.CHOICES):
            rows += [
                {"list_name": item.name, "name": choice.value, "label": _plain(choice.title)} for choice in item.values
            ]
    return rows


def _version(table: Table, sheets: dict[str, list[Row]]) -> str:
    """The table's version, and a digest of what is asked: other choices are another version, too."""
    told = json.dumps(sheets, ensure_ascii=False, sort_keys=True).encode()
    return f"{table.version}-{hashlib.sha256(told).hexdigest()[:10]}"


def _converted(sheets: dict[str, list[Row]], table: Table) -> bytes:
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        found: str = convert(xlsform=sheets, form_name="data").xform
    except PyXFormError as wrong:
        told = f"“{table.title}”生成不了采集表：{wrong}。请检查字段和选项的代码（只用字母、数字、下划线）。"
        raise Refused("form_malformed", told, [Issue(code="form_malformed", message=told)]) from wrong
    return found.encode()
