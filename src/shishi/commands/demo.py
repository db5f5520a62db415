"""``demo``: the whole daily cycle on labelled demonstration rows, ending with the articles'
figures beside the computed ones."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import unicodedata
from collections import Counter
from pathlib import Path

from shishi.commands.context import Context, Outcome, prepare
from shishi.commands.demonstration.figures import Compared, Verdict
from shishi.core.errors import Misuse


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the demonstration."""
    prepare(parser, _demo, writes=True, needs_store=False)
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="演示库、工作簿和简报都放在这里")
    parser.add_argument("--all", action="store_true", dest="whole", help="讲全部项目，不只三个")
    parser.add_argument("--programme", action="append", default=[], metavar="代码", help="只讲这一项；可以写几次")
    parser.add_argument("--database", metavar="URL", help="演示库放进这个空的 PostgreSQL 数据库（默认放在文件夹里）")
    parser.add_argument("--keep", action="store_true", help="已有演示库就不重做，只重新对照")
    parser.add_argument("--serve", action="store_true", help="做完后打开网页")
    parser.add_argument("--port", type=int, default=0, help="网页端口，默认选一个空的")


def _demo(context: Context) -> Outcome:
    folder: Path = context.arguments.folder.resolve()
    store = folder / "store"
    _clear(folder, keep=context.arguments.keep)
    os.environ["SHISHI_DATA"] = str(store)
    # Whoever has a real store on PostgreSQL must not find demonstration rows in it: it is used only when it is named.
    os.environ["DATABASE_URL"] = context.arguments.database or ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()
    from shishi.commands.demonstration.comparing import compare_all
    from shishi.commands.demonstration.story import Story

    given = context.arguments
    story = Story(
        folder, lambda line: print(line, file=sys.stderr, flush=True), whole=given.whole, only=given.programme
    )
    if not (folder / "done").exists():
        story.run()
        (folder / "done").write_text("")
    compared = compare_all(Path(__file__).resolve().parents[3] / "reference" / "seed-figures.csv")
    lines = [*story.summary(), "", *_page(compared, given.whole), "", f"简报、提示单和工作簿都在 {_near(folder)}"]
    if given.serve:
        for line in lines:
            print(line, flush=True)
        from shishi.commands.site import serve

        serve(given.port, "operator")
        lines = []
    wanted = {Verdict.OFF, Verdict.UNTOLD} if given.whole and not given.programme else {Verdict.OFF}
    wrong = any(item.verdict in wanted for item in compared)
    return Outcome([_document(item) for item in compared], lines, 1 if wrong else 0)


def _near(folder: Path) -> str:
    try:
        return str(folder.relative_to(Path.cwd()))
    except ValueError:
        return str(folder)


def _clear(folder: Path, *, keep: bool) -> None:
    if keep and (folder / "done").exists():
        return
    if folder.exists() and any(folder.iterdir()):
        label = folder / "store" / "store.json"
        if not (folder / "演示数据").exists() or (label.exists() and '"demonstration": true' not in label.read_text()):
            raise Misuse("folder_not_a_demonstration", f"{folder} 里不是演示，不会清空。请用 --folder 另指一个文件夹。")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "演示数据").write_text("这里全是演示数据，不反映任何单位的真实情况。\n")


def _document(item: Compared) -> dict[str, object]:
    return {
        "id": item.expected.id,
        "programme": item.expected.programme,
        "indicator": item.expected.indicator or None,
        "statement": item.expected.statement,
        "as_of": item.expected.as_of.isoformat() if item.expected.as_of else None,
        "article": item.expected.printed,
        "computed": None if item.computed is None else format(item.computed, "f"),
        "printed": item.printed,
        "agreement": item.agreement.value,
        "verdict": item.verdict.value,
        "source": item.expected.source,
    }


def _page(compared: list[Compared], whole: bool) -> list[str]:
    """One line for each figure of the two articles that was told, and how many there are of each kind. Those of
    programmes that were not are counted; the document has them all."""
    lines = ["两篇文章的数字与台账算出的数字", _line("编号", "事项", "文章", "算出的数", "写出来", "结论")]
    for item in compared:
        if item.verdict is Verdict.UNTOLD and not whole:
            continue
        told, verdict = item.expected, item.verdict
        said = f"{verdict.label}（{told.source}）" if verdict is Verdict.FACT else verdict.label
        number = "—" if item.computed is None else format(item.computed, "f")
        cells = _short(told.statement, 42), _short(told.printed, 16), number, item.printed or "—", said
        lines.append(_line(told.id, *cells))
    counted = Counter(item.verdict for item in compared)
    sums = "，".join(f"{verdict.label} {counted[verdict]}" for verdict in Verdict if counted[verdict])
    left = counted[Verdict.UNTOLD] and not whole
    more = ["  账上没有行的属于没有演示的项目，没有列出；演示全部项目用 shishi demo --all。"] if left else []
    return [*lines, f"  合计　{len(compared)} 个：{sums}", *more]


def _line(*cells: str) -> str:
    widths = (8, 44, 18, 14, 18, 0)
    return "  " + "".join(cell + " " * (width - _columns(cell)) for cell, width in zip(cells, widths, strict=True))


def _columns(text: str) -> int:
    """Columns of a terminal that the text takes: Chinese characters and marks take two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WFA" else 1 for letter in text)


def _short(text: str, most: int) -> str:
    """At most so many columns; what is cut off ends in an ellipsis."""
    if _columns(text) <= most:
        return text
    while _columns(text) > most - 2:
        text = text[:-1]
    return text + "…"
