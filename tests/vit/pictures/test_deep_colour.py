"""Colour pictures of sixteen bits a value as bright as they were meant, and every other way a value may be stored."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from tests.support.deep_files import colour_key, png16, tiff
from tests.support.pictures import encoded
from vit.pictures import deep_colour
from vit.pictures.open import PictureError, decode, open_image

ROWS, COLUMNS = 61, 83
_RAMP = np.linspace(0, 1, ROWS * COLUMNS).reshape(ROWS, COLUMNS)
SMOOTH = np.stack([_RAMP, _RAMP[::-1], _RAMP[:, ::-1]], axis=-1)  # (rows, columns, 3) of 0 … 1
ONE = np.ones((ROWS, COLUMNS, 1))
FILES = {
    "PNG": png16,
    "PNG interlaced": lambda values: png16(values, interlaced=True),
    "TIFF": tiff,
    "TIFF big-endian": lambda values: tiff(values, ">"),
    "TIFF in planes": lambda values: tiff(values, planes=True),
    "TIFF in planes, big-endian": lambda values: tiff(values, ">", planes=True),
    "TIFF packed": lambda values: tiff(values, packed=True),
    "TIFF packed, big-endian": lambda values: tiff(values, ">", packed=True),
}


def stored(shares: np.ndarray, white: int) -> np.ndarray:
    return (shares * white).round().astype(np.uint16)


def shown(data: bytes) -> np.ndarray:
    return np.asarray(open_image(data)).astype(int)


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("how", FILES)
def test_colours_are_as_bright_as_they_were_meant(how: str, bits: int) -> None:
    """White is the largest value of as many bits as are used, and said where those are not all; of sixteen the lower
    eight are dropped, as the reference does."""
    values = stored(SMOOTH, 2**bits - 1)
    data = FILES[how](values)
    expected = values >> 8 if bits == 16 else (values / (2**bits - 1) * 255).round()
    assert np.array_equal(shown(data), expected)
    assert (f"0 to {2**bits - 1:,}" in str(decode(data).notes)) == (bits < 16)


def test_packed_planes_are_shown_right_or_refused() -> None:
    values = stored(SMOOTH, 65_535)
    assert np.array_equal(shown(tiff(values, packed=True, planes=True)), values >> 8)
    with pytest.raises(PictureError, match="packed planes"):
        open_image(tiff(stored(SMOOTH, 4095), packed=True, planes=True))


def test_more_of_them_than_can_be_computed_in_time_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deep_colour, "MOST_PIXELS", ROWS * COLUMNS - 1)
    assert shown(png16(stored(SMOOTH, 65_535))).shape == (ROWS, COLUMNS, 3), "that needs no second look"
    with pytest.raises(PictureError, match=r"scan.png has 83 × 61 pixels of 16 bits that are dark"):
        open_image(png16(stored(SMOOTH, 4095)), "scan.png")


@pytest.mark.parametrize("white", [4095, 65_535])
@pytest.mark.parametrize("how", ["PNG", "PNG interlaced", "TIFF", "TIFF big-endian"])
def test_transparency_has_its_own_white(how: str, white: int) -> None:
    values = np.concatenate([stored(SMOOTH, 4095), stored(ONE, white)], axis=-1)
    data = FILES[how](values)
    assert np.array_equal(shown(data), (values[..., :3] / 4095 * 255).round())
    assert "white." not in str(decode(data).notes), "nothing of it is transparent"


def test_grey_beside_transparency() -> None:
    grey, half = stored(_RAMP[..., None], 4095), stored(ONE, 32_896)
    assert np.array_equal(shown(png16(np.concatenate([grey, stored(ONE, 65_535)], axis=-1)))[..., :1],
                          (grey / 4095 * 255).round())  # fmt: skip
    found = shown(png16(np.concatenate([grey, half], axis=-1)))[..., :1]
    assert np.abs(found - (127 + (grey / 4095 * 255) * 128 / 255)).max() <= 1


def test_a_tiff_s_own_word_for_white_comes_first() -> None:
    dark = stored(SMOOTH, 1000)
    assert np.array_equal(shown(tiff(dark, tags={281: [4095] * 3})), (dark / 4095 * 255).round())


def test_inks_of_sixteen_bits() -> None:
    inks = np.concatenate([SMOOTH, 1 - SMOOTH[..., :1]], axis=-1)
    eight = Image.fromarray((stored(inks, 4095) / 4095 * 255).round().astype(np.uint8), "CMYK")
    assert np.array_equal(shown(tiff(stored(inks, 4095), photometric=5)), np.asarray(eight.convert("RGB")))


@pytest.mark.parametrize("white", [4095, 65_535])
def test_the_colour_that_means_transparent_is_told_by_all_sixteen_bits(white: int) -> None:
    values = stored(SMOOTH, white)
    key, near = values[7, 9].copy(), values[7, 9] ^ 1
    values[20, 30], values[21, 30] = key, near
    data = png16(values, colour_key(*key.tolist()))
    hidden = (shown(data) == 255).all(axis=-1)
    assert np.array_equal(hidden, (values == key).all(axis=-1))
    assert not hidden[21, 30]
    assert "white" in decode(data).notes[-1]


def test_a_grey_picture_may_have_kept_a_profile_of_colours() -> None:
    path = "tests/data/pictures/profile-p3-coffee.jpg"
    profile = Image.open(path).info["icc_profile"]
    grey = Image.fromarray((_RAMP * 255).astype(np.uint8))
    as_grey = decode(encoded(grey, "PNG", icc_profile=profile))
    as_colours = decode(encoded(grey.convert("RGB"), "PNG", icc_profile=profile))
    assert as_grey.whole().tobytes() == as_colours.whole().tobytes()
    assert as_grey.notes == as_colours.notes
