"""Puts the demo's real output into both READMEs, between their ``demo-output`` markers."""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh-CN.md")
MARKED = re.compile(r"(<!-- demo-output -->\n).*?(<!-- /demo-output -->)", re.DOTALL)


def demo_output() -> str:
    """What ``make demo SERVE=0`` prints on standard output, run in a folder of its own; ends when the demo fails."""
    with tempfile.TemporaryDirectory() as folder:
        made = subprocess.run(
            ["make", "--silent", "demo", "SERVE=0", f"DEMO_DIR={folder}/demo"],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if made.returncode:
            sys.exit(f"make demo ended with {made.returncode}: the READMEs are left as they were")
        lines = made.stdout.replace(f"{folder}/demo", "demo").splitlines()
    return "\n".join(line.rstrip() for line in lines).strip()


def main() -> None:
    """Run the demo once and write its output into each README."""
    block = f"\\1```text\n{demo_output().replace(chr(92), chr(92) * 2)}\n```\n\\2"
    for name in READMES:
        page = REPOSITORY / name
        page.write_text(MARKED.sub(block, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
