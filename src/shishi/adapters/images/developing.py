"""What the child does with a picture: look at its header, open it, read what it says of itself, make new copies."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from PIL import Image, ImageCms, ImageOps
from PIL.Image import Exif, Resampling

from shishi.adapters.images.base import (
    DETAIL_SIDE,
    LIKENESS_SIDE,
    MOST_BYTES,
    MOST_PIXELS,
    MOST_SIDE,
    THUMB_SIDE,
    VIEW_SIDE,
)
from shishi.adapters.images.captions import captioned
from shishi.adapters.images.sniffing import picture_kind
from shishi.core.errors import Refused

FORMATS: Mapping[str, tuple[str, ...]] = {
    "jpeg": ("JPEG", "MPO"),
    "png": ("PNG",),
    "webp": ("WEBP",),
    "heic": ("HEIF",),
}
_EXIF, _GPS = 0x8769, 0x8825
_MAKE, _MODEL, _SOFTWARE, _CHANGED, _TAKEN, _ZONE = 0x010F, 0x0110, 0x0131, 0x0132, 0x9003, 0x9011
_QUALITY = 86
_HUGE = 40_000_000
"""From so many pixels on a JPEG is opened at half its size or less, and its grain is not looked at."""


def develop(content: bytes, order: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What the picture is, and its copies by name. ``Refused`` as the port says."""
    if len(content) > MOST_BYTES:
        raise _too_large(f"照片超过 {MOST_BYTES // 2**20} MB。")
    kind = picture_kind(content)
    try:
        with _opened(content, kind) as picture:
            width, height = picture.size
            _require_size(width, height)
            told = {"kind": kind, "width": width, "height": height, "metadata": _metadata(picture)}
            huge = width * height > _HUGE
            if huge:
                picture.draft("RGB", (2 * VIEW_SIDE, 2 * VIEW_SIDE))
            flat = _flat(ImageOps.exif_transpose(picture), picture.info.get("icc_profile"))
    except (Refused, MemoryError):
        raise
    except Exception as broken:  # whatever a decoder says of foreign bytes, it could not open them
        raise Refused("picture_broken", "照片不完整或已损坏，打不开。可能没有传完，请重新选择原图上传。") from broken
    return told, _copies(flat, order, b"" if huge else _detail(flat))


def _opened(content: bytes, kind: str) -> Image.Image:
    if kind == "heic":
        from pi_heif import register_heif_opener

        register_heif_opener(thumbnails=False)
    Image.MAX_IMAGE_PIXELS = None  # the header is looked at here, with a message that says what to do
    return Image.open(io.BytesIO(content), formats=FORMATS[kind])


def _require_size(width: int, height: int) -> None:
    if width * height > MOST_PIXELS or max(width, height) > MOST_SIDE:
        raise _too_large(f"照片有 {width} × {height} 像素，最多 {MOST_PIXELS // 10**6} 百万像素、每边 {MOST_SIDE}。")
    if min(width, height) < 16:
        raise Refused("picture_broken", f"照片只有 {width} × {height} 像素，看不出内容。请上传原来的照片。")


def _too_large(why: str) -> Refused:
    return Refused("picture_too_large", f"{why}没有打开，没有保存。请用手机的普通画质重新拍摄或另存后上传。")


def _flat(picture: Image.Image, profile: object) -> Image.Image:
    """Upright colours on white, in sRGB, with nothing else that the file carried."""
    if picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info:
        clear = picture.convert("RGBA")
        ground = Image.new("RGBA", clear.size, "white")
        ground.alpha_composite(clear)
        picture = ground
    flat = picture.convert("RGB")
    if isinstance(profile, bytes) and profile:
        try:
            own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            told = ImageCms.profileToProfile(flat, own, ImageCms.createProfile("sRGB"), outputMode="RGB")
            flat = told or flat
        except (ImageCms.PyCMSError, OSError):
            return flat  # a profile that cannot be read leaves the colours as they are
    return flat


def _detail(flat: Image.Image) -> bytes:
    width, height = flat.size
    if min(width, height) < DETAIL_SIDE:
        return b""
    left, top = (width - DETAIL_SIDE) // 2, (height - DETAIL_SIDE) // 2
    return flat.crop((left, top, left + DETAIL_SIDE, top + DETAIL_SIDE)).convert("L").tobytes()


def _copies(flat: Image.Image, order: Mapping[str, Any], detail: bytes) -> dict[str, bytes]:
    grey = flat.resize((LIKENESS_SIDE, LIKENESS_SIDE), Resampling.BOX).convert("L")
    view, thumb = _within(flat, VIEW_SIDE), _within(flat, THUMB_SIDE)
    lines = [str(line) for line in order.get("lines", ())]
    if lines:
        view = captioned(view, lines, order.get("code", ()), order.get("font"))
    return {"view": _jpeg(view), "thumb": _jpeg(thumb), "grey": grey.tobytes(), "detail": detail}


def _within(flat: Image.Image, side: int) -> Image.Image:
    copy = flat.copy()
    copy.thumbnail((side, side), Resampling.LANCZOS)
    return copy


def _jpeg(picture: Image.Image) -> bytes:
    # A new picture has no metadata that a writer could find and put back.
    bare = Image.new("RGB", picture.size)
    bare.paste(picture)
    out = io.BytesIO()
    bare.save(out, "JPEG", quality=_QUALITY, optimize=True)
    return out.getvalue()


def _metadata(picture: Image.Image) -> dict[str, str]:
    """What the picture claims, as text; what cannot be read is not claimed."""
    try:
        exif = picture.getexif()
        inner, place = exif.get_ifd(_EXIF), exif.get_ifd(_GPS)
    except Exception:  # metadata are a claim: a broken one is none
        return {}
    moment = _moment(inner.get(_TAKEN) or exif.get(_CHANGED), inner.get(_ZONE))
    device = " ".join(dict.fromkeys(f"{_text(exif, _MAKE)} {_text(exif, _MODEL)}".split()))
    found = {"taken_at": moment, "device": device, "software": _text(exif, _SOFTWARE)}
    latitude, longitude = _degrees(place, 1, 2, 90), _degrees(place, 3, 4, 180)
    if latitude and longitude:
        found |= {"latitude": latitude, "longitude": longitude}
    return {name: text for name, text in found.items() if text}


def _text(exif: Exif, tag: int) -> str:
    value = exif.get(tag)
    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value or "")
    return "".join(letter for letter in text if letter.isprintable())[:80].strip()


def _moment(told: object, zone: object) -> str:
    try:
        day, _, time = str(told).strip("\x00 ").partition(" ")
        found = datetime.fromisoformat(f"{day.replace(':', '-')}T{time}{str(zone or '').strip(chr(0)).strip()}")
    except ValueError:
        return ""
    return found.isoformat() if found.year >= 1990 else ""


def _degrees(place: Mapping[int, Any], side: int, tag: int, most: int) -> str:
    try:
        parts = [Decimal(part.numerator) / Decimal(part.denominator) for part in place[tag]]
        found = sum((part / 60**at for at, part in enumerate(parts)), Decimal())
    except (KeyError, TypeError, ArithmeticError, AttributeError):
        return ""
    if not 0 <= found <= most or not any(parts):
        return ""
    sign = -1 if str(place.get(side, "")).strip("\x00 ").upper() in ("S", "W") else 1
    return str((sign * found).quantize(Decimal("0.000001")))
