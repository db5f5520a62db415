"""What supervision adds to the lived-in town: a meeting, three matters in different places, a circular, a dismissal."""

from __future__ import annotations

from datetime import date

from shishi.apps.supervision.circulars import draft_circular
from shishi.apps.supervision.dismissing import dismiss
from shishi.apps.supervision.findings_seen import look_seen
from shishi.apps.supervision.matters import (
    Evidence,
    NewMatter,
    accept,
    add_progress,
    assign,
    open_matter,
    raise_matter,
    reach_milestone,
    report_done,
)
from shishi.apps.supervision.meetings import Minutes, record_meeting
from shishi.core.matters import MatterSource
from shishi.core.meetings import MeetingKind
from tests.apps.town import DAY, NAME, Town

DECISIONS = (
    "宣州区专班10月12日前完成遗留项目测绘和补登，郎溪县专班协助；办结后报领导小组办公室。",
    "广德市即日起恢复每日填报，由市领导小组办公室每天核对。",
)


def supervise(town: Town) -> Town:
    """Add them, one after the other."""
    by = town.leader
    minutes = Minutes(
        "房屋办证9月30日碰头会", "张主任", "市政府三楼会议室", "市领导小组办公室、三县市区专班", "", DECISIONS
    )
    meeting = record_meeting(
        NAME, MeetingKind.DAILY, DAY, minutes, by=by, at=town.tick(), as_of=DAY, demonstration=True
    )
    first = NewMatter(
        NAME,
        "宣州区遗留项目测绘和补登",
        MatterSource.MEETING,
        minutes.title,
        "遗留项目全部完成测绘、补登，报领导小组办公室备查。",
        "xuanzhou",
        ("langxi",),
        within=8,
        source_on=DAY,
        milestones=(("完成测绘", date(2021, 10, 9)), ("完成补登", date(2021, 10, 12))),
        indicators=("issued", "rate"),
        meeting=meeting.id,
        decision=1,
        demonstration=True,
    )
    matter = str(open_matter(first, by=by, at=town.tick()).id)
    assign(matter, by=by, at=town.tick())
    accept(matter, by=town.clerk(), at=town.tick())
    reach_milestone(matter, 1, "测绘全部完成，成果已入库。", by=town.clerk(), at=town.tick())
    proof = [Evidence("测绘成果清单.pdf", b"%PDF-1.4 demonstration")]
    add_progress(matter, "已完成补登6套，其余4套资料在补正。", by=town.clerk(), at=town.tick(), evidence=proof)
    part = NewMatter(
        NAME,
        "双桥片区补登",
        MatterSource.MEETING,
        minutes.title,
        "片区内补登完成。",
        "langxi",
        within=5,
        parent=int(matter),
    )
    open_matter(part, by=by, at=town.tick())
    second = NewMatter(
        NAME, "恢复每日填报", MatterSource.INSTRUCTION, "市长9月30日批示", "连续五日按时填报。", "guangde", within=3
    )
    silent = str(open_matter(second, by=by, at=town.tick()).id)
    assign(silent, by=by, at=town.tick())
    raise_matter(silent, "连续两日未报", by=by, at=town.tick())
    third = NewMatter(
        NAME, "张贴办证流程图", MatterSource.WORK_REPORT, "工作报告第三部分", "各窗口张贴到位。", "langxi", within=3
    )
    posted = str(open_matter(third, by=by, at=town.tick()).id)
    assign(posted, by=by, at=town.tick())
    accept(posted, by=town.clerk("langxi"), at=town.tick())
    report_done(posted, "已张贴。", by=town.clerk("langxi"), at=town.tick(), evidence=[Evidence("现场照片")])
    draft_circular(NAME, DAY, by=by, at=town.tick(), demonstration=True)
    look = look_seen(by, NAME, DAY, at=town.tick())
    last = [item for item in look.findings if item.waiting][-1:] if look else []
    for item in last:
        dismiss(item.id, "已实地核实，系台账迁移所致。", by=by, at=town.tick())
    return town
