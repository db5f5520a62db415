"""A picture is found again when it was saved anew, cut at the edges or written upon, and no other is taken for it."""

from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image, ImageDraw

from shishi.adapters.images import lookup
from shishi.adapters.images.base import LIKENESS_SIDE
from shishi.adapters.images.likeness import Likeness, is_plain, likeness_of, search_of
from shishi.adapters.images.lookup import ALIKE, NEAR_FEW, Album, gather
from shishi.adapters.images.scenes import jpeg, scene

MANY = 40


def grey(picture: Image.Image) -> bytes:
    """As the darkroom hands it out."""
    return picture.resize((LIKENESS_SIDE, LIKENESS_SIDE), Image.Resampling.BOX).convert("L").tobytes()


@pytest.fixture(scope="module")
def album() -> Album:
    """Some pictures that are known."""
    made = Album()
    made.add((number, likeness_of(grey(scene(number)))) for number in range(MANY))
    return made


def again(picture: Image.Image) -> Image.Image:
    small = picture.resize((400, 300))
    return Image.open(io.BytesIO(jpeg(small, 35))).convert("RGB")


def cut(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    return picture.crop((width * 7 // 100, height * 3 // 100, width * 97 // 100, height * 93 // 100))


def written_on(picture: Image.Image) -> Image.Image:
    done = picture.copy()
    pen = ImageDraw.Draw(done, "RGBA")
    width, height = done.size
    pen.rectangle((0, height * 84 // 100, width * 55 // 100, height), fill=(0, 0, 0, 150))
    pen.text((12, height * 87 // 100), "2023-05-01 09:30", fill=(255, 255, 255, 255), font_size=22)
    return done


@pytest.mark.parametrize("change", [again, cut, written_on])
def test_a_picture_is_found_again_after_a_change(album: Album, change: Callable[[Image.Image], Image.Image]) -> None:
    found = [album.find(search_of(grey(change(scene(number))))) for number in range(0, MANY, 4)]
    hit = [
        bool(matches) and matches[0].number == number for number, matches in zip(range(0, MANY, 4), found, strict=True)
    ]
    assert sum(hit) >= 9


def test_a_whole_picture_is_found_when_the_known_one_was_cut() -> None:
    made = Album()
    made.add([(7, likeness_of(grey(cut(scene(7)))))])
    assert [match.number for match in made.find(search_of(grey(scene(7))))] == [7]


def test_other_pictures_are_not_taken_for_it(album: Album) -> None:
    assert [album.find(search_of(grey(scene(1000 + number)))) for number in range(20)] == [()] * 20


@pytest.mark.parametrize(("stranger", "known"), [(1_002_836, 334), (1_006_151, 713)])
def test_a_street_with_a_house_at_the_same_place_is_not_taken_for_the_same(
    monkeypatch: pytest.MonkeyPatch, stranger: int, known: int
) -> None:
    made = Album()
    made.add([(known, likeness_of(grey(scene(known, 320, 240))))])
    search = search_of(grey(scene(stranger, 320, 240)))
    assert made.find(search) == ()
    monkeypatch.setattr(lookup, "APART", 1000)
    assert [(match.number, match.differing) for match in made.find(search)] == [(known, ALIKE)]


def test_signs_that_are_easily_turned_tell_less_than_those_that_are_not() -> None:
    search = search_of(grey(scene(5)))
    mark = search.many[:1]
    each = np.repeat(np.unpackbits(mark.view(np.uint8))[None], 256, axis=0) ^ np.eye(256, dtype=np.uint8)
    weights = search.apart(0, np.packbits(each, axis=1).view(np.uint64))
    assert search.apart(0, mark).tolist() == [0]
    assert weights.sum() == pytest.approx(1000)
    by_weight = np.argsort(weights, kind="stable")
    made = Album()
    for number, turned in enumerate((by_weight[:56], by_weight[-56:])):
        signs = np.unpackbits(mark.view(np.uint8))
        signs[turned] ^= 1
        made.add([(number, Likeness(search.few[:1].tobytes(), np.packbits(signs).tobytes()))])
    assert [match.number for match in made.find(search)] == [0]


def test_the_likest_come_first_and_no_more_than_asked_for() -> None:
    search = search_of(grey(scene(5)))
    made = Album()
    for turned in (8, 0, 4, 2):
        signs = np.unpackbits(search.many[:1].view(np.uint8))
        signs[:turned] ^= 1
        made.add([(turned, Likeness(search.few[:1].tobytes(), np.packbits(signs).tobytes()))])
    assert [(match.number, match.differing) for match in made.find(search, most=3)] == [(0, 0), (2, 2), (4, 4)]


def test_a_picture_of_one_colour_has_no_likeness() -> None:
    assert is_plain(likeness_of(bytes([127]) * LIKENESS_SIDE**2))
    assert not is_plain(likeness_of(grey(scene(1))))


def test_an_album_that_grows_keeps_what_it_held() -> None:
    made = Album()
    mark = likeness_of(grey(scene(3)))
    made.add([(-1, likeness_of(grey(scene(4))))])
    for start in range(0, 40_000, 10_000):
        made.add((start + at, mark) for at in range(10_000))
    assert len(made) == 40_001
    assert made.find(search_of(grey(scene(4))))[0].number == -1


def test_a_look_up_finds_what_comparing_with_every_window_finds() -> None:
    dice = np.random.default_rng(6)
    search = search_of(grey(scene(5)))
    known = []
    for place in range(len(search.few)):
        for flips in (0, 8, 16, 17, 18, 20):
            signs = np.unpackbits(search.few[place : place + 1].view(np.uint8))
            signs[dice.choice(64, flips, replace=False)] ^= 1
            known.append(Likeness(np.packbits(signs).tobytes(), search.many[place].tobytes()))
    made = Album()
    made.add(enumerate(known))
    near = {
        number
        for number, mark in enumerate(known)
        if np.bitwise_count(search.few ^ np.frombuffer(mark.few, np.uint64)).min() <= NEAR_FEW
    }
    assert {match.number for match in made.find(search, most=len(known))} == near
    assert 3 * len(search.few) <= len(near) < len(known)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_every_window_is_in_one_group_and_none_further_from_its_middle_than_the_group_says(number: int) -> None:
    windows = search_of(grey(scene(number))).few
    groups = gather(windows)
    assert sorted(int(word) for group in groups for word in group.windows) == sorted(int(word) for word in windows)
    for group in groups:
        assert int(np.bitwise_count(group.windows ^ group.middle).max()) == group.radius
    assert len(groups) < len(windows)
