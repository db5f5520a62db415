"""Outlines that an operator brings: codes and rings are taken over, and nothing that a file is made to do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shishi.adapters.maps import geojson
from shishi.adapters.maps.geojson import GeoJsonFolder
from shishi.core.errors import Refused

SQUARE = [[118.0, 30.0], [118.5, 30.0], [118.5, 30.5], [118.0, 30.0]]


def feature(geometry: Any = None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "properties": properties, "geometry": geometry or polygon()}


def polygon(*rings: Any) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": list(rings) or [SQUARE]}


def put(folder: Path, *features: Any, name: str = "341800.geojson") -> GeoJsonFolder:
    text = json.dumps({"type": "FeatureCollection", "features": list(features)})
    (folder / name).write_text(text)
    return GeoJsonFolder(folder)


def test_outlines_are_found_by_code_however_it_is_written(tmp_path: Path) -> None:
    told = [
        feature(adcode=341802, name="<script>"),
        feature(gb="156341821"),
        {**feature(), "id": "341882"},
        feature(name="宣州区"),
        feature(code="１２"),
    ]
    found = put(tmp_path, *told).shapes("3418")
    assert found is not None
    assert (set(found.outlines), found.left_out) == ({"341802", "341821", "341882"}, 2)
    assert "script" not in repr(found)


def test_parts_of_one_division_are_laid_together_and_points_are_cut_to_a_metre(tmp_path: Path) -> None:
    fine = [[118.1234567, 30, 12.5], *SQUARE[1:3], [118.1234567, 30, 12.5]]
    several = {"type": "MultiPolygon", "coordinates": [[SQUARE], [fine]]}
    found = put(tmp_path, feature(code="341802"), feature(several, code="341802")).shapes("3418")
    assert found is not None
    outline = found.outlines["341802"]
    assert (len(outline), outline[2][0][0]) == (3, (118.12346, 30))


def test_a_division_has_its_own_map_or_that_of_all(tmp_path: Path) -> None:
    folder = put(tmp_path, feature(code="34"), name="divisions.geojson")
    put(tmp_path, feature(code="341802"))
    found = [folder.shapes(code) for code in ("3418", "00")]
    assert [set(item.outlines) for item in found if item] == [{"341802"}, {"34"}]
    assert GeoJsonFolder(tmp_path / "nowhere").shapes("3418") is None


HOSTILE = {
    "no collection": {"type": "Feature"},
    "features no list": {"features": {"0": 1}},
    "a point": {"features": [feature({"type": "Point", "coordinates": [1, 2]}, code="341802")]},
    "no geometry": {"features": [{"properties": {"code": "341802"}, "geometry": None}]},
    "an open ring": {"features": [feature(polygon([*SQUARE[:3], [1, 1]]), code="341802")]},
    "three points": {"features": [feature(polygon([SQUARE[0], SQUARE[1], SQUARE[0]]), code="341802")]},
    "off the earth": {"features": [feature(polygon([[181, 0], [1, 0], [1, 1], [181, 0]]), code="341802")]},
    "words for numbers": {"features": [feature(polygon([["1", "2"]] * 4), code="341802")]},
    "truth for numbers": {"features": [feature(polygon([[True, False]] * 4), code="341802")]},
    "no coordinates": {"features": [feature({"type": "MultiPolygon", "coordinates": []}, code="341802")]},
    "too many": {"features": [{}] * (geojson.MOST_FEATURES + 1)},
}


@pytest.mark.parametrize("document", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_no_map_is_refused_with_the_way_out(tmp_path: Path, document: Any) -> None:
    (tmp_path / "341800.geojson").write_text(json.dumps(document))
    with pytest.raises(Refused, match="方格"):
        GeoJsonFolder(tmp_path).shapes("3418")


@pytest.mark.parametrize("text", ["[" * 200_000, "{", "NaN", '{"features": NaN}', '{"features": [1e999]}'])
def test_what_is_no_json_is_refused_too(tmp_path: Path, text: str) -> None:
    (tmp_path / "341800.geojson").write_text(text)
    folder = GeoJsonFolder(tmp_path)
    if text.endswith("[1e999]}"):
        found = folder.shapes("3418")
        assert found is not None
        assert found.outlines == {}
    else:
        with pytest.raises(Refused):
            folder.shapes("3418")


def test_a_file_that_is_too_large_is_not_even_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(geojson, "LARGEST", 10)
    with pytest.raises(Refused, match="MB"):
        put(tmp_path, feature(code="341802")).shapes("3418")
    monkeypatch.setattr(geojson, "LARGEST", 10**6)
    monkeypatch.setattr(geojson, "MOST_POINTS", 3)
    with pytest.raises(Refused, match="点"):
        put(tmp_path, feature(code="341802")).shapes("3418")


def test_another_file_is_another_map(tmp_path: Path) -> None:
    folder = put(tmp_path, feature(code="341802"))
    folder.shapes("3418")
    put(tmp_path, feature(code="341802"), feature(code="341821"))
    found = folder.shapes("3418")
    assert found is not None
    assert len(found.outlines) == 2
