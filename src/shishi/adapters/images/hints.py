"""What a machine may notice about how a picture was made: hints for a person to look at, never a verdict.

A photographed screen: its pixels and the camera's make a grid, which stands out in the spectrum as sharp peaks away
from the axes. A screenshot: of a screen's proportions, without a camera's metadata, with a bar of plain colour on top.
"""

from __future__ import annotations

import numpy as np

from shishi.adapters.images.base import DETAIL_SIDE, LIKENESS_SIDE, Developed

PEAK = 18.0
"""How many times a wave must stand above its ring to count as a peak."""
PEAKS = 4
_INNER, _OUTER = DETAIL_SIDE // 12, DETAIL_SIDE // 2 - 8
_AXIS = 6
_PROPORTIONS = (16 / 9, 18 / 9, 18.5 / 9, 19 / 9, 19.3 / 9, 19.5 / 9, 20 / 9, 16 / 10)
EDITORS = ("photoshop", "lightroom", "gimp", "snapseed", "picsart", "meitu", "美图", "醒图", "facetune", "pixelmator")


def looks_like_screen(detail: bytes) -> bool:
    """Whether the middle of the picture shows a regular grid."""
    if len(detail) != DETAIL_SIDE**2:
        return False
    piece = np.frombuffer(detail, dtype=np.uint8).reshape(DETAIL_SIDE, DETAIL_SIDE).astype(np.float64)
    window = np.hanning(DETAIL_SIDE)
    spectrum = np.abs(np.fft.fftshift(np.fft.fft2((piece - piece.mean()) * window[:, None] * window)))
    place = np.arange(DETAIL_SIDE) - DETAIL_SIDE // 2
    radius = np.hypot(place[:, None], place).astype(np.int64)
    # What is smooth in one direction (walls, windows, kerbs) lies on the axes; a grid has peaks beside them, too.
    wanted = (radius >= _INNER) & (radius < _OUTER) & (np.abs(place[:, None]) > _AXIS) & (np.abs(place) > _AXIS)
    counts = np.maximum(np.bincount(radius[wanted], minlength=DETAIL_SIDE), 1)
    usual = np.bincount(radius[wanted], weights=spectrum[wanted], minlength=DETAIL_SIDE) / counts
    peaks = wanted & (spectrum > PEAK * np.maximum(usual[radius], 1))
    return int(np.count_nonzero(peaks)) >= PEAKS


def looks_like_screenshot(picture: Developed) -> bool:
    """Whether it has a screen's proportions, no camera, and a plain bar along the top."""
    if picture.metadata.device or picture.kind == "heic":
        return False
    long, short = max(picture.width, picture.height), min(picture.width, picture.height)
    if min(abs(long / short - known) for known in _PROPORTIONS) > 0.012:
        return False
    square = np.frombuffer(picture.grey, dtype=np.uint8).reshape(LIKENESS_SIDE, LIKENESS_SIDE)
    bar = square[1 : LIKENESS_SIDE * 3 // 100]
    return bool(np.median(np.abs(bar.astype(np.int64) - int(np.median(bar)))) <= 2)


def names_an_editor(software: str) -> bool:
    """Whether the picture says that it was saved by a program for changing pictures."""
    return any(name in software.lower() for name in EDITORS)
