"""Our drawings are what bpmn-js writes, to the letter: its own reader has nothing to say of them, and its writer writes
each again as it stands. So what is tested on them holds for what people draw."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

from shishi.core.diagrams import Many, NodeKind, Trigger
from shishi.packs.diagram_reading import ALLOWED, read_diagram

ROOT = Path(__file__).parents[2]
RUN = sorted((ROOT / "tests" / "diagrams" / "run").glob("*.bpmn"))
SHIPPED = sorted(
    [
        *ROOT.glob("packs/*/*/processes/*.bpmn"),
        *ROOT.glob("src/shishi/packs/given/processes/*.bpmn"),
        *ROOT.glob("tests/little_pack/processes/*.bpmn"),
    ]
)


def test_bpmn_js_writes_every_drawing_again_as_it_stands() -> None:
    paths = [str(path) for path in (*RUN, *SHIPPED)]
    command = ["node", str(ROOT / "tests" / "diagrams" / "rewrite.mjs"), *paths]
    told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout)
    assert set(told) == set(paths)
    for path, written in told.items():
        assert written["warnings"] == [], path
        assert written["xml"].strip() == Path(path).read_text(encoding="utf-8").strip(), path


def test_there_is_a_drawing_of_every_construct_that_is_run() -> None:
    nodes = [
        node for path in RUN for found in read_diagram(path.read_bytes(), path.name).diagrams for node in found.nodes
    ]
    assert {node.kind for node in nodes} == set(NodeKind)
    assert {node.many for node in nodes} == set(Many)
    drawn = {(node.kind, node.trigger) for node in nodes}
    assert {(kind, trigger) for kind, triggers in ALLOWED.items() for trigger in triggers} - drawn == set()
    borders = {(node.trigger, node.interrupting) for node in nodes if node.kind is NodeKind.BOUNDARY}
    both = {Trigger.TIMER, Trigger.MESSAGE, Trigger.ESCALATION}
    assert {(trigger, ends) for trigger in both for ends in (True, False)} | {(Trigger.ERROR, True)} == borders
