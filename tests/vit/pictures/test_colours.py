"""Colours and depths as the file means them: profiles, transparency, deep grey, cut-off files; each to its value."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageChops, ImageCms

from tests.support.deep_files import chunk, colour_key, tiff
from tests.support.pictures import encoded
from tests.support.places import ROOT
from vit.pictures.open import PictureError, decode, open_image
from vit.pictures.preprocess import Preprocessing

FAULTS = ROOT / "tests" / "data" / "pictures"
CAT = ROOT / "sample_images" / "cat.jpg"
RAMP = np.linspace(0, 4095, 90 * 70).reshape(70, 90)


def grey(data: bytes | Path) -> np.ndarray:
    return np.asarray(open_image(data))[..., 0].astype(int)


@pytest.mark.parametrize("orientation", [3, 6, 8])
def test_a_tiff_is_turned_once(orientation: int) -> None:
    path = FAULTS / f"tiff-orientation-{orientation}.tif"
    alone = Image.open(path)
    alone.load()
    assert np.array_equal(np.asarray(open_image(path)), np.asarray(alone.convert("RGB")))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_every_orientation_in_every_format_and_byte_order(orientation: int, file_format: str, order: str) -> None:
    stored = Image.fromarray(np.random.default_rng(0).integers(0, 256, (24, 40, 3), dtype=np.uint8))
    exif = Image.Exif()
    exif.endian = order
    exif[0x0112] = orientation
    options = {"lossless": True} if file_format == "WEBP" else {}
    if file_format == "TIFF":
        data = tiff(np.asarray(stored), order, tags={0x0112: [orientation]})
    else:
        data = encoded(stored, file_format, exif=exif.tobytes(), **options)
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
    plain = Image.open(io.BytesIO(encoded(stored, file_format, **options))).convert("RGB")
    right = plain.transpose(Image.Transpose(turns[orientation])) if orientation > 1 else plain
    assert open_image(data).tobytes() == right.tobytes()


def test_twelve_bits_in_sixteen_are_as_bright_as_they_were_meant() -> None:
    found = decode(FAULTS / "grey-12-bits-in-16.png")
    cat = np.asarray(Image.open(CAT).convert("L").resize(found.size), dtype=float)
    assert np.asarray(found.whole()).mean() == pytest.approx(cat.mean(), abs=6)
    assert "4,095" in found.notes[0]


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
def test_sixteen_bits_have_the_depth_they_use(bits: int) -> None:
    values = (RAMP / 4095 * (2**bits - 1)).round().astype(np.uint16)
    expected = (values / (2**bits - 1) * 255).round()
    assert np.array_equal(grey(encoded(Image.fromarray(values), "PNG")), expected)
    assert bool(decode(encoded(Image.fromarray(values), "PNG")).notes) == (bits < 16)


def test_what_a_tiff_says_of_its_depth_comes_first() -> None:
    dark = (RAMP / 40).astype(np.uint16)  # up to 102 of 4,095
    data = encoded(Image.fromarray(dark), "TIFF", tiffinfo={281: 4095})
    assert np.array_equal(grey(data), (dark / 4095 * 255).round())


def test_white_is_zero() -> None:
    assert np.asarray(open_image(FAULTS / "white-is-zero-16.tif")).mean() == pytest.approx(104, abs=1)


def test_floats_are_scaled_by_their_range_and_a_border_of_nan_is_black() -> None:
    found = decode(FAULTS / "float-range.tif")
    assert "from their own range" in found.notes[0]
    values = RAMP.astype(np.float32) - 2000
    values[:5] = np.nan
    values[-1, 0] = np.inf
    shown = grey(encoded(Image.fromarray(values), "TIFF"))
    assert not shown[:5].any()
    assert (shown.max(), shown[5, 0]) == (255, 0)


def test_colour_key_transparency_has_no_fringe() -> None:
    """Magenta means transparent; no other pixel is near it, so none may come out that is."""
    pixels = np.asarray(Preprocessing((224, 224), 256).crop(decode(FAULTS / "colour-key-2.2MP.png"))).astype(int)
    red, green, blue = pixels[..., 0], pixels[..., 1], pixels[..., 2]
    stored = np.asarray(Image.open(FAULTS / "colour-key-2.2MP.png")).reshape(-1, 3).astype(int)
    seen = stored[~(stored == [255, 0, 255]).all(axis=1)]
    assert (np.minimum(red, blue) - green).max() <= (np.minimum(seen[:, 0], seen[:, 2]) - seen[:, 1]).max() + 10


@pytest.mark.parametrize("bits", [1, 2, 4])
def test_the_grey_that_means_transparent_is_found_in_few_bits(bits: int) -> None:
    values = np.random.default_rng(0).integers(0, 2**bits, (24, 40), dtype=np.uint8)
    rows = np.packbits((values[..., None] >> np.arange(bits)[::-1] & 1).reshape(24, -1), axis=1)
    header = struct.pack(">IIBBBBB", 40, 24, bits, 0, 0, 0, 0)
    body = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows))
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + colour_key(1) + chunk(b"IDAT", body) + chunk(b"IEND")
    assert np.array_equal(grey(data), np.where(values == 1, 255, values * (255 // (2**bits - 1))))


SIDES = [(200, 160), (1100, 950), (1100, 1000)]  # below, just below and above one megapixel


@pytest.mark.parametrize("size", SIDES)
@pytest.mark.parametrize("kind", ["RGBA", "LA", "PA", "P index", "P bytes", "RGB key", "L key", "16 bit key"])
def test_transparency_of_every_kind_is_laid_on_white_before_anything_else(kind: str, size: tuple[int, int]) -> None:
    mask = Image.fromarray(np.random.default_rng(0).integers(0, 2, (size[1], size[0]), dtype=np.uint8) * 255)
    black = Image.new("L", size)
    expected = Image.composite(Image.new("L", size, 255), black, mask)
    options: dict[str, object] = {}
    if kind in ("RGBA", "LA", "PA"):
        picture = black.convert("RGB" if kind == "RGBA" else "L").convert("LA" if kind == "LA" else "RGBA")
        picture.putalpha(ImageChops.invert(mask))
        picture, file_format = (picture.convert("RGBA"), "WEBP") if kind == "PA" else (picture, "PNG")
        options = {"lossless": True, "method": 0} if kind == "PA" else {}
    else:
        file_format, key = "PNG", mask.point(lambda value: value // 255)  # 1: transparent
        if kind.startswith("P"):
            picture = Image.fromarray(np.asarray(key), "P")
            picture.putpalette([0, 0, 0, 200, 20, 200] + [0] * 762)
            options = {"transparency": 1 if kind == "P index" else bytes([255, 0])}
        elif kind == "RGB key":
            picture = Image.merge("RGB", [mask, black, mask])
            options = {"transparency": (255, 0, 255)}
        elif kind == "L key":
            picture, options = key.point(lambda value: value * 7), {"transparency": 7}
        else:
            picture = Image.fromarray(np.asarray(key).astype(np.uint16) * 60_000)
            options = {"transparency": 60_000}
    data = encoded(picture, file_format, compress_level=1, **options)  # noise: no level makes it smaller
    recipe = Preprocessing((64, 64), 80)
    assert recipe.crop(decode(data)).tobytes() == recipe.crop(expected).tobytes()


def test_profiles_are_followed_once() -> None:
    found = decode(FAULTS / "profile-swapped-red-green.jpg")
    stored = Image.open(FAULTS / "profile-swapped-red-green.jpg")
    right = ImageCms.profileToProfile(
        stored, io.BytesIO(stored.info["icc_profile"]), ImageCms.createProfile("sRGB"), renderingIntent=1
    )
    assert right is not None
    assert np.abs(np.asarray(found.whole()).astype(int) - np.asarray(right).astype(int)).max() <= 1
    assert "sRGB" in found.notes[0]
    plain = decode(FAULTS / "profile-swapped-red-green.jpg", plain=True)
    assert plain.whole().tobytes() == stored.convert("RGB").tobytes()
    assert not plain.notes


def test_srgb_by_another_name_changes_nothing() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    image = Image.open(CAT)
    found = decode(encoded(image, "PNG", icc_profile=profile))
    assert found.whole().tobytes() == image.convert("RGB").tobytes()
    assert not found.notes


@pytest.mark.parametrize("profile", [b"nonsense", bytes(500), ImageCms.ImageCmsProfile(
    ImageCms.createProfile("LAB")).tobytes()], ids=["short", "zeros", "of other colours"])  # fmt: skip
def test_a_broken_profile_is_ignored_and_said(profile: bytes) -> None:
    found = decode(encoded(Image.open(CAT), "PNG", icc_profile=profile))
    assert found.whole().tobytes() == Image.open(CAT).convert("RGB").tobytes()
    assert "cannot be read" in found.notes[0]


def test_cmyk_is_read_as_the_reference_reads_it_with_and_without_adobe_s_marker() -> None:
    data = encoded(Image.open(CAT).convert("CMYK"), "JPEG", quality=95)
    place = data.index(b"\xff\xee")
    for file in (data, data[:place] + data[place + 2 + int.from_bytes(data[place + 2 : place + 4]) :]):
        right = Image.open(io.BytesIO(file)).convert("RGB")
        assert open_image(file).tobytes() == right.tobytes()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("missing", [1, 2, 3, 40])
def test_a_jpeg_without_its_last_bytes_opens_with_a_note(progressive: bool, missing: int) -> None:
    data = encoded(Image.open(CAT), "JPEG", quality=90, progressive=progressive)
    found = decode(data[:-missing])
    assert found.notes
    assert "last bytes" in found.notes[0]
    upper = (0, 0, found.width, found.height - 16)
    whole = Image.open(io.BytesIO(data)).convert("RGB")
    if not progressive or missing <= 2:
        assert found.whole().crop(upper).tobytes() == whole.crop(upper).tobytes()


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("kept", [0.3, 0.5, 0.8])
def test_half_a_jpeg_is_refused(progressive: bool, kept: float) -> None:
    data = encoded(Image.open(CAT), "JPEG", quality=90, progressive=progressive)
    with pytest.raises(PictureError, match="damaged"):
        decode(data[: int(len(data) * kept)], "holiday.jpg")


def test_the_cut_off_sample() -> None:
    found = decode(FAULTS / "jpeg-without-last-two-bytes.jpg")
    assert np.asarray(found.whole()).mean() == pytest.approx(115.3, abs=0.2)
