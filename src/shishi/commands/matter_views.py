"""Matters and meetings as the command line shows them: documents for programs, lines for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shishi.commands.notice_views import finding_document, iso, local

if TYPE_CHECKING:
    from shishi.apps.supervision.findings_seen import SeenFinding
    from shishi.apps.supervision.matters_seen import MatterLine, MatterView
    from shishi.apps.supervision.meetings import MeetingView


def matter_document(view: MatterView) -> dict[str, object]:
    """A matter as ``--json`` prints it."""
    from shishi.core.divisions import official

    standing = view.standing
    return {
        "id": view.id,
        "number": view.number or None,
        "programme": view.programme,
        "title": view.title,
        "source": view.source.value,
        "source_text": view.source_text,
        "source_on": view.source_on.isoformat() if view.source_on else None,
        "deliverable": view.deliverable,
        "indicators": list(view.indicators),
        "issuer": view.issuer,
        "issuer_division": official(view.issuer_division),
        "state": view.state.value,
        "rung": standing.rung.value if standing.rung else None,
        "due_rung": view.due_rung.value if view.due_rung else None,
        "deadline": iso(standing.deadline),
        "first_deadline": iso(standing.first_deadline),
        "provisional": view.provisional,
        "explained": view.explained or None,
        "extension": standing.extension.value,
        "overdue": view.overdue,
        "lead": view.lead.code,
        "assisting": [item.code for item in view.assisting],
        "milestones": _milestones(view),
        "evidence": list(standing.evidence),
        "actions": [item.value for item in view.actions],
        "parent": view.parent,
        "parts": list(view.parts),
        "meeting": view.meeting,
        "decision": view.decision or None,
        "demonstration": view.demonstration,
        "history": [_line(line) for line in view.history],
    }


def _milestones(view: MatterView) -> list[dict[str, object]]:
    reached = view.standing.reached
    return [
        {"position": item.position, "title": item.title, "until": iso(item.until), "reached": item.position in reached}
        for item in view.standing.milestones
    ]


def _line(line: MatterLine) -> dict[str, object]:
    return {
        "action": line.moved.action.value,
        "person": line.moved.person,
        "at": iso(line.moved.at),
        "body": line.moved.body or None,
        "text": line.moved.text,
        "deadline": iso(line.moved.deadline),
        "evidence": [{"name": name, "sha256": held or None} for name, held in line.files],
    }


def matter_line(view: MatterView) -> str:
    """A matter in one line for people."""
    words = [str(view.id), view.number or "（未编号）", view.state.label, view.lead.title, view.title]
    if view.standing.rung:
        words.append(f"〔{view.standing.rung.label}〕")
    words += [view.left] if view.left else []
    return "　".join(words)


def step_lines(view: MatterView) -> list[str]:
    """A history in lines for people."""
    lines = [f"  来源　{view.source.label}　{view.source_text}", f"  交付成果　{view.deliverable}"]
    lines += [f"  时限　{view.explained}"] if view.explained else []
    for item in view.standing.milestones:
        mark = "已完成" if item.position in view.standing.reached else "未完成"
        lines.append(f"  节点{item.position}　{local(item.until)}　{item.title}　{mark}")
    for line in view.history:
        moved = line.moved
        names = "、".join(name for name, _ in line.files)
        told = f"  {local(moved.at)}　{moved.action.label}　{moved.person}　{line.body}　{moved.text}".rstrip("　")
        lines.append(f"{told}　佐证：{names}" if names else told)
    return lines


def meeting_document(view: MeetingView) -> dict[str, object]:
    """A meeting as ``--json`` prints it."""
    minutes = view.minutes
    return {
        "id": view.id,
        "programme": view.programme,
        "kind": view.kind.value,
        "held_on": view.held_on.isoformat(),
        "as_of": view.as_of.isoformat() if view.as_of else None,
        "title": minutes.title,
        "chair": minutes.chair,
        "place": minutes.place,
        "present": minutes.present,
        "text": minutes.text,
        "decisions": [
            {"number": item.number, "text": item.text, "matters": list(item.matters)} for item in view.decisions
        ],
        "records": view.records,
        "recorded_by": view.recorded_by,
        "recorded_at": iso(view.recorded_at),
        "demonstration": view.demonstration,
    }


def meeting_lines(view: MeetingView) -> list[str]:
    """A meeting in lines for people."""
    lines = [f"{view.id}　{view.held_on}　{view.kind.label}　{view.minutes.title}　主持：{view.minutes.chair}"]
    for item in view.decisions:
        became = f"（督办事项 {'、'.join(map(str, item.matters))}）" if item.matters else ""
        lines.append(f"  {item.number}. {item.text}{became}")
    return lines


def seen_document(item: SeenFinding) -> dict[str, object]:
    """A finding with its id and what was done about it, as ``--json`` prints it."""
    dismissed = item.dismissed
    return {
        "id": item.id,
        **finding_document(item.finding),
        "stood": item.stood,
        "notice": item.notice,
        "matter": item.matter,
        "dismissed": {"reason": dismissed.reason, "person": dismissed.person, "until": dismissed.until.isoformat()}
        if dismissed
        else None,
    }


def seen_line(item: SeenFinding) -> str:
    """A finding in one line for people."""
    done = f"　单 {item.notice}" if item.notice else ""
    done += f"　不发单：{item.dismissed.reason}（{item.dismissed.person}）" if item.dismissed else ""
    return f"{item.id}　{item.finding.kind.label}　第{item.stood}天　{item.finding.message}{done}"
