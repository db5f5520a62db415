"""Writes down where cases stand on every diagram of ours, as this version of the program stores it. What it wrote stays
in ``stored.json`` for good: ``python -m tests.diagrams.stored`` adds the lines of a new format and changes none."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass
from pathlib import Path

from shishi.adapters.processes.both import Engines
from shishi.adapters.processes.reference import ReferenceEngine
from shishi.adapters.processes.spiff_state import VERSION as SPIFF
from shishi.core.markings import VERSION as REFERENCE
from shishi.core.moves import ProcessEngine, TokenKind
from tests.diagrams import RUN, Running, Told, process_of

FILE = Path(__file__).parent / "stored.json"
WITHIN = {"calls": ("called",), "called_by_many": ("called",)}
ENGINES: dict[str, ProcessEngine] = {"reference": ReferenceEngine(), "spiff": Engines()}
FORMATS = {"reference": REFERENCE, "spiff": SPIFF}


@dataclass(frozen=True)
class Stored:
    """A marking of some format, what is open in it, and what is open after ``done`` (``""``: nothing) was done."""

    engine: str
    format: int
    diagram: str
    marking: bytes
    open: list[str]
    done: str
    after: list[str]

    @property
    def running(self) -> Running:
        """The case, to be gone on with."""
        engine, process = ENGINES[self.engine], process_of(self.diagram, *WITHIN.get(self.diagram, ()))
        tokens = {token.token: token for token in engine.open_tokens(process, self.marking)}
        return Running(engine, process, Told(), self.marking, tokens)


def stored() -> list[Stored]:
    """Everything that was ever written down."""
    told = json.loads(FILE.read_text(encoding="utf-8")) if FILE.is_file() else []
    return [Stored(**{**one, "marking": b64decode(one["marking"])}) for one in told]


def _standing(engine: str, diagram: str) -> list[Stored]:
    case = Running(ENGINES[engine], process_of(diagram, *WITHIN.get(diagram, ()))).start()
    found = []
    for _ in range(2):
        people = [name for name, token in sorted(case.open.items()) if token.kind is TokenKind.TASK]
        marking, names = case.marking, case.names
        if people:
            case.done(people[0])
        found.append(Stored(engine, FORMATS[engine], diagram, marking, names, people[0] if people else "", case.names))
        if case.ended or not people:
            break
    return found


def main() -> None:
    """Add the lines of the formats that have none."""
    held = stored()
    known = {(one.engine, one.format, one.diagram) for one in held}
    for engine in ENGINES:
        for diagram in RUN:
            if (engine, FORMATS[engine], diagram) not in known:
                held += _standing(engine, diagram)
    lines = [{**vars(one), "marking": b64encode(one.marking).decode()} for one in held]
    text = ",\n".join(json.dumps(line, ensure_ascii=False) for line in lines)
    FILE.write_text(f"[\n{text}\n]\n", encoding="utf-8")


if __name__ == "__main__":
    main()
