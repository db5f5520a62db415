"""``bench photos``: looking a photo up among a million, and whether it is found after what people do to photos.

Made-up streets stand in for photos; the rest of the million are marks drawn at random, whose signs are independent. A
series is another set of streets, photos and strangers alike: limits that were set by one are tried on the next.
"""

from __future__ import annotations

import argparse
import io
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from shishi.commands.context import Context, Outcome, progress
from shishi.commands.usage import between

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from shishi.adapters.images.likeness import Likeness
    from shishi.adapters.images.lookup import Album, Match

TITLE = "照片查重：百万张里查一张的时间，改过的照片找回多少，认错多少"
NEEDS_STORE = False
FOUND_AT_LEAST, WRONG_AT_MOST, MILLISECONDS = 95, 1, 50
SEED = 20210922
_STRANGERS, _NEXT_SERIES = 1_000_000, 5_000_000
"""From which number on the streets are that were never received, and how many numbers a series has."""
_WIDTH, _HEIGHT = 320, 240


def configure(parser: argparse.ArgumentParser) -> None:
    """How many of each."""
    parser.add_argument("--hashes", type=between(1000, 5_000_000), default=1_000_000, help="库里共有多少个特征")
    parser.add_argument(
        "--photos", type=between(10, 100_000), default=1000, help="其中多少张是照片，每张改三种样子再查"
    )
    parser.add_argument("--others", type=between(10, 100_000), default=10_000, help="没有收过的照片查多少张")
    parser.add_argument("--series", type=between(0, 1000), default=0, help="用第几组街景，从 0 起；换一组验证")


