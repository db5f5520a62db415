"""``kill -9`` at any moment of an import leaves either before or after, never between (DESIGN §4.3).

``make kills`` ends an import of 5,000 rows at fifty moments and the column store's catching up at ten more;
``make kills-postgres`` does the same on a PostgreSQL server with fsync on, and stops that server at eight moments. The
ordinary suite does three and two on a small workbook.
"""

from __future__ import annotations

import json
import os
import random
import shlex
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from shishi.adapters.spreadsheets.template import write_template
from shishi.packs.loading import load_pack
from tests.machine import POSTGRES_ALONE, SERVER, Machine

PACK = Path(__file__).parents[1] / "little_pack"
SEED = 20210930
AS_OF = "2021-09-30"


class Store(Machine):
    """A machine whose processes are ended in the middle of their work."""

    def killed(self, *words: str, after: float) -> bool:
        """Start it and end it with SIGKILL once it has worked so long; ``False`` when it was done before."""
        process = self.start(*words)
        for worked in work_of(process):
            if worked >= after:
                process.kill()
                break
        process.communicate()
        self.settled()
        return process.returncode != 0

    def twin(self, name: str) -> Store:
        return self.copy(self.data.with_name(name))

    def revisions(self) -> int:
        return self.number("SELECT count(*) FROM ledger_revisionrow")

    def files(self) -> int:
        """Received files on disk: one more than batches while a batch is being written."""
        return sum(path.is_file() for path in (self.data / "files").rglob("*"))

    def figure(self, engine: str = "duckdb") -> int:
        (figure,) = self.shishi("indicators", "homes", "--indicator", "homes", "--as-of", AS_OF, "--engine", engine)
        return int(figure["value"])


HELD = 20


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory, initialised: Machine) -> Iterator[Store]:
    """A store in which some rows are held already."""
    held = initialised.further(tmp_path_factory, "held", _hold).copy(tmp_path_factory.mktemp("kills") / "store")
    store = Store(held.data, held.code_list, held.database)
    assert store.figure() == HELD
    yield store
    store.remove()


def _hold(store: Machine) -> None:
    store.shishi("pack", "install", str(PACK))
    store.shishi(*importing(workbook(store.data.with_name("held.xlsx"), HELD)))


def workbook(path: Path, rows: int) -> Path:
    (programme,) = load_pack(PACK).programmes
    kinds = ("listed", "registered")
    values = (
        {"number": f"H-{n}", "county": "341802", "stage": kinds[n % 2], "owner": f"演示户{n}"} for n in range(rows)
    )
    write_template(programme.table("homes"), path, rows=values)
    return path


def importing(file: Path) -> tuple[str, ...]:
    return ("ledger", "import", "homes", str(file), "--as-of", AS_OF)


def work_of(process: subprocess.Popen[str]) -> Iterator[float]:
    """Seconds that the process has been on a processor, every other millisecond until it ends: moments that are the
    same on a busy machine and an idle one."""
    told = Path(f"/proc/{process.pid}/schedstat")
    while process.poll() is None:
        with suppress(OSError):
            yield int(told.read_text().split()[0]) / 1e9
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.002)


def measured(store: Store, *words: str) -> float:
    process = store.start(*words)
    *_, worked = work_of(process)
    process.communicate()
    assert process.returncode == 0
    return worked


def moments(many: int, seconds: float) -> list[float]:
    """Spread over the whole work, one in each of ``many`` equal parts."""
    chance = random.Random(SEED)
    return [(part + chance.random()) * seconds / many for part in range(many)]


@dataclass
class Tally:
    """What the kills of imports came to."""

    rows: int
    before: int = 0
    writing: int = 0
    after: int = 0

    def add(self, store: Store, file: Path, *, killed: bool, files: int) -> None:
        """Look at a store after a kill, repeat the import, look again."""
        held = store.revisions()
        assert held in (HELD, self.rows), f"{held} revisions"
        self.before, self.after = self.before + (held == HELD), self.after + (held == self.rows)
        self.writing += held == HELD and store.files() > files
        assert killed or held == self.rows
        assert store.shishi("audit", "verify")["status"] == "intact"
        assert store.figure() == held
        again = store.shishi(*importing(file))
        assert again["status"] == ("accepted" if held == HELD else "unchanged")
        assert (store.revisions(), store.figure()) == (self.rows, self.rows)

    def __str__(self) -> str:
        told = f"{self.before} before ({self.writing} of them while it was writing), {self.after} after, none between"
        return f"importing {self.rows:,} rows on {'PostgreSQL' if SERVER else 'SQLite'}: {told}"


