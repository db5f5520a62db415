"""A new pack's folder: empty promises with everything that a pack needs, or last year's carried over.

What a new list promises, by when and on whose word is never guessed: it is left to be written, marked ``待填``, and
``check`` names every such place (``placeholders``).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shishi.core.errors import Misuse

PENDING = "待填"
_TOP = re.compile(r"^([a-z_]+):")
_DAY = re.compile(r"\b(\d{4})(?=-\d{2}-\d{2}\b)")
LEFT_BEHIND = ("targets", "trajectories", "published", "facts", "calendar")
"""What belongs to one year only: numbers, days and words of its own documents."""
DATED = ("indicators", "cadences")


@dataclass(frozen=True, slots=True)
class NewPack:
    """What a new pack is to be. ``programmes``: code → title of those that start empty; ``carried``: codes of
    programmes that come from the older pack, whose tables go on (``continues``) or start empty."""

    jurisdiction: str
    year: int
    title: str
    division: str
    programmes: Mapping[str, str]
    carried: Sequence[str] = ()
    continues: bool = False


def start_pack(folder: Path, new: NewPack, older: Path | None = None) -> tuple[Path, ...]:
    """Write the folder and return its files. ``Misuse``: ``pack_folder_taken``, ``pack_programme_unknown``,
    ``pack_programme_missing``. Nothing that stands is overwritten."""
    if folder.exists() and any(folder.iterdir()):
        raise Misuse("pack_folder_taken", f"{folder} 里已经有内容，不会改动。请另选一个文件夹。")
    if not new.programmes and not new.carried:
        raise Misuse(
            "pack_programme_missing", "新清单至少要有一个项目：加 --programme 代码=名称，或用 --from 沿用往年的。"
        )
    files = {"pack.yaml": _pack(new, older)}
    for code, title in new.programmes.items():
        files |= _empty(code, title, new)
    if older is not None:
        for code in new.carried:
            files |= _carried(code, new, older)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tuple(folder / name for name in files)


def placeholders(folder: Path) -> tuple[tuple[str, int], ...]:
    """File and line of everything that still says ``待填``."""
    return tuple(
        (str(path), number)
        for path in sorted(folder.rglob("*.yaml"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if PENDING in line.split("#", 1)[0]
    )


def _pack(new: NewPack, older: Path | None) -> str:
    own = [f"jurisdiction: {new.jurisdiction}", f"year: {new.year}", f"title: {new.title}"]
    own += [f'division: "{new.division}"', f"source: {PENDING}（清单出自哪份文件：标题、日期）", ""]
    head = f"# {new.title}\n# 写法见 packs/README.md；写好以后用 shishi pack check 检查。\n" + "\n".join(own)
    if older is None:
        return head + _BODIES.format(pending=PENDING, division=new.division, programme=next(iter(new.programmes)))
    blocks = dict(_blocks((older / "pack.yaml").read_text(encoding="utf-8")))
    kept = [text for key, text in blocks.items() if key in ("bodies", "divisions_added", "division_changes")]
    duties = _items_of(blocks.get("responsibilities", ""), set(new.carried))
    return head + "\n" + "\n".join([*kept, duties] if duties else kept)


def _items_of(block: str, programmes: set[str]) -> str:
    """The responsibilities of these programmes."""
    head, *items = re.split(r"(?m)^(?=  - )", block)
    kept = [item for item in items if any(re.search(rf"programme: {code}\b", item) for code in programmes)]
    return head + "".join(kept) if kept else ""


def _carried(code: str, new: NewPack, older: Path) -> dict[str, str]:
    """A programme of the older pack: everything but what belongs to its year; days of counting move on."""
    source = older / "programmes" / f"{code}.yaml"
    if not source.is_file():
        known = "、".join(path.stem for path in sorted((older / "programmes").glob("*.yaml")))
        raise Misuse("pack_programme_unknown", f"往年的清单没有项目“{code}”。现有：{known}。")
    name = f"{older.parent.name}/{older.name}"
    shift = new.year - int(older.name)
    told = [
        _moved(text, shift) if key in DATED else text
        for key, text in _blocks(source.read_text(encoding="utf-8"))
        if key not in LEFT_BEHIND
    ]
    text = (
        "".join(told).rstrip()
        + f"\n\n# 目标任务和序时进度属于当年，没有从 {name} 沿用；请按新的文件写 targets 和 trajectories。\n"
    )
    files = {f"programmes/{code}.yaml": text}
    for path in sorted((older / "tables" / code).glob("*.yaml")):
        goes_on = f"continues: {name}/{code}/{path.stem}\n" if new.continues else ""
        kept = [text for key, text in _blocks(path.read_text(encoding="utf-8")) if key != "continues"]
        files[f"tables/{code}/{path.name}"] = "".join(kept).rstrip() + "\n" + goes_on
    for path in sorted((older / "examples" / code).glob("*.yaml")):
        files[f"examples/{code}/{path.name}"] = _moved(path.read_text(encoding="utf-8"), shift)
    return files


def _moved(text: str, years: int) -> str:
    return _DAY.sub(lambda found: str(int(found[1]) + years), text)


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """The file cut at its top-level keys, comments staying with what follows them; what stands before the first key
    has the key ``""``."""
    key, lines, waiting = "", list[str](), list[str]()
    for line in text.splitlines(keepends=True):
        found = _TOP.match(line)
        if found:
            yield key, "".join(lines)
            key, lines, waiting = found[1], [*waiting, line], []
        elif line.startswith("#") or not line.strip():
            waiting.append(line)
        else:
            lines += [*waiting, line]
            waiting = []
    yield key, "".join([*lines, *waiting])


def _empty(code: str, title: str, new: NewPack) -> dict[str, str]:
    """One promise with one table: the smallest that counts, is due, and can be followed."""
    given = {"title": title, "division": new.division, "year": new.year, "pending": PENDING}
    return {
        f"programmes/{code}.yaml": _PROGRAMME.format(**given),
        f"tables/{code}/items.yaml": _TABLE.format(**given),
        f"examples/{code}/items.yaml": _EXAMPLES.format(**given),
    }


_BODIES = """
# 单位，和哪个单位在哪个项目里担任什么：lead 牵头、assisting 配合、supervising 督办、answering 领办。
bodies:
  lead_office: {{title: {pending}（牵头单位名称）, division: "{division}", verified: false}}
