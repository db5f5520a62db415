"""Whatever a picture is, does or carries: it is opened in a cage, refused with a way out, or copied without what it
carried. The port's conformance suite: whatever opens pictures answers so."""

from __future__ import annotations

import io
from decimal import Decimal

import pytest
from PIL import Image

from shishi.adapters.images.base import MOST_BYTES, THUMB_SIDE, VIEW_SIDE, Darkroom, Order
from shishi.adapters.images.darkroom import PillowDarkroom
from shishi.adapters.images.hints import looks_like_screen, looks_like_screenshot, names_an_editor
from shishi.adapters.images.scenes import jpeg, scene
from shishi.adapters.images.sniffing import is_paper, require_quiet_paper
from shishi.core.errors import Refused
from tests.adapters.pictures import HEIC, HOSTILE, SECRET, photo, saved, screen, screenshot, told


@pytest.fixture(scope="module", params=[PillowDarkroom])
def darkroom(request: pytest.FixtureRequest) -> Darkroom:
    """Every implementation of the port."""
    made: Darkroom = request.param()
    return made


@pytest.mark.parametrize("name", HOSTILE)
def test_what_is_no_photo_or_does_harm_is_refused_with_a_way_out(darkroom: Darkroom, name: str) -> None:
    make, code = HOSTILE[name]
    with pytest.raises(Refused) as refused:
        darkroom.develop(make(), Order())
    assert refused.value.code == code
    assert "请" in refused.value.message


def test_a_file_that_is_too_long_is_not_even_opened(darkroom: Darkroom) -> None:
    with pytest.raises(Refused, match="50 MB") as refused:
        darkroom.develop(bytes(MOST_BYTES + 1), Order())
    assert refused.value.code == "picture_too_large"


@pytest.mark.parametrize(("kind", "told_as"), [("JPEG", "jpeg"), ("PNG", "png"), ("WEBP", "webp")])
def test_every_kind_that_is_taken_gives_copies_of_its_shape(darkroom: Darkroom, kind: str, told_as: str) -> None:
    done = darkroom.develop(saved(kind), Order())
    assert (done.kind, done.width, done.height) == (told_as, 640, 480)
    assert Image.open(io.BytesIO(done.thumb)).size == (THUMB_SIDE, THUMB_SIDE * 3 // 4)


def test_an_iphones_format_is_opened_too(darkroom: Darkroom) -> None:
    done = darkroom.develop(HEIC, Order())
    assert (done.kind, done.width, done.height) == ("heic", 64, 48)
    assert done.metadata.device == "P"
    assert Image.open(io.BytesIO(done.view)).format == "JPEG"


def test_what_the_picture_says_of_itself_is_read_as_a_claim(darkroom: Darkroom) -> None:
    claim = darkroom.develop(told(software="Adobe Photoshop 25.0"), Order()).metadata
    assert claim.taken_at is not None
    assert claim.taken_at.isoformat() == "2021-09-22T12:00:00+08:00"
    assert (Decimal(claim.latitude), Decimal(claim.longitude)) == (Decimal("30.945600"), Decimal("118.758700"))
    assert claim.device == f"Maker {SECRET}"
    assert names_an_editor(claim.software)


def test_metadata_that_make_no_sense_are_no_claim(darkroom: Darkroom) -> None:
    claim = darkroom.develop(told(taken="9999:99:99 99:99:99", zone="nowhere", place=("0", "0")), Order()).metadata
    assert claim.taken_at is None
    assert claim.latitude == ""


def test_copies_carry_nothing_of_what_the_picture_carried(darkroom: Darkroom) -> None:
    original = told()
    assert SECRET.encode() in original
    done = darkroom.develop(original, Order(("宣城市宣州区",), ((True, False), (False, True))))
    for copy in (done.view, done.thumb):
        assert SECRET.encode() not in copy
        opened = Image.open(io.BytesIO(copy))
        assert not opened.getexif()
        assert not {"exif", "comment", "icc_profile", "xmp"} & set(opened.info)


def test_a_picture_is_turned_the_way_it_was_held(darkroom: Darkroom) -> None:
    done = darkroom.develop(told(orientation=6), Order())
    assert (done.width, done.height) == (640, 480)
    assert Image.open(io.BytesIO(done.thumb)).size == (THUMB_SIDE * 3 // 4, THUMB_SIDE)


def test_the_strip_stands_under_the_picture_and_hides_nothing_of_it(darkroom: Darkroom) -> None:
    plain = Image.open(io.BytesIO(darkroom.develop(photo(2, 2400, 1800), Order()).view))
    code = tuple(tuple((x + y) % 2 == 0 for x in range(25)) for y in range(25))
    strip = Image.open(io.BytesIO(darkroom.develop(photo(2, 2400, 1800), Order(("2021-09-22",), code)).view))
    assert plain.size == (VIEW_SIDE, VIEW_SIDE * 3 // 4)
    assert strip.width == plain.width
    assert strip.height > plain.height
    above = strip.crop((0, 0, plain.width, plain.height)).convert("L").resize((64, 48))
    assert (
        max(abs(a - b) for a, b in zip(above.tobytes(), plain.convert("L").resize((64, 48)).tobytes(), strict=True))
        < 12
    )


def test_a_child_that_takes_too_long_is_ended() -> None:
    with pytest.raises(Refused) as refused:
        PillowDarkroom(wall_seconds=0).develop(photo(), Order())
    assert refused.value.code == "picture_too_large"


def test_a_photographed_screen_and_a_screenshot_are_hinted_at_and_photos_are_not(darkroom: Darkroom) -> None:
    assert looks_like_screen(darkroom.develop(screen(), Order()).detail)
    assert looks_like_screenshot(darkroom.develop(screenshot(), Order()))
    for number in range(3, 7):
        real = darkroom.develop(jpeg(scene(number, 1200, 900)), Order())
        assert not looks_like_screen(real.detail)
        assert not looks_like_screenshot(real)


def test_a_paper_is_a_pdf_with_an_end_that_does_nothing() -> None:
    quiet = b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\ntrailer<<>>\n%%EOF\n"
    assert is_paper(quiet)
    require_quiet_paper(quiet)
    for content, code in (
        (quiet[:-8], "paper_broken"),
        (quiet.replace(b"/Catalog", b"/Catalog/OpenAction 2 0 R"), "paper_active"),
        (quiet.replace(b"/Catalog", b"/Catalog/JS (app.alert(1))"), "paper_active"),
    ):
        with pytest.raises(Refused) as refused:
            require_quiet_paper(content)
        assert refused.value.code == code
