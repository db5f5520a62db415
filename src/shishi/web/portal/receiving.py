"""Receiving files 收文件: how much one citizen may send in an hour. Whatever is dropped again was stored all the same."""

from __future__ import annotations

from django.core.files.uploadedfile import UploadedFile

from shishi.apps.accounts.selectors import Person
from shishi.apps.hall.papers import MOST_BYTES, too_large
from shishi.web.portal.pace import Pace
from shishi.web.portal.visitors import now

MEGABYTE = 2**20
sending = Pace(500, ("papers_many", "一小时内交来的文件太多了，这一个没有收下。请过一小时再来，或带原件到窗口。"))
"""Megabytes of one citizen in an hour."""


def received(file: UploadedFile[bytes], by: Person) -> bytes:
    """The bytes of an uploaded file. ``Refused``: paper_too_large, papers_many."""
    size = file.size or 0
    if size > MOST_BYTES:
        raise too_large()
    sending.note(by.username, 1 + size // MEGABYTE, now())
    return bytes(file.read())
