"""Lists that are handed in to be looked at before anything is done: kept under a signed word that is the sender's."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.http import content_disposition_header, urlencode
from django.utils.translation import gettext as _

from shishi.adapters.spreadsheets.marking import mark_workbook
from shishi.apps.files.services import content_of
from shishi.core.errors import Refused
from shishi.web.office.viewing import Viewer

ENDINGS = (".xlsx", ".xls", ".ods", ".csv")
MOST_BYTES = 5 * 2**20
LASTS = 24 * 3600
"""Seconds for which a list that was looked at may be taken."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True, slots=True)
class SentList:
    """A kept list: the hash of the file, its name, and what else was said with it (a programme). ``salt`` names what
    the list is for."""

    sha256: str
    name: str
    said: str
    salt: str

    @classmethod
    def of(cls, request: HttpRequest, viewer: Viewer, salt: str) -> SentList:
        """The one that the address names; ``Http404`` for another person's, an old one, or one of another kind."""
        try:
            told = signing.loads(request.GET.get("list", ""), salt=salt, max_age=LASTS)
            sha256, name, said, username = map(str, told)
        except (signing.BadSignature, ValueError, TypeError) as wrong:
            raise Http404 from wrong
        if username != viewer.person.username:
            raise Http404
        return cls(sha256, name, said, salt)

    def address(self, page: str, viewer: Viewer) -> str:
        """The page with the word under which this person may go on with the list."""
        word = signing.dumps([self.sha256, self.name, self.said, viewer.person.username], salt=self.salt, compress=True)
        return f"{page}?{urlencode({'list': word})}"

    @contextmanager
    def file(self) -> Iterator[Path]:
        """The file in a folder of its own that is gone after."""
        with TemporaryDirectory(prefix="shishi-") as folder:
            path = Path(folder) / Path(self.name).name
            path.write_bytes(content_of(self.sha256))
            yield path

    def marked(self, read: Callable[[Path], object]) -> HttpResponse:
        """The list with every fault in its cell that ``read`` refuses; ``Http404`` when it finds none."""
        with self.file() as path:
            try:
                read(path)
            except Refused as refused:
                target = path.with_name("marked.xlsx")
                mark_workbook(path, refused.issues, target)
                return workbook(target.read_bytes(), f"{_('已标记')}-{Path(self.name).stem}.xlsx")
        raise Http404


def workbook(content: bytes, name: str) -> HttpResponse:
    """A workbook to download."""
    disposition = content_disposition_header(as_attachment=True, filename=name.replace("/", "／"))
    return HttpResponse(content, content_type=XLSX, headers={"Content-Disposition": disposition or "attachment"})


def made(write: Callable[[Path], None], name: str) -> HttpResponse:
    """A workbook that ``write`` puts into the path it is given."""
    with TemporaryDirectory(prefix="shishi-") as folder:
        path = Path(folder) / "made.xlsx"
        write(path)
        return workbook(path.read_bytes(), name)
