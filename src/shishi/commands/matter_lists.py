"""``matter template | import``: the list that a secretary's office keeps, from Excel."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Commands, Context, Outcome, command, store_facts
from shishi.commands.hand_ins import list_refused
from shishi.commands.notices import and_send
from shishi.commands.usage import new_file
from shishi.core.errors import Misuse, Refused

if TYPE_CHECKING:
    from shishi.apps.supervision.matter_lists import Line, MatterList


def configure(commands: Commands) -> None:
    """The two commands."""
    templating = command(commands, "template", "督办事项清单的空模板", _template)
    templating.add_argument("-o", "--output", type=Path, required=True, metavar="文件")
    importing = command(
        commands, "import", "从 Excel 清单立项：整份立或整份不立，已有的不重复", and_send(_import), writes=True
    )
    importing.add_argument("programme", help="清单里没有写重点项目的事项归到这里")
    importing.add_argument("file", type=Path)
    importing.add_argument("--dry-run", action="store_true", help="只看读懂了什么，不立项")
    importing.add_argument("--assign", action="store_true", help="立项后一并交办")
    importing.add_argument("--marked", type=new_file, help="有问题时把标出问题的清单写到这里")


def _template(context: Context) -> Outcome:
    from shishi.apps.supervision.matter_lists import matter_template

    matter_template(context.arguments.output, demonstration=bool(store_facts()["demonstration"]))
    return Outcome({"file": str(context.arguments.output)}, [f"模板在 {context.arguments.output}"])


def _import(context: Context) -> Outcome:
    from shishi.apps.programmes.selectors import programme_named
    from shishi.apps.supervision.matter_lists import import_matters, read_matters

    given = context.arguments
    if not given.file.is_file():
        raise Misuse("file_missing", f"找不到文件 {given.file}。")
    name = programme_named(given.programme)[1].name
    demonstration = bool(store_facts()["demonstration"])
    try:
        if given.dry_run:
            told = read_matters(given.file, name, by=context.by, at=context.at, demonstration=demonstration)
            return _told(told, (), dry_run=True)
        told, made = import_matters(
            given.file, name, by=context.by, at=context.at, assigned=given.assign, demonstration=demonstration
        )
    except Refused as refused:
        return list_refused(given.file, refused, given.marked)
    return _told(told, [item.id for item in made], dry_run=False)


def _told(told: MatterList, made: list[int] | tuple[()], *, dry_run: bool) -> Outcome:
    document = {
        "dry_run": dry_run,
        "lines": [_line(item) for item in told.lines],
        "new": len(told.new),
        "held": len(told.held),
        "made": list(made),
        "notes": list(told.notes),
    }
    verb = "会新立" if dry_run else "新立"
    lines = [f"{len(told.lines)} 件：{verb} {len(told.new)} 件，已有 {len(told.held)} 件。"]
    for item in told.lines:
        until = str(item.new.due) if item.new.due else f"交办后 {item.new.within} 个工作日"
        held = f"已有 {item.held.id}（{item.held.state.label}）" if item.held else verb
        lines.append(f"  第 {item.row} 行　{held}　{item.new.title}　{item.lead}　{until}")
    return Outcome(document, [*lines, *(f"  {note}" for note in told.notes)])


def _line(item: Line) -> dict[str, object]:
    new = item.new
    return {
        "sheet": item.sheet,
        "row": item.row,
        "programme": new.programme,
        "title": new.title,
        "source": new.source.value,
        "source_text": new.source_text,
        "source_on": new.source_on.isoformat() if new.source_on else None,
        "deliverable": new.deliverable,
        "lead": new.lead,
        "assisting": list(new.assisting),
        "within": new.within or None,
        "due": new.due.isoformat() if new.due else None,
        "milestones": [{"title": title, "day": day.isoformat()} for title, day in new.milestones],
        "indicators": list(new.indicators),
        "held": item.held.id if item.held else None,
    }
