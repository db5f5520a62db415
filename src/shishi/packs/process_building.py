"""Processes of a pack: from their files to core objects, every name that they use looked up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from shishi.core.criteria import ALWAYS, Criterion
from shishi.core.diagrams import Node, NodeKind, Trigger
from shishi.core.errors import Refused
from shishi.core.evaluation import parse_criterion
from shishi.core.process_facts import facts_table
from shishi.core.processes import NEVER, Call, Process, Repeat, RuleSet, Step
from shishi.core.soundness import explore
from shishi.core.tables import Check, Field, Table
from shishi.core.verbs import VERBS
from shishi.packs import process_parts as parts
from shishi.packs.canonical import written
from shishi.packs.faults import Faults, suggestion
from shishi.packs.process_checks import check_process
from shishi.packs.process_files import ProcessFile, called_by, process_files
from shishi.packs.process_shapes import CallShape, FormShape, FromShape, RepeatShape, StepShape
from shishi.packs.reading import Folder
from shishi.packs.references import criterion_faults
from shishi.packs.rule_building import RULE, build_rules, rule_form
from shishi.packs.shapes import ProgrammeShape
from shishi.packs.table_building import Place, TableNames, build_field
from shishi.packs.yaml_files import Path_, typed

_BOUNDARY = "边界上的定时不能写 special：它的时间是所在环节的时间，请写在那个环节上。"
_PAUSES = (
    "clocks.case.pauses 不再使用，请删去这一行：等申请人补正的时间总是不计；"
    "听证、公示、专家评审、检验检测等不计的时间，写在那个环节或定时的 special 上，如 special: publicity。"
)


def build_processes(
    folder: Folder, names: TableNames, tables: Mapping[str, Table], faults: Faults
) -> tuple[Process, ...]:
    """The processes of a pack, in the order of their names; those that are only called are inside the ones that
    call."""
    files = process_files(folder, faults)
    made = []
    for file in (files[code] for code in sorted(files)):
        called = tuple(called_by(file, files))
        if not file.shape.part:
            made.append(ProcessBuilder(file, called, folder.programmes_by_code, names, tables).build())
    return tuple(made)


@dataclass
class ProcessBuilder:
    """Builds one process out of its own file and those that it calls. ``tables`` are those of the pack by full name."""

    file: ProcessFile
    called: tuple[ProcessFile, ...]
    programmes: Mapping[str, ProgrammeShape]
    names: TableNames
    tables: Mapping[str, Table]
    forms: dict[str, Table] = field(default_factory=dict)
    facts: Table = field(default_factory=lambda: Table("", "", 1, (), (), ""))

    @property
    def files(self) -> tuple[ProcessFile, ...]:
        """Its own file first."""
        return (self.file, *self.called)

    @property
    def name(self) -> str:
        """Its full name."""
        return f"{self.names.pack}/{self.file.code}"

    def build(self) -> Process:
        """The process; what is wrong is noted."""
        shape = self.file.shape
        if shape.programme:
            Place(self.file.read, self.file.faults).require(shape.programme, self.programmes, "项目", ("programme",))
        for file in self.files:
            if file.shape.clocks.case.pauses is not None:
                file.note("process_pauses_elsewhere", _PAUSES, ("clocks", "case", "pauses"))
            self._forms(file)
        ruled = self._ruled()
        steps = tuple(step for file in self.files for step in self._steps(file))
        self.facts = facts_table(self.name, shape.title, self.forms, steps, self._said())
        process = Process(
            name=self.name,
            title=shape.title,
            version=shape.version,
            digest="",
            programme=f"{self.names.pack}/{shape.programme}" if shape.programme else "",
            diagrams=tuple(file.diagram for file in self.files),
            facts=self.facts,
            mark=shape.number.mark if shape.number else "",
            starts=parts.starts(shape),
            lanes=tuple(parts.lane(id, it, f.diagram) for f in self.files for id, it in f.shape.lanes.items()),
            forms=self.forms,
            steps=steps,
            flows={flow: found for file in self.files for flow, found in self._flows(file)},
            timers=tuple(timer for file in self.files for timer in self._timers(file)),
            repeats=tuple(self._repeat(f, id, it) for f in self.files for id, it in f.shape.repeats.items()),
            calls=tuple(self._call(f, id, it) for f in self.files for id, it in f.shape.calls.items()),
            clocks=parts.clocks(shape.clocks.case),
            materials=tuple(self._materials()),
            ratings=parts.ratings(shape.ratings),
            rules=self._rules(ruled) if ruled else None,
            note=shape.note,
            sources={name: text for file in self.files for name, text in file.sources.items()},
        )
        check_process(process, self.files)
        if not len(self.file.faults):
            self._explore(process)
        return replace(process, digest=process_digest(process))

    def _explore(self, process: Process) -> None:
        """Only what has no other fault is gone through."""
        for unsound in explore(process).unsound:
            home = next(file for file in self.files if unsound.element in file.diagram.by_id)
            home.draws(unsound.code, unsound.message, unsound.element)

    def _forms(self, file: ProcessFile) -> None:
        programme = file.shape.programme or self.file.shape.programme
        owner = self.programmes.get(programme)
        lists: dict[str, dict[str, str]] = {"reasons": owner.reasons, **owner.lists} if owner else {}
        place = Place(file.read, file.faults)
        for code, form in file.shape.forms.items():
            if code in self.forms:
                file.note("pack_duplicate_code", f"表单“{code}”在另一个流程文件里已有，请换一个名称。", ("forms", code))
            fields = tuple(
                build_field(name, item, programme, lists, self.names, place, ("forms", code, "fields", name))
                for name, item in form.fields.items()
            )
            table = Table(f"{self.name}/{code}", form.title, file.shape.version, fields, (), "")
            self.forms[code] = replace(table, checks=tuple(self._checks(file, code, form, table)))

    def _ruled(self) -> Table | None:
        """The table with the rules of each body; what it says of one is a form of the process."""
        shape = self.file.shape.rules
        name = self._table(self.file, shape.table, ("rules", "table")) if shape else ""
        if not name:
            return None
        if RULE in self.forms:
            self.file.note("pack_duplicate_code", f"表单“{RULE}”的名称留给办事规则，请换一个。", ("forms", RULE))
        self.forms[RULE] = rule_form(self.name, self.tables[name])
        return self.tables[name]

    def _rules(self, table: Table) -> RuleSet | None:
        shape = self.file.shape.rules
        if shape is None:
            return None
        for name, source in shape.match.items():
            if isinstance(source, FromShape):
                self._fact(self.file, source.from_, ("rules", "match", name))
        nodes = {node.id: node for file in self.files for node in file.diagram.nodes}

        def asked(tree: object, path: Path_) -> Criterion:
            return self._criterion(self.file, tree, path, self.facts)

        return build_rules(self.file, shape, table, nodes, asked)

    def _checks(self, file: ProcessFile, code: str, form: FormShape, table: Table) -> Iterator[Check]:
        for name, item in form.checks.items():
            path: Path_ = ("forms", code, "checks", name, "criterion")
            yield Check(name, item.kind, self._criterion(file, item.criterion, path, table), item.message)

    def _said(self) -> Iterator[Field]:
        """What verbs say back."""
        for file in self.files:
            place = Place(file.read, file.faults)
            for element, call in file.shape.calls.items():
                for name, item in call.says.items():
                    path: Path_ = ("calls", element, "says", name)
                    made = build_field(name, item, file.shape.programme, {}, self.names, place, path)
                    yield replace(made, name=f"{element}.{name}")

    def _steps(self, file: ProcessFile) -> Iterator[Step]:
        people = (NodeKind.USER, NodeKind.MANUAL)
        doing = {node.id: node for node in file.diagram.nodes if node.kind in people}
        for element in file.shape.steps:
            self._known(file, element, doing, "要人办的环节", ("steps", element))
        for node in doing.values():
            yield parts.step(node, file.shape.steps.get(node.id, StepShape()), lane_around(file, node))

    def _flows(self, file: ProcessFile) -> Iterator[tuple[str, Criterion]]:
        asked = {flow.id for flow in file.diagram.flows if flow.asked}
        for flow, tree in file.shape.flows.items():
            path: Path_ = ("flows", flow)
            self._known(file, flow, asked, "要看条件的连线", path)
            yield flow, self._criterion(file, tree, path, self.facts)

    def _timers(self, file: ProcessFile) -> Iterator[Any]:
        waiting = {node.id: node for node in file.diagram.nodes if node.trigger is Trigger.TIMER}
        for element in file.shape.timers:
            self._known(file, element, waiting, "定时事件", ("timers", element))
        for node in waiting.values():
            shape = file.shape.timers.get(node.id)
            if shape and shape.special and node.attached:
                file.note("process_timer_counts", _BOUNDARY, ("timers", node.id, "special"))
            if shape and shape.at:
                self._fact(file, shape.at, ("timers", node.id, "at"))
            try:
                yield parts.timer(node, shape)
            except Refused as unread:
                file.draws(unread.code, unread.message, node.id)

    def _repeat(self, file: ProcessFile, element: str, shape: RepeatShape) -> Repeat:
        path: Path_ = ("repeats", element)
        self._known(file, element, file.diagram.by_id, "元素", path)
        if shape.each:
            self._fact(file, shape.each, (*path, "each"))
        again, enough = (
            NEVER if tree is None else self._criterion(file, tree, (*path, part), self.facts)
            for part, tree in (("again", shape.again), ("enough", shape.enough))
        )
        return Repeat(element, shape.times, shape.each, again, enough, shape.most)

    def _call(self, file: ProcessFile, element: str, shape: CallShape) -> Call:
        path: Path_ = ("calls", element)
        self._known(
            file, element, {node.id for node in file.diagram.nodes if node.calls}, "服务任务或发消息的事件", path
        )
        verb, place = VERBS.get(shape.verb), Place(file.read, file.faults)
        if verb is None:
            file.note(
                "process_verb_unknown", f"没有动作“{shape.verb}”。{suggestion(shape.verb, VERBS)}", (*path, "verb")
            )
            return parts.call(element, shape, "")
        for need in verb.needs:
            if need not in shape.with_:
                file.note("pack_missing_key", f"动作“{verb.title}”缺少“{need}”，请在 with 里补上。", (*path, "with"))
        for name in shape.with_:
            place.require(name, (*verb.needs, *verb.takes), f"动作“{verb.title}”的内容", (*path, "with", name))
        for part, sources in (("with", shape.with_), ("cells", shape.cells)):
            for name, source in sources.items():
                if isinstance(source, FromShape):
                    self._fact(file, source.from_, (*path, part, name))
        return parts.call(element, shape, self._posted(file, shape, verb.posts, path))

    def _posted(self, file: ProcessFile, shape: CallShape, posts: bool, path: Path_) -> str:
        if bool(shape.table) is not posts:
            file.note("pack_missing_key", "写入台账的动作要写 table 和 cells，其他动作不写。", path)
        found = self._table(file, shape.table, (*path, "table")) if shape.table else ""
        for name in shape.cells if found else ():
            Place(file.read, file.faults).require(name, self.tables[found].by_name, "列", (*path, "cells", name))
        return found

    def _table(self, file: ProcessFile, asked: str, path: Path_) -> str:
        """The full name of a table of the pack; ``""``, noted, where it has none."""
        pack = self.names.pack
        candidates = (asked, f"{pack}/{asked}", f"{pack}/{file.shape.programme}/{asked}")
        found = next((name for name in candidates if name in self.tables), "")
        if not found:
            short = {name.rsplit("/", 1)[-1] for name in self.tables}
            file.note("process_table_unknown", f"没有台账“{asked}”。{suggestion(asked, short)}", path)
        return found

    def _materials(self) -> Iterator[Any]:
        for code, shape in self.file.shape.materials.items():
            path: Path_ = ("materials", code)
            when = ALWAYS if shape.when is None else self._criterion(self.file, shape.when, (*path, "when"), self.facts)
            if "." in shape.held:
                self._fact(self.file, shape.held, (*path, "held"))
            yield parts.material(code, shape, when)

    def _criterion(self, file: ProcessFile, tree: object, path: Path_, table: Table) -> Criterion:
        try:
            found = parse_criterion(typed(tree), _no_tables)
        except Refused as wrong:
            file.note("pack_criterion", wrong.message, path)
            return ALWAYS
        for message in criterion_faults(found, table, {}):
            file.note("process_fact_unknown", message, path)
        return found

    def _fact(self, file: ProcessFile, fact: str, path: Path_) -> None:
        if fact not in self.facts.by_name:
            file.note("process_fact_unknown", f"办件没有“{fact}”。{suggestion(fact, self.facts.by_name)}", path)

    @staticmethod
    def _known(file: ProcessFile, element: str, known: Iterable[str], what: str, path: Path_) -> None:
        names = list(known)
        if element not in names:
            message = f"流程图里没有{what}“{element}”。{suggestion(element, names)}"
            file.note("process_element_unknown", message, path)


def _no_tables(name: str) -> str:
    raise Refused("criterion_malformed", f"流程的条件只看本件的事实，不能看台账“{name}”。")


def lane_around(file: ProcessFile, node: Node) -> str:
    """The lane of an element, or of the subprocess that it stands in; ``""`` when it inherits the caller's."""
    while not node.lane and node.scope:
        node = file.diagram.by_id[node.scope]
    return node.lane


def process_digest(process: Process) -> str:
    """SHA-256 over the canonical document without the digest: two that say anything different are two versions. A
    comment says nothing: the files as they were written are not in it. One without rules of bodies has the digest that
    it had before there were any."""
    document = cast("dict[str, Any]", written(replace(process, digest="", sources={})))
    if process.rules is None:
        document.pop("rules")
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
