"""Parcels 邮包: a signed message with its body and files in one ZIP, and a proof of it in another.

Everything in them is stored, not compressed, under names known beforehand, so that nothing unpacks to more than it
takes and no name leads anywhere. What is inside is believed only after its digests and signatures were checked.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field

from shishi.core.exchange import MOST_CONTENT, MOST_FILES, Fault, refusal

MESSAGE, BODY, FILES = "message.jws", "body", "files/"
MOST_SIGNED = 100 * 2**10
"""Bytes of a signed envelope at most."""
MOST_BYTES = MOST_CONTENT + MOST_SIGNED + 64 * 2**10
"""Bytes of a parcel at most."""
_FILE = re.compile(r"files/[0-9a-f]{64}", re.ASCII)
_EPOCH = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Parcel:
    """``message``: the signed envelope (a JWS); ``files``: contents by SHA-256."""

    message: str
    body: bytes
    files: Mapping[str, bytes] = field(default_factory=dict)


def pack(parcel: Parcel) -> bytes:
    """The parcel as bytes, the same ones each time."""
    named = {f"{FILES}{sha256}": content for sha256, content in sorted(parcel.files.items())}
    return zipped({MESSAGE: parcel.message.encode(), BODY: parcel.body, **named})


def unpack(content: bytes) -> Parcel:
    """The parcel of these bytes. ``Refused`` (message_malformed, message_too_large) for anything else."""
    held = unzipped(content, MOST_BYTES, MOST_FILES + 2)
    if MESSAGE not in held or BODY not in held or len(held[MESSAGE]) > MOST_SIGNED:
        raise refusal(Fault.MALFORMED)
    files = {name: content for name, content in held.items() if name not in (MESSAGE, BODY)}
    if not all(_FILE.fullmatch(name) for name in files):
        raise refusal(Fault.MALFORMED)
    try:
        message = held[MESSAGE].decode("ascii")
    except UnicodeDecodeError as wrong:
        raise refusal(Fault.MALFORMED) from wrong
    return Parcel(message, held[BODY], {name.removeprefix(FILES): content for name, content in files.items()})


def zipped(contents: Mapping[str, bytes]) -> bytes:
    """A ZIP of these, stored, without times."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for name, content in contents.items():
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content)
    return out.getvalue()


def unzipped(content: bytes, most: int, many: int) -> dict[str, bytes]:
    """What such a ZIP holds, by name. ``Refused``: message_malformed, message_too_large."""
    if len(content) > most:
        raise refusal(Fault.TOO_LARGE)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            listed = archive.infolist()
            names = {one.filename for one in listed}
            stored = all(one.compress_type == zipfile.ZIP_STORED and not one.flag_bits & 1 for one in listed)
            if len(listed) > many or len(names) < len(listed) or not stored:
                raise refusal(Fault.MALFORMED)
            if sum(one.file_size for one in listed) > most:
                raise refusal(Fault.TOO_LARGE)
            return {one.filename: archive.read(one) for one in listed}
    except (zipfile.BadZipFile, EOFError, ValueError, OSError, NotImplementedError, RuntimeError, KeyError) as wrong:
        raise refusal(Fault.MALFORMED) from wrong