def end_imports(store: Store, rows: int, kills: int) -> str:
    """Kill, look, repeat, look again; returns what happened in a sentence."""
    file = workbook(store.data.with_name("big.xlsx"), rows)
    with removed(store.twin("trial")) as trial:
        took = measured(trial, *importing(file))
    tally = Tally(rows)
    for number, moment in enumerate(moments(kills, took)):
        with removed(store.twin(f"kill-{number}")) as one:
            killed = one.killed(*importing(file), after=moment)
            tally.add(one, file, killed=killed, files=store.files())
    return f"{kills} kills over {took:.2f} s of work on {tally}"


def end_servers(store: Store, rows: int, kills: int) -> str:
    """Stop the server at once, as a power cut does, while an import works; start it again, look, repeat, look again."""
    file = workbook(store.data.with_name("cut.xlsx"), rows)
    with removed(store.twin("cut-trial")) as trial:
        took = measured(trial, *importing(file))
    tally = Tally(rows)
    told: Counter[str] = Counter()
    for number, moment in enumerate(moments(kills, took)):
        with removed(store.twin(f"cut-{number}")) as one:
            process = one.start(*importing(file), "--json")
            next((worked for worked in work_of(process) if worked >= moment), None)
            server_again()
            out, err = process.communicate()
            assert "Traceback" not in err
            told[json.loads(out).get("code", "accepted")] += 1
            tally.add(one, file, killed=process.returncode != 0, files=store.files())
    return f"{kills} stops of the server over {took:.2f} s of work on {tally}; the import said {dict(told)}"


def server_again() -> None:
    """Stop the server without letting it finish anything, and start it."""
    control = shlex.split(os.environ["POSTGRES_CTL"])
    subprocess.run([*control, "--mode", "immediate", "restart"], check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def removed(store: Store) -> Iterator[Store]:
    """A store that is taken away after use."""
    yield store
    store.remove()


def end_catching_up(store: Store, rows: int, kills: int) -> str:
    """Kill while the column store takes in what the ledger has; the next question is answered like the reference's."""
    asking = ("indicators", "homes", "--indicator", "homes", "--as-of", AS_OF)
    cut = 0
    with removed(store.twin("full")) as full:
        full.shishi(*importing(workbook(store.data.with_name("full.xlsx"), rows)))
        with removed(full.twin("asked")) as asked:
            took = measured(asked, *asking)
        for number, moment in enumerate(moments(kills, took)):
            with removed(full.twin(f"asking-{number}")) as one:
                cut += one.killed(*asking, after=moment)
                assert one.figure() == rows
        assert full.figure("reference") == rows
    return f"{kills} kills over {took:.2f} s of work on catching up: {cut} cut short, every next answer right"


def test_an_import_that_is_killed_leaves_before_or_after(store: Store) -> None:
    end_imports(store, rows=300, kills=3)


def test_a_column_store_that_is_killed_while_catching_up_answers_right_next_time(store: Store) -> None:
    end_catching_up(store, rows=300, kills=2)


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Say what happened, past the capturing."""

    def tell(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}", flush=True)

    return tell


@pytest.mark.kills
def test_fifty_kills(store: Store, told: Callable[[str], None]) -> None:
    told(end_imports(store, rows=5000, kills=50))


@pytest.mark.kills
def test_ten_kills_while_catching_up(store: Store, told: Callable[[str], None]) -> None:
    told(end_catching_up(store, rows=5000, kills=10))


@pytest.mark.kills
@POSTGRES_ALONE
def test_a_server_that_is_stopped_at_once_has_lost_nothing_it_promised(
    store: Store, told: Callable[[str], None]
) -> None:
    """With fsync on (``make kills-postgres``); the server belongs to this run alone."""
    told(end_servers(store, rows=5000, kills=8))
