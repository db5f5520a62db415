"""``demo``: the whole daily cycle on labelled demonstration rows, ending with the articles'
figures beside the computed ones."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, prepare
from shishi.core.errors import Misuse

if TYPE_CHECKING:
    from shishi.commands.demonstration.figures import Compared


def configure(verb: str, parser: argparse.ArgumentParser) -> None:
    """Arguments of the demonstration."""
    prepare(parser, _demo, writes=True, needs_store=False)
    parser.add_argument("--folder", type=Path, default=Path("demo"), help="演示库、工作簿和简报都放在这里")
    parser.add_argument("--keep", action="store_true", help="已有演示库就不重做，只重新对照")
    parser.add_argument("--serve", action="store_true", help="做完后打开网页")
    parser.add_argument("--port", type=int, default=0, help="网页端口，默认选一个空的")


def _demo(context: Context) -> Outcome:
    folder: Path = context.arguments.folder.resolve()
    store = folder / "store"
    _clear(folder, keep=context.arguments.keep)
    os.environ["SHISHI_DATA"] = str(store)
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shishi.conf.settings")
    import django

    django.setup()
    from shishi.commands.demonstration.comparing import compare_all
    from shishi.commands.demonstration.story import Story

    story = Story(folder, tell=lambda line: print(line, file=sys.stderr, flush=True))
    if not (folder / "done").exists():
        story.run()
        (folder / "done").write_text("")
    compared = compare_all(Path(__file__).resolve().parents[3] / "reference" / "seed-figures.csv")
    lines = [*story.summary(), "", *_page(compared), "", f"简报、提示单和工作簿都在 {_near(folder)}"]
    if context.arguments.serve:
        for line in lines:
            print(line, flush=True)
        from shishi.commands.site import serve

        serve(context.arguments.port, "operator")
        lines = []
    return Outcome([_document(item) for item in compared], lines)


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
        "as_of": item.expected.as_of.isoformat(),
        "article": item.expected.printed,
        "computed": None if item.computed is None else format(item.computed, "f"),
        "printed": item.printed,
        "agreement": item.agreement.value,
        "source": item.expected.source,
    }


WORDS = {"exact": "一致", "within_rounding": "舍入内一致", "off": "不一致", "not_checkable": "无从核对"}


def _page(compared: list[Compared]) -> list[str]:
    from shishi.core.typography import text_width

    def pad(text: str, width: int) -> str:
        return text + " " * max(width - 2 * text_width(text, 10) // 10 + _halves(text), 0)

    lines = [
        "两篇文章的数字与台账算出的数字",
        "  " + pad("编号", 7) + pad("事项", 44) + pad("文章", 14) + pad("台账", 14) + "结论",
    ]
    for item in compared:
        told = item.expected
        lines.append(
            "  "
            + pad(told.id, 7)
            + pad(_short(told.statement), 44)
            + pad(told.printed, 14)
            + pad(item.printed or "—", 14)
            + WORDS[item.agreement.value]
        )
    counted = {word: sum(1 for item in compared if item.agreement.value == code) for code, word in WORDS.items()}
    lines.append("  合计　" + "，".join(f"{word} {many}" for word, many in counted.items()))
    return lines


def _halves(text: str) -> int:
    """Half-width characters stand for one column, full-width ones for two."""
    from shishi.core.typography import text_width

    return 2 * text_width(text, 10) // 10 - sum(2 if ord(letter) > 0x2E7F or letter in "“”—" else 1 for letter in text)


def _short(text: str, most: int = 20) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
