"""The burden check 减负检查 as the command line shows it: a document for programs, lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shishi.core.fillings import Way

if TYPE_CHECKING:
    from shishi.core.burden import Burden
    from shishi.core.fillings import Minutes


def burden_document(found: Burden) -> dict[str, Any]:
    """For programs."""
    return {
        "forms": [
            {
                "table": form.table,
                "columns": form.columns,
                "required": form.required,
                "reports_per_year": form.yearly,
                "minutes": _median(form.took(Way.FORM)),
                "minutes_on_devices": _median(form.took(Way.DEVICE)),
                "seconds_a_cell": cell.seconds if (cell := form.took(Way.CELL)) else None,
                "workbook_minutes": None,
            }
            for form in found.forms
        ],
        "asked_twice": [{"first": t.first, "second": t.second, "because": t.because} for t in found.twice],
        "read_by_nobody": [{"table": u.table, "field": u.field, "required": u.required} for u in found.unread],
        "reports_per_week": [{"body": o.who, "tables": o.tables, "reports": f"{o.weekly:.1f}"} for o in found.loads],
        "photos": list(found.photos),
        "short_deadlines": [{"programme": s.programme, "rung": s.rung, "days": s.days} for s in found.short],
    }


def _median(minutes: Minutes | None) -> str | None:
    return format(minutes.median, "f") if minutes else None


def _took(title: str, minutes: Minutes) -> str:
    match minutes.way:
        case Way.CELL:
            return f"在网页表格里改一格《{title}》：{minutes.seconds} 秒（浏览器报的，{minutes.times} 次的中位数）。"
        case Way.DEVICE:
            return f"手机采集一份《{title}》：{minutes.median} 分钟（手机报的，{minutes.times} 次的中位数）。"
        case _:
            return f"填一次《{title}》：{minutes.median} 分钟（{minutes.times} 次实测的中位数）。"


def burden_lines(found: Burden) -> list[str]:
    """For people."""
    lines = [f"{len(found.forms)} 张表，共 {sum(form.columns for form in found.forms)} 列。"]
    timed = [_took(form.title, minutes) for form in found.forms for minutes in form.minutes]
    lines += timed or ["填一次用多少分钟：没有实测。"]
    lines.append("工作簿在各自的电脑上填，用了多久无从得知，不估。")
    lines += [f"重复：{t.second} 与 {t.first}，{t.because}。" for t in found.twice]
    lines += [f"没有用处：《{u.table}》“{u.field}”{'（必填）' if u.required else ''}。" for u in found.unread]
    lines += [f"报送：{o.who} 每周 {o.weekly:.1f} 次，{o.tables} 张表。" for o in found.loads]
    lines += [f"照片：{told}。" for told in found.photos]
    return lines + [f"期限短：{s.programme}，{s.rung} 只给 {s.days} 个工作日。" for s in found.short]
