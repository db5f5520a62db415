"""Reading filled forms: XML of strangers, without entities, without a document type, within bounds."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from shishi.adapters.xforms.base import FilledForm
from shishi.core.errors import Misuse
from shishi.core.tables import Field, FieldType, Table

MOST_BYTES, MOST_DEPTH, MOST_ANSWERS, LONGEST_INSTANCE = 2**20, 20, 2000, 255


def read_form(xml: bytes) -> FilledForm:
    """A filled form. ``Misuse``: form_too_large, xml_malformed, xml_forbidden (a document type, an entity),
    form_encrypted, form_unnamed, instance_missing."""
    root = _root(xml)
    if _name(root) == "submission" or root.get("encrypted") == "yes":
        raise Misuse("form_encrypted", "这份采集是加密的，系统读不了。请用系统给的采集表，不要另设加密。")
    form = (root.get("id") or "").strip()
    if not form:
        raise Misuse("form_unnamed", "采集内容没有写明是哪张表（缺 id）。请从系统下载采集表再填。")
    answers = dict(_answers(root))
    meta = next((item for item in root if _name(item) == "meta"), None)
    told = {_name(item): (item.text or "").strip() for item in meta} if meta is not None else {}
    instance, replaces = told.get("instanceID", ""), told.get("deprecatedID", "")
    if not 0 < len(instance) <= LONGEST_INSTANCE or len(replaces) > LONGEST_INSTANCE:
        raise Misuse("instance_missing", "采集内容没有编号（instanceID），或编号太长。请从系统下载采集表再填。")
    return FilledForm(form, (root.get("version") or "").strip()[:80], instance, replaces, answers)


def cells_of(table: Table, filled: FilledForm) -> dict[str, str]:
    """The answers to the fields of a table, written as a clerk would write them; empty ones too."""
    return {
        item.name: _as_typed(item, filled.answers[item.name]) for item in table.fields if item.name in filled.answers
    }


def _root(xml: bytes) -> Element:
    if len(xml) > MOST_BYTES:
        raise Misuse("form_too_large", f"一份采集最多 {MOST_BYTES // 2**20} MB（照片另算）。请分成几份。")
    try:
        root: Element = ElementTree.fromstring(xml, forbid_dtd=True)
    except DefusedXmlException as forbidden:
        told = "采集内容里有文档类型或实体定义，不收。请用系统给的采集表。"
        raise Misuse("xml_forbidden", told) from forbidden
    except (ParseError, ValueError, LookupError) as wrong:
        raise Misuse("xml_malformed", "采集内容不是完整的 XML。请在手机上重新发送。") from wrong
    return root


def _name(item: Element) -> str:
    return item.tag.rpartition("}")[2]


def _answers(root: Element) -> Iterator[tuple[str, str]]:
    """Leaves by their name, groups opened."""
    waiting = [(item, 1) for item in root]
    found = 0
    while waiting:
        item, depth = waiting.pop()
        name = _name(item)
        if name == "meta" or not name:
            continue
        found += 1
        if found > MOST_ANSWERS or depth > MOST_DEPTH:
            raise Misuse("xml_forbidden", "采集内容的层次或项目太多，不收。请用系统给的采集表。")
        if len(item):
            waiting += [(inner, depth + 1) for inner in item]
        else:
            yield name, (item.text or "").strip()


def _as_typed(field: Field, text: str) -> str:
    if field.type is FieldType.POINT and text:
        latitude, _, rest = text.partition(" ")
        return f"{rest.split(' ')[0]},{latitude}"
    if field.type is FieldType.CHOICES and field.values:
        return "、".join(text.split())
    return text
