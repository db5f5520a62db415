"""Pictures that people and enemies send, made by script: what is in this file is all there is to know about them."""

from __future__ import annotations

import base64
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache

import numpy as np
from PIL import Image

from shishi.adapters.images.scenes import jpeg, scene

SECRET = "ZHANG-SAN-PHONE"
PAPER = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<<>>\n%%EOF\n"
"""A PDF that does nothing when it is opened."""


@cache
def photo(number: int = 1, width: int = 640, height: int = 480) -> bytes:
    """A good photo."""
    return jpeg(scene(number, width, height))


def told(
    number: int = 1,
    *,
    taken: str = "2021:09:22 12:00:00",
    zone: str = "+08:00",
    place: tuple[str, str] | None = ("30.945600", "118.758700"),
    software: str = "",
    orientation: int = 1,
) -> bytes:
    """A photo with metadata as a phone writes them; ``place`` is latitude and longitude."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Maker", SECRET, orientation
    if software:
        exif[0x0131] = software
    inner = exif.get_ifd(0x8769)
    inner[0x9003], inner[0x9011] = taken, zone
    if place:
        gps = exif.get_ifd(0x8825)
        gps[1], gps[2] = "N", _parts(place[0])
        gps[3], gps[4] = "E", _parts(place[1])
    return jpeg(scene(number), exif=exif)


def _parts(degrees: str) -> tuple[Fraction, ...]:
    whole, rest = divmod(Fraction(degrees), 1)
    minutes, rest = divmod(rest * 60, 1)
    return Fraction(whole), Fraction(minutes), rest * 60


def saved(kind: str) -> bytes:
    """The same scene in another format."""
    out = io.BytesIO()
    scene(1).save(out, kind)
    return out.getvalue()


def flood(side: int = 30_000) -> bytes:
    """A PNG whose header promises a square of ``side`` pixels, in a few hundred kilobytes."""
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    lines = zlib.compress(bytes((side // 8 + 1) * side), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", lines) + _chunk(b"IEND", b"")


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def flooded_jpeg() -> bytes:
    """A good JPEG whose frame header was changed to 30,000 × 30,000."""
    content = bytearray(photo())
    at = content.index(b"\xff\xc0")
    content[at + 5 : at + 9] = struct.pack(">HH", 30_000, 30_000)
    return bytes(content)


HEIC = base64.b85decode(
    "0000SW^{RQXk}?*00000ZE0pPXk}?*ZE0a<0005LZDn*}000000000XXk=`10000000000aA{+700000000000000000000G-+&a"
    "V*mgE07O6l0ssL300001;s5~v00000008*_0ssI200P?p0RR9100000Bme*aIB98aW&i*H00062000$fZf0cy000000RRAKc4ILB"
    "0000LX>Mj^0ssI300IC2MR;ju000004sdC7Z2$lO00031008}IaB^?}007--aAR)(004Gqc4I>U18@KU0FVFx0000U@BsY%`1k+-"
    "4+CHT0RR|40Sp2E{{wIU00RJ!0009300RIXx&lC90096hLID8-Z~y=U0FVFx0{{R603M(qfd!W8<fgf}2xu@M00096AOHXZ03l)k"
    "0RRR>0l{;?i2wiq6Ju{|a&BX6cmM$a4FCp!0000KX>)L8000000000$0000$0000eV{Bn?0000$000010000m000010000000002"
    "|NsB+000020000GaA|mH000000|*ER0000OX>e^}0000000001009Mo0s{qv0000QX>w&|000000000EV`Ot<00IC3009610VQo@"
    "VRQfh0QD#VuM1%N7M9O>(0KTWUJ^0~#+08qSuTo=)!M3aegDhCzYBM?_K?WpRqFZZ?k|vB4r!PJJb#hWYAT!E?3c1sHzL*%OZr=g"
    "waZm^CwXHjQjZiCF~HXg7{9;@nfht)bzmkQ#hFIj;Yfk+$pTqR16rqF%WH}CWIYAx`aGd?KoCGb3{f`)lpokSJZy`p+*_W+PM5H="
    "o-3~9eOa1AiyK&aenWr%0PzX-iS@qz`&i>)g9ZKCY2jToXd4#}MZ7{93Yh91{mJC?)`uPZSzjv_@_T!6C}Bl1@D|FOxv5T%xxS9n"
    "HAa?6SJYKjVq;(c000I>cxh$;08LE*DgXcg2mk>A5C8%I0006|000000000"
)
"""Scene 1 at 64 × 48 as an HEIC file; its metadata name a device."""


SVG = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><rect width='9' height='9'/></svg>"
HOSTILE: Mapping[str, tuple[Callable[[], bytes], str]] = {
    "an SVG named .jpg": (lambda: SVG, "picture_active"),
    "an SVG after an XML line": (lambda: b"\xef\xbb\xbf <?xml version='1.0'?>\n" + SVG, "picture_active"),
    "a web page named .jpg": (lambda: b"<!DOCTYPE html><script>alert(1)</script>", "picture_active"),
    "a photo with a web page behind it": (lambda: photo() + b"<html><script>alert(1)</script>", "picture_active"),
    "a photo with a program in it": (
        lambda: photo()[:2] + b"\xff\xfe\x00\x14<?php echo 1; ?>" + photo()[2:],
        "picture_active",
    ),
    "a photo that is an archive, too": (
        lambda: photo() + b"PK\x03\x04" + bytes(40) + b"PK\x05\x06" + bytes(18),
        "picture_active",
    ),
    "a photo that is a paper, too": (lambda: photo() + b"%PDF-1.7\n%%EOF", "picture_active"),
    "a GIF": (lambda: saved("GIF"), "picture_unknown"),
    "a TIFF": (lambda: saved("TIFF"), "picture_unknown"),
    "nothing": (lambda: b"", "picture_unknown"),
    "a program": (lambda: b"\x7fELF" + bytes(2000), "picture_unknown"),
    "a PNG of 30,000 × 30,000": (flood, "picture_too_large"),
    "a JPEG that says 30,000 × 30,000": (flooded_jpeg, "picture_too_large"),
    "a photo cut off in the middle": (lambda: photo()[: len(photo()) // 2], "picture_broken"),
    "a PNG cut off in the middle": (lambda: saved("PNG")[:20_000], "picture_broken"),
    "a WebP cut off in the middle": (lambda: saved("WEBP")[:3000], "picture_broken"),
    "an HEIC cut off": (lambda: HEIC[:600], "picture_broken"),
    "the head of an HEIC and nothing behind it": (lambda: HEIC[:40] + bytes(4000), "picture_broken"),
    "a photo of one pixel": (lambda: jpeg(Image.new("RGB", (1, 1))), "picture_broken"),
}


def screen(number: int = 1) -> bytes:
    """A photo of a screen: its columns of red, green and blue, seen a little turned."""
    width, height = 1200, 900
    picture = np.asarray(scene(number, width, height), dtype=np.float64)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    grid = 1 + 0.35 * np.sin(0.9 * across + 0.12 * down) + 0.25 * np.sin(0.15 * across - 0.85 * down)
    return jpeg(Image.fromarray(np.clip(picture * grid[:, :, None] * 0.7, 0, 255).astype(np.uint8)), 92)


def screenshot(number: int = 1) -> bytes:
    """What a phone's screen shows, saved by the phone."""
    whole = Image.new("RGB", (1080, 2340), "#f7f7f7")
    whole.paste(scene(number, 1080, 810), (0, 400))
    out = io.BytesIO()
    whole.save(out, "PNG")
    return out.getvalue()