responsibilities:
  - {{body: lead_office, programme: {programme}, part: lead}}
"""

_PROGRAMME = """# {title}
title: {title}
promise: {pending}（承诺的事，一两句话，写明数量和期限）
basis: {pending}（依据哪份文件）
sources:
  - {{title: {pending}（文件标题）, trust: design, verified: false}}

division: "{division}"
supervised_level: county        # 督促、排名到哪一级

cadences:
  items: {{kind: week, cut_off: "18:00"}}   # 多久报一次：day week half_month month quarter year

indicators:
  planned:
    {{title: 计划数, measure: count, table: items, unit: 个, direction: hold}}
  finished:
    title: 已完成
    measure: count
    table: items
    where: {{field: stage, at_least: finished}}
    unit: 个
    assured_group: progress
    headline: true
  finish_rate:
    title: 完成率
    measure: ratio
    numerator: finished
    denominator: planned
    unit: "%"
    scale: 2
    printed: {{digits: 2}}

# 目标任务：数量取自文件，写上文件名；没有核对的写 verified: false。例：
# targets:
#   finished:
#     document: 某某文件
#     values: {{"{division}": 100}}
# 序时进度：到某日应完成的份额。例：
# trajectories:
#   finished:
#     shape: linear
#     source: 某某文件
#     points:
#       {year}-01-01: {{share: 0}}
#       {year}-12-31: {{share: 1}}
"""

_TABLE = """# 一行是一件事。列可以随意增改；key 是一行的主键，division_field 是它所在的地方。
title: {title}台账
key: [number]
division_field: division
fields:
  number: {{title: 编号, type: text, required: true, max_length: 40, sample: "001"}}
  name: {{title: 名称, type: text, required: true, max_length: 100, sample: 示例}}
  division: {{title: 所在行政区划, type: division, required: true, synonyms: [县市区, 所在地]}}
  stage:
    title: 进展
    type: enumeration
    required: true
    values: {{planned: 已列入, started: 已开工, finished: 已完成}}
    sample: 已列入
  finished_on: {{title: 完成日期, type: date}}
groups:
  progress: [stage, finished_on]
checks:
  finished_undated:
    kind: error
    criterion:
      any:
        - {{field: stage, less_than: finished}}
        - {{field: finished_on, is_empty: false}}
    message: 已完成的要填完成日期。
"""

_EXAMPLES = """examples:
  - title: 已完成，有日期
    row: {{number: "001", name: 示例一, division: "{division}", stage: 已完成, finished_on: {year}-06-30}}
    passes: true
  - title: 已完成，没有日期
    row: {{number: "002", name: 示例二, division: "{division}", stage: 已完成}}
    passes: false
    code: finished_undated
    field: stage
"""
