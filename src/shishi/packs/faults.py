"""Faults of a pack, gathered so that its writer sees all of them at once: code, file, line, remedy."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

from shishi.core.errors import Issue, Refused


class Faults:
    """A growing list of issues."""

    def __init__(self) -> None:
        self.issues: list[Issue] = []

    def __len__(self) -> int:
        return len(self.issues)

    def add(self, code: str, message: str, file: str, line: int | None, field: str = "") -> None:
        """Note one fault; the same fault at the same place is noted once."""
        issue = Issue(code=code, message=message, file=file, line=line, field=field)
        if issue not in self.issues:
            self.issues.append(issue)

    def refuse_if_any(self, path: str) -> None:
        """``Refused`` (``pack_refused``) with every issue, in the order of files and lines."""
        if self.issues:
            found = sorted(self.issues, key=lambda issue: (issue.file, issue.line or 0))
            message = f"实事清单“{path}”有 {len(found)} 处需要改正，没有装入任何内容；请按所列文件和行号修改后重试。"
            raise Refused("pack_refused", message, found)


def suggestion(word: str, known: Iterable[str]) -> str:
    """What can stand here, and what was probably meant, as the end of a sentence."""
    names = sorted(set(known))
    near = get_close_matches(word, names, n=1, cutoff=0.6)
    meant = f"；是不是“{near[0]}”？" if near else "。"
    return f"这里可以写：{'、'.join(names)}{meant}" if names else "这里还没有可以引用的内容。"
