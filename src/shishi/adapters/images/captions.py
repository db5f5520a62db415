"""The strip under the copy to look at: where, when, how far to be trusted, and the QR code of the page that says so.

It stands under the picture, never over it: nothing of what the picture shows is hidden.
"""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont

PAPER, INK = "#fbfaf7", "#1c1c1a"
NARROWEST = 640
_QUIET = 4
"""Modules of white around a QR code (ISO/IEC 18004)."""


def captioned(
    picture: Image.Image, lines: Sequence[str], code: Sequence[Sequence[int]], font: str | None
) -> Image.Image:
    """The picture on a sheet with the strip below."""
    width = max(picture.width, NARROWEST)
    size = max(width // 52, 15)
    face = _face(font, size)
    squares = _squares(code, max(width * 15 // 100, 132))
    room = width - 3 * size - (squares.width if squares else 0)
    text = [part for line in lines for part in _folded(line, face, room)]
    height = max(squares.height if squares else 0, len(text) * size * 3 // 2 + size)
    sheet = Image.new("RGB", (width, picture.height + height), PAPER)
    sheet.paste(picture, ((width - picture.width) // 2, 0))
    pen = ImageDraw.Draw(sheet)
    for at, line in enumerate(text):
        pen.text((size, picture.height + size // 2 + at * size * 3 // 2), line, fill=INK, font=face)
    if squares:
        sheet.paste(squares, (width - squares.width, picture.height + (height - squares.height) // 2))
    return sheet


def _face(font: str | None, size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.truetype(font, size) if font else ImageFont.load_default(size)


def _squares(code: Sequence[Sequence[int]], room: int) -> Image.Image | None:
    if not code:
        return None
    side = len(code) + 2 * _QUIET
    small = Image.new("L", (side, side), 255)
    for down, row in enumerate(code):
        for across, dark in enumerate(row):
            if dark:
                small.putpixel((across + _QUIET, down + _QUIET), 0)
    scale = max(room // side, 2)
    return small.resize((side * scale, side * scale), Image.Resampling.NEAREST)


def _folded(line: str, face: ImageFont.FreeTypeFont | ImageFont.ImageFont, room: int) -> list[str]:
    """The line in parts that fit the room."""
    parts, part = [], ""
    for letter in line:
        if part and face.getlength(part + letter) > room:
            parts.append(part)
            part = ""
        part += letter
    return [*parts, part]
