"""Many documents at once: a small pool of processes sets them, since Word text is made in Python alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from multiprocessing import get_context
from typing import TYPE_CHECKING

from shishi.adapters.rendering.docx import docx_bytes
from shishi.adapters.rendering.fonts import find_fonts
from shishi.adapters.rendering.pdf import pdf_bytes
from shishi.core.documents import Document

if TYPE_CHECKING:
    from concurrent.futures import Executor, Future

FEW = 6
"""Up to so many are set here: processes of their own take longer to start."""
AHEAD = 8
"""Documents that may wait to be set, for each process: memory stays small however many follow."""


@dataclass(frozen=True, slots=True)
class Printed:
    """One document in both forms."""

    docx: bytes
    pdf: bytes


def print_document(document: Document) -> Printed:
    """Word text and PDF of one document (see :class:`shishi.adapters.rendering.base.Renderer` for what is refused)."""
    fonts = find_fonts()
    return Printed(docx_bytes(document, fonts), pdf_bytes(document, fonts))


def print_documents(documents: Iterable[Document], processes: int | None = None) -> Iterator[Printed]:
    """Both forms of each document, in their order, while the next ones are still being composed."""
    waiting = iter(documents)
    first = list(islice(waiting, FEW + 1))
    if len(first) <= FEW:
        yield from map(print_document, first)
        return
    workers = processes or max(os.cpu_count() or 1, 1)
    with _pool(workers) as pool:
        under_way: list[Future[Printed]] = [pool.submit(print_document, document) for document in first]
        for document in waiting:
            under_way.append(pool.submit(print_document, document))
            if len(under_way) > workers * AHEAD:
                yield under_way.pop(0).result()
        for future in under_way:
            yield future.result()


@contextmanager
def _pool(workers: int) -> Iterator[Executor]:
    """Fresh processes: a fork would carry open stores and threads along."""
    from concurrent.futures import ProcessPoolExecutor

    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            yield pool
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
