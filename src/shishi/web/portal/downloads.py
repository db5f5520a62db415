"""The figures for machines: CSV and JSON with their dictionary, rows that a pack lets out, the brief as PDF."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header

from shishi.apps.files.selectors import is_demonstration
from shishi.apps.publishing.published import Promised, PublishedEdition
from shishi.apps.publishing.selectors import brief_pdf, documents, latest_of
from shishi.core.calendars import SHANGHAI
from shishi.core.divisions import level_of, official
from shishi.core.errors import Misuse
from shishi.core.programmes import Source
from shishi.web.portal.answering import everybody

FIELDS = (
    ("programme", "文字", "", "实事的全名：发布者/年份/代码"),
    ("division", "文字", "", "行政区划代码，六位"),
    ("division_name", "文字", "", "行政区划名称"),
    ("level", "文字", "", "country 全国、province 省、city 市、county 县"),
    ("indicator", "文字", "", "指标代码"),
    ("indicator_title", "文字", "", "指标名称"),
    ("unit", "文字", "", "数值的单位"),
    ("as_of", "日期", "", "截至哪一天，数值说的是这一天的情况"),
    ("known_at", "时间", "", "按哪一刻所知计算；之后才报来的更正不在内"),
    ("edition", "整数", "", "这一天的第几版公开"),
    (
        "status",
        "文字",
        "",
        "reported 当期已报、carried 当期未报沿用上次、never 从未填报、withheld 人数太少不显示、none 没有数据",
    ),
    ("reported", "小数", "指标的单位", "填报：责任单位报来的数；空为没有，不是零"),
    ("evidenced", "小数", "指标的单位", "有佐证：其中附了证明材料的；空为不设佐证或没有"),
    ("verified", "小数", "指标的单位", "已核实：其中由另外的人核对过的；空为不设核实或没有"),
    ("numerator", "小数", "", "比率的分子"),
    ("denominator", "小数", "", "比率的分母"),
    ("target", "小数", "指标的单位", "目标任务"),
    ("expected", "小数", "指标的单位", "按序时进度这一天应达到的数"),
    ("behind_points", "小数", "百分点", "离应达到的还差全程的百分之几；负数为领先"),
    ("behind_days", "整数", "天", "序时进度在多少天以前就该到这个数；负数为领先"),
    ("due", "整数", "个", "这一期应报的单位数"),
    ("received", "整数", "个", "其中已报的单位数"),
    ("carried_from", "日期", "", "沿用的数是哪一天报的"),
    ("indicator_version", "整数", "", "指标口径的版本"),
)
"""Name, type, unit and meaning of every column."""
NUMBERS = (
    "reported", "evidenced", "verified", "numerator", "denominator", "target", "expected", "behind_points",
)  # fmt: skip


@everybody
def figures_csv(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """Every published figure of every division, one a line."""
    edition = latest_of(f"{jurisdiction}/{year}/{code}")
    return _file(_csv_of(edition), "text/csv; charset=utf-8", f"{code}-{edition.as_of}.csv")


@everybody
def figures_json(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """The same with its dictionary, its sources and its edition."""
    edition = latest_of(f"{jurisdiction}/{year}/{code}")
    content = _json_of(edition, is_demonstration(), settings.OPEN_DATA_LICENCE)
    return _file(content, "application/json", f"{code}-{edition.as_of}.json")


@everybody
def dictionary_csv(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """What the columns and the indicators mean."""
    edition = latest_of(f"{jurisdiction}/{year}/{code}")
    rows = [("column", *field) for field in FIELDS]
    rows += [
        (
            "indicator",
            item.indicator.code,
            item.indicator.measure.value,
            item.indicator.unit,
            _meaning(edition, item.indicator.code),
        )
        for item in edition.by_code.values()
    ]
    return _file(
        _csv(("kind", "name", "type", "unit", "meaning"), rows), "text/csv; charset=utf-8", f"{code}-dictionary.csv"
    )


@everybody
def rows_csv(request: HttpRequest, jurisdiction: str, year: int, code: str, table: str) -> HttpResponse:
    """The rows of a table, as far as the pack lets them out."""
    edition = latest_of(f"{jurisdiction}/{year}/{code}")
    found = next((item for item in edition.content.lists if item.table == table), None)
    if found is None:
        raise Misuse("unknown_list", "这件实事没有公开这份清单。")
    rows = [(official(division), *cells) for division, cells in found.rows]
    return _file(
        _csv(("行政区划代码", *found.columns), rows), "text/csv; charset=utf-8", f"{code}-{table}-{edition.as_of}.csv"
    )


@everybody
def brief(request: HttpRequest, jurisdiction: str, year: int, code: str) -> HttpResponse:
    """The brief as it went out."""
    edition = latest_of(f"{jurisdiction}/{year}/{code}")
    content = brief_pdf(edition)
    told = edition.content.brief
    return _file(
        content, "application/pdf", f"{told.as_of}-{told.title}-第{told.number}期.pdf" if told else "brief.pdf"
    )


def _file(content: bytes, kind: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": disposition})


@lru_cache(maxsize=8)
def _csv_of(edition: PublishedEdition) -> bytes:
    header = [name for name, *_ in FIELDS]
    return _csv(header, ([_plain(row[name]) for name in header] for row in _lines(edition)))


@lru_cache(maxsize=8)
def _json_of(edition: PublishedEdition, demonstration: bool, licence: str) -> bytes:
    content = edition.content
    document = {
        "demonstration": demonstration,
        "licence": licence,
        "programme": content.programme,
        "title": content.title,
        "promise": content.promise,
        "basis": content.basis,
        "as_of": edition.as_of.isoformat(),
        "known_at": edition.known_at.isoformat(),
        "edition": edition.number,
        "published_at": edition.published_at.isoformat(),
        "digest": edition.digest,
        "sources": [_source(item) for item in content.sources],
        "notes": list(content.notes),
        "dictionary": [dict(zip(("name", "type", "unit", "meaning"), field, strict=True)) for field in FIELDS],
        "indicators": [_definition(edition, item) for item in edition.by_code.values()],
        "figures": list(_lines(edition)),
    }
    return json.dumps(document, ensure_ascii=False, indent=1, default=_plain).encode()


def _source(item: Source) -> dict[str, object]:
    return {
        "title": item.title,
        "trust": item.trust.value,
        "published": item.published.isoformat() if item.published else None,
        "supports": item.supports,
        "verified": item.verified,
    }


def _definition(edition: PublishedEdition, item: Promised) -> dict[str, object]:
    indicator = item.indicator
    return {
        "code": indicator.code,
        "title": indicator.title,
        "unit": indicator.unit,
        "version": indicator.version,
        "direction": indicator.direction.value,
        "meaning": _meaning(edition, indicator.code),
        "target_document": item.document,
        "target_verified": item.document_verified,
        "due": item.due.isoformat() if item.due else None,
    }


def _lines(edition: PublishedEdition) -> Iterator[dict[str, object]]:
    """One for each figure, from what is stored: of a country there are tens of thousands."""
    for place in documents(edition):
        division, level = official(place["division"]), level_of(place["division"]).name.lower()
        for code, told in place["told"].items():
            if code in edition.by_code:
                named = {"division": division, "division_name": place["name"], "level": level}
                yield _line(edition, named, code, told)


def _line(
    edition: PublishedEdition, named: Mapping[str, object], code: str, told: Mapping[str, Any]
) -> dict[str, object]:
    indicator = edition.by_code[code].indicator
    numbers = {name: _number(told.get(name)) for name in NUMBERS}
    return {
        "programme": edition.content.programme,
        **named,
        "indicator": code,
        "indicator_title": indicator.title,
        "unit": indicator.unit,
        "as_of": edition.as_of.isoformat(),
        "known_at": edition.known_at.astimezone(SHANGHAI).isoformat(timespec="minutes"),
        "edition": edition.number,
        "status": _status(told),
        **numbers,
        "behind_days": told.get("behind_days"),
        "due": told["due"],
        "received": told["received"],
        "carried_from": told.get("carried_from"),
        "indicator_version": (told.get("versions") or {}).get("indicator"),
    }


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _status(told: Mapping[str, Any]) -> str:
    if told.get("withheld"):
        return "withheld"
    if told.get("reported") is None:
        return "never" if told["due"] else "none"
    return "carried" if told["received"] < told["due"] else "reported"


def _meaning(edition: PublishedEdition, code: str) -> str:
    indicator = edition.by_code[code].indicator
    parts = [
        edition.by_code[part].indicator.title
        for part in (indicator.numerator, indicator.denominator)
        if part in edition.by_code
    ]
    ratio = f"{parts[0]}除以{parts[1]}。" if len(parts) == 2 else ""
    return f"{indicator.title}。{ratio}{indicator.basis_note}"


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return format(value, "f")
    return "" if value is None else value


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """With the mark by which spreadsheets know UTF-8; a cell that they would take for a formula begins with a quote."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _harmless(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in "=+@\t" and cell else cell
