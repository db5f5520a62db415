"""All specimens, and the table of them: ``python -m tests.zoo.everything``."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.zoo.formats import FORMATS
from tests.zoo.hostile import HOSTILE
from tests.zoo.kinds import KINDS
from tests.zoo.shapes import SHAPES
from tests.zoo.specimen import Outcome, Specimen

ZOO: tuple[Specimen, ...] = (*SHAPES, *KINDS, *FORMATS, *HOSTILE)


def line(number: int, specimen: Specimen, outcome: Outcome) -> str:
    """One line of the table."""
    said = "、".join(f"{place} {code}".strip() for place, code in outcome.refused) or f"{len(outcome.rows)} 行"
    verdict = "√" if specimen.as_it_must(outcome) else "×"
    return f"{number:>3} {verdict} {outcome.seconds:5.2f} s  {specimen.name}{specimen.suffix}：{said}"


def show() -> int:
    """Try every specimen and print what came of it; 1 when one did not come to what it must."""
    wrong = 0
    with TemporaryDirectory() as folder:
        for number, specimen in enumerate(ZOO, 1):
            path = specimen.write(Path(folder))
            outcome = specimen.try_on(path)
            path.unlink()
            wrong += not specimen.as_it_must(outcome)
            print(line(number, specimen, outcome), flush=True)
    print(f"\n{len(ZOO)} 份，{len(ZOO) - wrong} 份如所应得，{wrong} 份不是。")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(show())
