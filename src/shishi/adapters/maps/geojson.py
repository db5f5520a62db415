"""GeoJSON (RFC 7946) of an operator, hostile until it is read: only rings and codes are taken over, within bounds of
size, number and range. Names and everything else that it says are left where they are."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from shishi.adapters.maps.base import Outline, Point, Ring, Shapes
from shishi.core.divisions import normalise, official
from shishi.core.errors import Misuse, Refused

LARGEST = 24 * 1024 * 1024
"""Bytes of a file."""
MOST_FEATURES, MOST_POINTS = 5_000, 600_000
CODES = ("code", "adcode", "id", "gb")
"""Members of a feature or of its properties that may hold the code of a division, the first that does counts."""
DIGITS = 5
"""Decimals of a degree that are kept: about a metre."""


@dataclass(frozen=True)
class GeoJsonFolder:
    """A folder of files: ``341800.geojson`` for what lies within a division, ``divisions.geojson`` for all the rest."""

    folder: Path

    def shapes(self, division: str) -> Shapes | None:
        """See ``Maps``. ``Refused`` (map_too_large, map_malformed) for a file that is not what it should be."""
        for name in (official(division), "divisions"):
            path = self.folder / f"{name}.geojson"
            if path.is_file():
                found = path.stat()
                return _read(path, found.st_mtime_ns, found.st_size)
        return None


@lru_cache(maxsize=8)
def _read(path: Path, changed: int, size: int) -> Shapes:
    """``changed`` and ``size`` make another file another answer."""
    if size > LARGEST:
        raise _refused(path, "map_too_large", f"大于 {LARGEST // 1024 // 1024} MB")
    try:
        document = json.loads(path.read_bytes(), parse_constant=_no_number)
    except (ValueError, RecursionError) as wrong:
        raise _refused(path, "map_malformed", "不是 JSON") from wrong
    return _Reader(path).shapes(document)


def _no_number(text: str) -> None:
    raise ValueError(text)


def _refused(path: Path, code: str, why: str) -> Refused:
    return Refused(
        code, f"地图文件 {path.name} 用不了：{why}。请换成 RFC 7946 的 GeoJSON，或移走它：没有地图时画方格。"
    )


class _Reader:
    def __init__(self, path: Path) -> None:
        self.path = path
        self.points = 0

    def shapes(self, document: object) -> Shapes:
        features = document.get("features") if isinstance(document, dict) else None
        if not isinstance(features, list):
            raise self._wrong("最外层应为 FeatureCollection")
        if len(features) > MOST_FEATURES:
            raise self._wrong(f"多于 {MOST_FEATURES:,} 个图形")
        found: dict[str, Outline] = {}
        left_out = 0
        for feature in features:
            code = _code_of(feature)
            if not code:
                left_out += 1
                continue
            found[code] = (*found.get(code, ()), *self._polygons(feature.get("geometry")))
        return Shapes(found, left_out)

    def _polygons(self, geometry: object) -> Iterator[tuple[Ring, ...]]:
        kind = geometry.get("type") if isinstance(geometry, dict) else None
        parts = geometry.get("coordinates") if isinstance(geometry, dict) else None
        if kind == "Polygon":
            parts = [parts]
        elif kind != "MultiPolygon":
            raise self._wrong("图形只能是 Polygon 或 MultiPolygon")
        for polygon in self._listed(parts):
            yield tuple(self._ring(ring) for ring in self._listed(polygon))

    def _ring(self, ring: object) -> Ring:
        points = tuple(self._point(point) for point in self._listed(ring))
        self.points += len(points)
        if self.points > MOST_POINTS:
            raise self._wrong(f"多于 {MOST_POINTS:,} 个点")
        if len(points) < 4 or points[0] != points[-1]:
            raise self._wrong("有一圈不足四个点，或没有闭合")
        return points

    def _point(self, point: object) -> Point:
        if isinstance(point, list) and 2 <= len(point) <= 4:
            longitude, latitude = point[:2]
            if _is_degree(longitude, 180) and _is_degree(latitude, 90):
                return round(longitude, DIGITS), round(latitude, DIGITS)
        raise self._wrong("有一个点不是经度、纬度")

    def _listed(self, value: object) -> list[object]:
        if not isinstance(value, list) or not value:
            raise self._wrong("坐标写得不对")
        return value

    def _wrong(self, why: str) -> Refused:
        return _refused(self.path, "map_malformed", why)


def _is_degree(value: object, most: int) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most


def _code_of(feature: object) -> str:
    """The significant code that a feature is about; empty where it says none."""
    if not isinstance(feature, dict):
        return ""
    told = feature.get("properties")
    for holder in (told if isinstance(told, dict) else {}, feature):
        for name in CODES:
            text = str(holder.get(name, ""))
            # 156 before the six digits is the country's number in one common form.
            digits = text[3:] if len(text) == 9 and text.startswith("156") else text
            if digits.isascii() and digits.isdigit() and len(digits) in (2, 4, 6, 9, 12):
                try:
                    return normalise(digits)
                except Misuse:
                    continue
    return ""