def measure(context: Context) -> Outcome:
    """Fill an album, look up changed photos and foreign ones; nothing is stored."""
    from shishi.adapters.images.lookup import Album

    given = context.arguments
    album = Album()
    album.add(_random_marks(given.hashes - given.photos, SEED + given.series))
    first = given.series * _NEXT_SERIES + 1
    known = range(first, first + given.photos)
    others = range(first + given.photos + _STRANGERS, first + given.photos + _STRANGERS + given.others)
    times: list[float] = []
    with progress("照片查重") as told:
        _fill(album, known, told)
        found = {name: _found(album, change, known, times, told) for name, change in _changes().items()}
        wrong = _wrong(album, others, times, told)
    ordered = sorted(times)
    document = {
        "hashes": len(album),
        "photos": given.photos,
        "found_percent": {name: round(many * 100 / given.photos, 2) for name, many in found.items()},
        "others": given.others,
        "false_matches": len(wrong),
        "false_pairs": wrong,
        "lookup_ms": {name: round(ordered[len(ordered) * share // 1000], 1) for name, share in _SHARES.items()},
        "meets": all(many * 100 >= FOUND_AT_LEAST * given.photos for many in found.values())
        and len(wrong) * 10_000 <= WRONG_AT_MOST * given.others
        and ordered[len(ordered) * 950 // 1000] <= MILLISECONDS,
    }
    return Outcome(document, list(_lines(document, wrong)))


_SHARES = {"median": 500, "p95": 950, "p99": 990}


def _lines(told: dict[str, object], wrong: list[dict[str, int]]) -> Iterator[str]:
    yield f"{told['hashes']:,} 个特征，其中 {told['photos']:,} 张照片"
    yield f"找回（%）：{told['found_percent']}"
    yield f"没有收过的 {told['others']:,} 张里认错 {told['false_matches']} 张"
    for pair in wrong:
        yield f"  认错：街景 {pair['other']} 认作 {pair['photo']}，256 位中有 {pair['differing']} 位不同"
    yield f"查一张（毫秒，含计算特征）：{told['lookup_ms']}"


def _random_marks(many: int, seed: int) -> Iterator[tuple[int, Likeness]]:
    import numpy as np

    from shishi.adapters.images.likeness import Likeness

    dice = np.random.default_rng(seed)
    for start in range(0, many, 100_000):
        size = min(100_000, many - start)
        few, more = dice.bytes(8 * size), dice.bytes(32 * size)
        for at in range(size):
            yield -1 - start - at, Likeness(few[8 * at : 8 * at + 8], more[32 * at : 32 * at + 32])


def _grey(picture: Picture) -> bytes:
    from PIL.Image import Resampling

    from shishi.adapters.images.base import LIKENESS_SIDE

    return picture.resize((LIKENESS_SIDE, LIKENESS_SIDE), Resampling.BOX).convert("L").tobytes()


def _street(number: int) -> Picture:
    from shishi.adapters.images.scenes import scene

    return scene(number, _WIDTH, _HEIGHT)


def _fill(album: Album, streets: range, told: Callable[[int, int], None] | None) -> None:
    from shishi.adapters.images.likeness import likeness_of

    for at, number in enumerate(streets, 1):
        album.add([(number, likeness_of(_grey(_street(number))))])
        if told:
            told(at, len(streets))


def _changes() -> dict[str, Callable[[Picture, int], Picture]]:
    return {"recompressed": _recompressed, "cropped_tenth": _cropped, "watermarked_anew": _watermarked}


def _jpeg(picture: Picture, quality: int) -> Picture:
    from PIL import Image

    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return Image.open(io.BytesIO(out.getvalue())).convert("RGB")


def _recompressed(picture: Picture, number: int) -> Picture:
    """Smaller, and saved at a quality of 30 to 70."""
    return _jpeg(picture.resize((_WIDTH * 2 // 3, _HEIGHT * 2 // 3)), 30 + number % 41)


def _cropped(picture: Picture, number: int) -> Picture:
    """A tenth off the width and off the height, taken from the sides as it falls out."""
    import numpy as np

    left, top = (int(share) for share in np.random.default_rng(number).integers(0, 101, 2))
    x, y = _WIDTH * left // 1000, _HEIGHT * top // 1000
    return _jpeg(picture.crop((x, y, x + _WIDTH * 9 // 10, y + _HEIGHT * 9 // 10)), 60)


def _watermarked(picture: Picture, number: int) -> Picture:
    """A dark panel with day, time and place at the foot, as watermark cameras write it."""
    from PIL import ImageDraw

    done = picture.copy()
    pen = ImageDraw.Draw(done, "RGBA")
    top = _HEIGHT * (78 + number % 6) // 100
    pen.rectangle((0, top, _WIDTH * 6 // 10, _HEIGHT), fill=(10, 20, 60, 160))
    pen.text((10, top + 8), f"2023-05-{1 + number % 28:02}  09:{number % 60:02}", fill="white", font_size=17)
    pen.text((10, top + 28), f"Inspection point {number}", fill="white", font_size=12)
    return _jpeg(done, 60)


def _looked_up(album: Album, picture: Picture, times: list[float]) -> Match | None:
    from shishi.adapters.images.likeness import search_of

    grey = _grey(picture)
    begun = time.perf_counter()
    matches = album.find(search_of(grey))
    times.append((time.perf_counter() - begun) * 1000)
    return matches[0] if matches else None


def _found(
    album: Album,
    change: Callable[[Picture, int], Picture],
    streets: range,
    times: list[float],
    told: Callable[[int, int], None] | None,
) -> int:
    many = 0
    for at, number in enumerate(streets, 1):
        match = _looked_up(album, change(_street(number), number), times)
        many += match is not None and match.number == number
        if told:
            told(at, len(streets))
    return many


def _wrong(
    album: Album, streets: range, times: list[float], told: Callable[[int, int], None] | None
) -> list[dict[str, int]]:
    wrong = []
    for at, number in enumerate(streets, 1):
        match = _looked_up(album, _street(number), times)
        if match:
            wrong.append({"other": number, "photo": match.number, "differing": match.differing})
        if told:
            told(at, len(streets))
    return wrong
