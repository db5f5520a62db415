"""Made-up pictures: streets with houses, for demonstrations and measurements. Nothing in them is real, and the same
number always gives the same picture."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter, ImageFont

Colour = tuple[int, int, int]
_NOISE_SCALE = 4


@dataclass(frozen=True, slots=True)
class Look:
    """How a scene looks: ``fresh`` 0 (run down) to 10 (done), ``shift``: hundredths by which the eye stands aside."""

    fresh: int = 5
    shift: int = 0


def scene(number: int, width: int = 640, height: int = 480, look: Look | None = None) -> Image.Image:
    """The picture of that number."""
    how = look or Look()
    dice = np.random.default_rng(number)
    picture = _ground(dice, width, height)
    pen = ImageDraw.Draw(picture)
    horizon = int(height * dice.uniform(0.25, 0.5))
    light = int(dice.integers(165, 230))
    pen.rectangle((0, 0, width, horizon), fill=(light - 18, light, light + 20))
    for _ in range(int(dice.integers(2, 6))):
        _house(pen, dice, width, height, how)
    _kerb(pen, dice, width, height)
    if how.fresh > 6:
        _trees(pen, dice, width, height)
    if how.fresh < 4:
        _stains(pen, dice, width, height)
    return _grained(picture, dice, how)


def labelled(picture: Image.Image, words: str, font: str | None) -> Image.Image:
    """The picture with words across its foot: nobody shall take it for a real one."""
    done = picture.copy()
    pen = ImageDraw.Draw(done, "RGBA")
    size = max(done.width // 18, 12)
    face = ImageFont.truetype(font, size) if font else ImageFont.load_default(size)
    pen.rectangle((0, done.height - size * 2, done.width, done.height), fill=(20, 20, 20, 190))
    pen.text((size // 2, done.height - size * 7 // 4), words, fill=(255, 255, 255, 255), font=face)
    return done


def jpeg(picture: Image.Image, quality: int = 88, exif: Image.Exif | None = None) -> bytes:
    """The picture as a file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, **({"exif": exif} if exif else {}))
    return out.getvalue()


def _ground(dice: Generator, width: int, height: int) -> Image.Image:
    """Noise whose large forms are strong and whose small ones are weak, as of most things that are photographed."""
    down, across = height // _NOISE_SCALE, width // _NOISE_SCALE
    waves = np.hypot(np.fft.fftfreq(down)[:, None], np.fft.rfftfreq(across))
    waves[0, 0] = 1
    layers = []
    for _ in range(4):
        noise = np.fft.irfft2(np.fft.rfft2(dice.standard_normal((down, across))) / waves**1.2, s=(down, across))
        layers.append((noise - noise.min()) / (np.ptp(noise) or 1))
    tint = np.stack(layers[1:], axis=-1) * 18 + dice.uniform(-14, 14, 3)
    colours = layers[0][:, :, None] * 90 + tint + dice.uniform(40, 130)
    small = Image.fromarray(np.clip(colours, 0, 255).astype(np.uint8))
    return small.resize((width, height), Image.Resampling.BICUBIC)


def _house(pen: ImageDraw.ImageDraw, dice: Generator, width: int, height: int, look: Look) -> None:
    left = (dice.uniform(-0.1, 0.8) + look.shift / 100) * width
    right, top = left + dice.uniform(0.15, 0.5) * width, dice.uniform(0.05, 0.5) * height
    foot = dice.uniform(0.6, 0.95) * height
    wall, glass = _colour(dice, 60, 230), _colour(dice, 20, 200)
    pen.rectangle((left, top, right, foot), fill=_faded(wall, look.fresh))
    columns, storeys = int(dice.integers(2, 7)), int(dice.integers(2, 7))
    for column in range(columns):
        for storey in range(storeys):
            x = left + (right - left) * (column + 0.2) / columns
            y = top + (foot - top) * (storey + 0.2) / storeys
            w, h = (right - left) / columns * 0.5, (foot - top) / storeys * 0.5
            pen.rectangle((x, y, x + w, y + h), fill=glass)


def _kerb(pen: ImageDraw.ImageDraw, dice: Generator, width: int, height: int) -> None:
    y = dice.uniform(0.78, 0.95) * height
    slope = dice.uniform(-0.06, 0.06) * height
    asphalt = int(dice.integers(70, 150))
    pen.polygon([(0, y), (width, y + slope), (width, height), (0, height)], fill=(asphalt, asphalt, asphalt + 4))


def _trees(pen: ImageDraw.ImageDraw, dice: Generator, width: int, height: int) -> None:
    for _ in range(int(dice.integers(3, 7))):
        x, y, r = dice.uniform(0, width), dice.uniform(0.5, 0.75) * height, dice.uniform(0.03, 0.08) * width
        pen.rectangle((x - r / 8, y, x + r / 8, y + 2 * r), fill=(94, 70, 48))
        green: Colour = (int(dice.integers(40, 90)), int(dice.integers(110, 170)), int(dice.integers(40, 90)))
        pen.ellipse((x - r, y - r, x + r, y + r), fill=green)


def _stains(pen: ImageDraw.ImageDraw, dice: Generator, width: int, height: int) -> None:
    for _ in range(int(dice.integers(6, 14))):
        x, y = dice.uniform(0, width), dice.uniform(0.2, 0.95) * height
        w, h = dice.uniform(0.01, 0.07) * width, dice.uniform(0.02, 0.12) * height
        pen.ellipse((x, y, x + w, y + h), fill=_colour(dice, 40, 95))


def _colour(dice: Generator, low: int, high: int) -> Colour:
    """A quiet one: light or dark, and a little of a hue."""
    light = int(dice.integers(low, high))
    red, green, blue = (min(max(light + int(part), 0), 255) for part in dice.integers(-26, 27, 3))
    return red, green, blue


def _faded(colour: Colour, fresh: int) -> Colour:
    """Towards dusty grey the less fresh it is."""
    red, green, blue = ((part * (fresh + 4) + 118 * (10 - fresh)) // 14 for part in colour)
    return min(red, 255), min(green, 255), min(blue, 255)


def _grained(picture: Image.Image, dice: Generator, look: Look) -> Image.Image:
    soft = np.asarray(picture.filter(ImageFilter.GaussianBlur(0.8)), dtype=np.float64)
    grain: NDArray[np.float64] = dice.normal(0, 3, soft.shape)
    return Image.fromarray(np.clip(soft + grain + look.fresh - 5, 0, 255).astype(np.uint8))
