"""``pack propose``, ``pack draft …``, ``pack burden``: what the editor's pages do, for programs and for who knows YAML.

A draft's files are YAML files of a pack: ``draft files N -o DIR`` writes them out, ``draft save N DIR`` takes them in.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shishi.commands.burdens import burden_document, burden_lines
from shishi.commands.context import Commands, Context, Outcome, command, day
from shishi.core.errors import Issue, Misuse

if TYPE_CHECKING:
    from shishi.apps.programmes.draft_checks import Checked
    from shishi.apps.programmes.draft_history import DraftView
    from shishi.core.guessing import Guess

STEPS = {
    "withdraw": "撤回送审，接着写",
    "return": "退回给拟定的人（--reason）",
    "approve": "批准并安装（不能是写过它的人）",
    "drop": "撤销草案",
    "rebase": "清单又装了新版本以后，接到新版本上",
}


def configure_drafts(commands: Commands) -> None:
    """Arguments of the operations on drafts."""
    proposing = command(commands, "propose", "从现有工作簿推断台账：列、类型、主键，每一项说明依据", _propose)
    proposing.add_argument("path", type=Path)
    proposing.add_argument("--sheet", default="", help="用哪张工作表（默认行数最多的）")
    proposing.add_argument("-o", "--output", type=Path, help="把推断出的台账写成 YAML")
    weighing = command(commands, "burden", "减负检查：重复填报、没人用的列、报送次数", _burden)
    weighing.add_argument("path", type=Path, nargs="?", help="清单文件夹；不写就查已安装的")
    weighing.add_argument("--draft", type=int, help="查一份草案")
    drafting = commands.add_parser("draft", help="项目草案：拟定、送审、批准", description="项目草案：拟定、送审、批准")
    _configure_steps(drafting.add_subparsers(required=True, metavar="操作"))


def _configure_steps(commands: Commands) -> None:
    command(commands, "list", "您能看的草案", _list)
    beginning = command(commands, "begin", "起草：改一个已安装的项目，或从工作簿新建", _begin, writes=True)
    beginning.add_argument("programme", help="要改的项目；新建时写 发布者/年份/代码")
    beginning.add_argument("--from", type=Path, dest="workbook", help="从这份工作簿推断台账")
    beginning.add_argument("--sheet", default="")
    beginning.add_argument("--title", default="", help="新项目的名称")
    adding = command(
        commands, "add-table", "草案里再添一张台账，空的或照着工作簿、调查表（XLSForm）", _add_table, writes=True
    )
    adding.add_argument("number", type=int)
    adding.add_argument("title")
    adding.add_argument("--from", type=Path, dest="workbook")
    adding.add_argument("--sheet", default="")
    showing = command(commands, "show", "草案的状态、待改之处、与现行的差别", _show)
    showing.add_argument("number", type=int)
    effect = command(commands, "effect", "按草案的口径，今天的数会变成多少", _effect)
    effect.add_argument("number", type=int)
    effect.add_argument("--as-of", type=day)
    writing = command(commands, "files", "把草案的 YAML 写到文件夹里改", _files)
    writing.add_argument("number", type=int)
    writing.add_argument("-o", "--output", type=Path, required=True)
    exporting = command(commands, "export", "整份清单（含草案）写成可以安装的文件夹", _export)
    exporting.add_argument("number", type=int)
    exporting.add_argument("-o", "--output", type=Path, required=True)
    saving = command(commands, "save", "收回文件夹里改过的 YAML", _save, writes=True)
    saving.add_argument("number", type=int)
    saving.add_argument("path", type=Path)
    submitting = command(commands, "submit", "送审", _submit, writes=True)
    submitting.add_argument("number", type=int)
    submitting.add_argument("--effective-on", type=day, help="从哪天起按新口径算（清单已安装时必填）")
    for name, title in STEPS.items():
        step = command(commands, name, title, _step, writes=True)
        step.add_argument("number", type=int)
        step.add_argument("--reason", default="")
        step.set_defaults(step=name)


def _propose(context: Context) -> Outcome:
    from shishi.apps.programmes.proposing import propose
    from shishi.core.calendars import day_of
    from shishi.packs.editing import table_from_guess
    from shishi.packs.yaml_writing import yaml_text

    asked = context.arguments
    found = propose(asked.path, asked.sheet, on=day_of(context.at))
    tree = table_from_guess(found.guessed, found.title)
    if asked.output:
        asked.output.write_text(yaml_text(tree), encoding="utf-8")
    lines = [f"工作表“{found.sheet}”：表头第 {found.header[0]}–{found.header[1]} 行，数据 {found.guessed.rows} 行。"]
    for guess in found.guessed.guesses:
        field = guess.field
        key = "，主键" if field.name in tree["key"] else ""
        lines.append(
            f"  {guess.letter} {guess.header} → {field.name}（{field.title}）{field.type}{key}：{''.join(guess.reasons)}"
        )
    lines += [f"  {item.letter} {item.header} 未列入：{item.why}" for item in found.guessed.left_out]
    lines += [f"主键：{found.guessed.key_reason}", *(f"未读取：{told}" for told in found.passed)]
    document = {
        "sheet": found.sheet,
        "header_rows": list(found.header),
        "rows": found.guessed.rows,
        "key": tree["key"],
        "key_reason": found.guessed.key_reason,
        "division_field": tree["division_field"],
        "fields": [_guess_document(guess) for guess in found.guessed.guesses],
        "left_out": [[item.letter, item.header, item.why] for item in found.guessed.left_out],
        "skipped": list(found.passed),
        "beside": [
            {"title": item.title, "fields": [_guess_document(guess) for guess in item.guessed.guesses]}
            for item in found.beside
        ],
    }
    return Outcome(document, lines)


def _guess_document(guess: Guess) -> dict[str, Any]:
    field = guess.field
    return {
        "name": field.name,
        "title": field.title,
        "column": guess.letter,
        "header": guess.header,
        "type": field.type.value,
        "unit": field.unit,
        "scale": field.scale,
        "required": field.required,
        "values": [[choice.value, choice.title] for choice in field.values],
        "sensitivity": field.sensitivity.value,
        "reasons": list(guess.reasons),
    }


def _draft(context: Context) -> DraftView:
    from shishi.apps.programmes.draft_history import draft_for

    asked = context.arguments
    writes = getattr(asked, "by", None) is not None
    return draft_for(context.by if writes else context.reader, asked.number, at=context.at)


def _checked(context: Context, held: DraftView) -> Checked:
    from shishi.apps.ledger.holding import holding_for
    from shishi.apps.ledger.selectors import holds_rows
    from shishi.apps.programmes.draft_checks import check_draft

    holding = holding_for(context.reader, held.division, at=context.at)
    return check_draft(held, holds_rows=holds_rows, holding=holding, at=context.at)


def _list(context: Context) -> Outcome:
    from shishi.apps.programmes.draft_history import drafts_for

    found = drafts_for(context.reader, at=context.at)
    lines = [f"{item.number}  {item.state.label}  {item.title}  {item.programme}  {item.person}" for item in found]
    return Outcome([_document(item) for item in found], lines or ["没有草案。"])


def _document(held: DraftView) -> dict[str, Any]:
    return {
        "draft": held.number,
        "programme": held.programme,
        "title": held.title,
        "state": held.state.value,
        "new": held.new,
        "effective_on": held.effective_on.isoformat() if held.effective_on else None,
        "writers": sorted(held.standing.writers),
    }


def _begin(context: Context) -> Outcome:
    from shishi.apps.programmes.proposing import begin_change, begin_from_workbook

    asked = context.arguments
    if asked.workbook:
        made = begin_from_workbook(
            asked.programme, asked.workbook, asked.sheet, title=asked.title, by=context.by, at=context.at
        )
    else:
        made = begin_change(asked.programme, by=context.by, at=context.at)
    told = f"第 {made.number} 号草案：{made.title}。改它的 YAML：shishi pack draft files {made.number} -o 文件夹"
    return Outcome(_document(made), [told])


def _add_table(context: Context) -> Outcome:
    from shishi.apps.programmes.proposing import add_table

    asked = context.arguments
    made, short = add_table(
        asked.number, title=asked.title, path=asked.workbook, sheet=asked.sheet, by=context.by, at=context.at
    )
    return Outcome(_document(made) | {"table": short}, [f"第 {made.number} 号草案：{made.steps[-1].note}（{short}）。"])


def _show(context: Context) -> Outcome:
    from shishi.core.definition_changes import changes, list_changes

    held = _draft(context)
    checked = _checked(context, held)
    found = changes(checked.before, checked.programme) if checked.programme else ()
    found += list_changes(checked.installed, checked.pack) if checked.pack else ()
    document = _document(held) | {
        "issues": [issue.document() for issue in checked.issues],
        "changes": [{"where": c.where, "what": c.what, "before": c.before, "after": c.after} for c in found],
    }
    lines = [f"第 {held.number} 号草案：{held.title}（{held.programme}），{held.state.label}。"]
    lines += [f"  {step.at:%Y-%m-%d %H:%M} {step.person} {step.kind.label} {step.note}".rstrip() for step in held.steps]
    lines += ["与现行的差别：", *(f"  {change.sentence}" for change in found)] if found else ["与现行的没有差别。"]
    return Outcome(document, [*lines, *_faults(checked.issues)])


def _faults(issues: Iterable[Issue]) -> list[str]:
    told = [f"  {issue.file}{f':{issue.line}' if issue.line else ''} {issue.message}" for issue in issues]
    return [f"要改好才能送审的有 {len(told)} 处：", *told] if told else ["检查没有发现问题。"]


def _effect(context: Context) -> Outcome:
    from shishi.apps.indicators.effects import effects_of
    from shishi.core.calendars import day_of

    checked = _checked(context, _draft(context))
    if checked.before is None or checked.programme is None:
        return Outcome({"whole": [], "parts": []}, ["新项目还没有数据；或草案还有要改的地方，算不出来。"])
    as_of = context.arguments.as_of or day_of(context.at)
    found = effects_of(context.reader, checked.before, checked.programme, as_of, at=context.at)
    rows = [
        {
            "indicator": effect.indicator,
            "division": effect.division,
            "before": _value(effect.before),
            "after": _value(effect.after),
            "differs": effect.differs,
        }
        for effect in (*found.whole, *found.parts)
    ]
    lines = [
        f"  {effect.name} {effect.title}：{_value(effect.before) or '未报'} → {_value(effect.after) or '未报'} {effect.unit}"
        for effect in (*found.whole, *found.parts)
        if effect.differs
    ]
    return Outcome(rows, [f"截至 {as_of}：", *lines] if lines else [f"截至 {as_of}，各数都不变。"])


def _value(figure: Any) -> str | None:
    return None if figure is None or figure.value is None else format(figure.value, "f")


def _files(context: Context) -> Outcome:
    from shishi.packs.writing import write_files

    held = _draft(context)
    write_files(context.arguments.output, held.files)
    names = sorted(held.files)
    told = f"改好以后收回：shishi pack draft save {held.number} {context.arguments.output}"
    return Outcome({"files": names}, [*(f"  {name}" for name in names), told])


def _export(context: Context) -> Outcome:
    from shishi.core.errors import Refused
    from shishi.packs.drafting import exported
    from shishi.packs.writing import write_files

    held = _draft(context)
    checked = _checked(context, held)
    if checked.pack is None:
        raise Refused("draft_refused", "草案还有要改的地方，没有导出。", checked.issues)
    files = exported(checked.installed, held.code, held.files, checked.pack)
    write_files(context.arguments.output, files)
    told = f"清单 {checked.pack.name} 写在 {context.arguments.output}，共 {len(files)} 个文件，可以用 shishi pack install 安装。"
    return Outcome({"files": sorted(files), "version": checked.pack.version}, [told])


def _save(context: Context) -> Outcome:
    from shishi.apps.programmes.draft_history import draft_for
    from shishi.apps.programmes.drafts import save_draft

    asked = context.arguments
    held = draft_for(context.by, asked.number, at=context.at)
    found = {
        str(path.relative_to(asked.path)): path.read_text(encoding="utf-8-sig")
        for path in sorted(asked.path.rglob("*.yaml"))
    }
    if not found:
        raise Misuse("draft_files_missing", f"{asked.path} 里没有 YAML 文件。先用 shishi pack draft files 写出来再改。")
    saved = save_draft(asked.number, found, title=_title(found, held), by=context.by, at=context.at)
    checked = _checked(context, saved)
    return Outcome(
        _document(saved) | {"issues": [issue.document() for issue in checked.issues]},
        [f"第 {saved.number} 号草案已收。", *_faults(checked.issues)],
    )


def _title(files: dict[str, str], held: DraftView) -> str:
    from shishi.packs.drafting import tree_of
    from shishi.packs.writing import programme_file

    name = programme_file(held.code)
    return str(tree_of(files[name], name).get("title") or held.title) if name in files else held.title


def _submit(context: Context) -> Outcome:
    from shishi.apps.ledger.holding import holding_for
    from shishi.apps.ledger.selectors import holds_rows
    from shishi.apps.programmes.draft_history import draft_for
    from shishi.apps.programmes.drafts import submit_draft

    asked = context.arguments
    held = draft_for(context.by, asked.number, at=context.at)
    made = submit_draft(
        asked.number,
        effective_on=asked.effective_on,
        holds_rows=holds_rows,
        holding=holding_for(context.by, held.division, at=context.at),
        by=context.by,
        at=context.at,
    )
    return Outcome(_document(made), [f"第 {made.number} 号草案已送审，请另一位有审批权的同志批准。"])


def _step(context: Context) -> Outcome:
    from shishi.apps.ledger.holding import holding_for
    from shishi.apps.ledger.selectors import holds_rows
    from shishi.apps.programmes import drafts

    asked, by, at = context.arguments, context.by, context.at
    match asked.step:
        case "withdraw":
            made = drafts.take_draft_back(asked.number, by=by, at=at)
        case "return":
            made = drafts.return_draft(asked.number, reason=asked.reason, by=by, at=at)
        case "drop":
            made = drafts.drop_draft(asked.number, reason=asked.reason, by=by, at=at)
        case "rebase":
            made = drafts.rebase_draft(asked.number, by=by, at=at)
        case _:
            holding = holding_for(by, _seen_by(context).division, at=at)
            made = drafts.approve_draft(asked.number, holds_rows=holds_rows, holding=holding, by=by, at=at)
    return Outcome(_document(made), [f"第 {made.number} 号草案：{made.state.label}。"])


def _seen_by(context: Context) -> DraftView:
    from shishi.apps.programmes.draft_history import draft_for

    return draft_for(context.by, context.arguments.number, at=context.at)


def _burden(context: Context) -> Outcome:
    from shishi.apps.ledger.fillings import minutes_measured
    from shishi.apps.programmes.burdens import burden_of_draft, burden_of_packs
    from shishi.packs.loading import load_pack

    asked = context.arguments
    if asked.path:
        found = burden_of_packs([load_pack(asked.path)])
    elif asked.draft:
        from shishi.apps.programmes.draft_history import draft_for

        checked = _checked(context, draft_for(context.reader, asked.draft, at=context.at))
        found = burden_of_draft(checked, minutes_measured())
    else:
        from shishi.apps.programmes.selectors import packs

        found = burden_of_packs(packs(), minutes_measured())
    return Outcome(burden_document(found), burden_lines(found))
