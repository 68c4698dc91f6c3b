"""Whatever a person brings is shown right side up as the model sees it, or answered in one sentence."""

from __future__ import annotations

import random
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.support.pictures import encoded
from tests.support.places import SAMPLES
from vit.pictures.decoded import KEPT_PIXELS
from vit.pictures.open import FORMATS, MAX_BYTES, PictureError, decode, open_image

# A picture whose four corners differ, so that any turn or flip shows: red, green / blue, white.
CORNERS = np.zeros((40, 60, 3), dtype=np.uint8)
CORNERS[:20, :30, 0] = CORNERS[:20, 30:, 1] = CORNERS[20:, :30, 2] = 255
CORNERS[20:, 30:] = 255


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_the_sample_photographs_open(path: Path) -> None:
    image = open_image(path)
    assert image.mode == "RGB"
    assert image.size == Image.open(path).size


@pytest.mark.parametrize("file_format", ["PNG", "WEBP", "BMP", "GIF", "TIFF", "JPEG"])
def test_every_format_keeps_its_corners(file_format: str) -> None:
    options = {"lossless": True} if file_format == "WEBP" else {"quality": 100} if file_format == "JPEG" else {}
    image = np.asarray(open_image(encoded(Image.fromarray(CORNERS), file_format, **options)))
    for y, x in ((5, 5), (5, 55), (35, 5), (35, 55)):
        assert abs(image[y, x].astype(int) - CORNERS[y, x].astype(int)).max() <= 12


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP"])
def test_every_exif_orientation_is_shown_upright(orientation: int, file_format: str) -> None:
    turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the transposition a camera has undone when it says so
    stored = Image.fromarray(CORNERS)
    if orientation > 1:
        stored = stored.transpose(Image.Transpose(turns[orientation]))
    exif = Image.Exif()
    exif[0x0112] = orientation
    shown = np.asarray(open_image(encoded(stored, file_format, exif=exif, quality=100)))
    assert shown.shape == CORNERS.shape
    assert abs(shown[5, 5].astype(int) - CORNERS[5, 5]).max() <= 12
    assert abs(shown[35, 5].astype(int) - CORNERS[35, 5]).max() <= 12


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode(mode: str) -> None:
    ramp = np.linspace(0, 255, 64 * 48).reshape(48, 64).astype(np.uint8)
    image = Image.fromarray(ramp)
    if mode == "I;16":
        image = Image.fromarray(ramp.astype(np.uint16) * 257)
    elif mode in ("I", "F"):
        image = Image.fromarray(ramp.astype(np.int32 if mode == "I" else np.float32) * 257)
    else:
        image = image.convert(mode)
    file_format = "TIFF" if mode in ("CMYK", "I", "F") else "PNG"
    shown = np.asarray(open_image(encoded(image, file_format)).convert("L")).astype(int)
    assert shown.shape == (48, 64)
    assert shown[-8:].mean() - shown[:8].mean() > 150, "dark above, light below, in every mode"


def test_transparency_lies_on_white() -> None:
    clear = Image.new("RGBA", (8, 8), (255, 0, 0, 0))
    assert open_image(encoded(clear, "PNG")).getpixel((0, 0)) == (255, 255, 255)
    palette = Image.new("P", (8, 8), 0)
    palette.putpalette([10, 20, 30] * 256)
    assert open_image(encoded(palette, "PNG", transparency=0)).getpixel((0, 0)) == (255, 255, 255)
    assert open_image(encoded(palette, "PNG")).getpixel((0, 0)) == (10, 20, 30)


def test_an_animation_shows_its_first_frame() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    data = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert open_image(data).getpixel((0, 0)) == (255, 0, 0)


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 2)])
def test_extreme_shapes_open(size: tuple[int, int]) -> None:
    image = open_image(encoded(Image.new("RGB", size, "teal"), "PNG"))
    assert image.size == size


@pytest.mark.parametrize(("mode", "file_format"), [("RGB", "JPEG"), ("P", "PNG"), ("RGBA", "WEBP")])
def test_of_twenty_megapixels_one_is_shown_in_the_same_shape(mode: str, file_format: str) -> None:
    image = Image.fromarray(CORNERS).resize((5400, 3600), Image.Resampling.NEAREST).convert(mode)
    exif = Image.Exif()
    exif[0x0112] = 6
    found = decode(encoded(image, file_format, exif=exif, method=0))
    assert found.size == (3600, 5400)
    shown = found.small()
    assert shown.width * shown.height <= KEPT_PIXELS * 1.01
    assert shown.width / shown.height == pytest.approx(3600 / 5400, rel=1e-3), "turned, after it was reduced"
    corner = np.asarray(shown)[50, -50].astype(int)  # top right after a quarter turn: the red corner
    assert abs(corner - [255, 0, 0]).max() <= 12


@pytest.mark.parametrize("mode", ["L", "I;16", "RGB", "RGBA", "P", "1"])
def test_a_shown_pixel_is_the_mean_of_a_square(mode: str) -> None:
    """4,800 × 3,200 are cut by four; here the squares are of one value each, so their means are known."""
    values = np.random.default_rng(0).integers(0, 2, (800, 1200), dtype=np.uint8) * 255
    squares = Image.fromarray(values.repeat(4, axis=0).repeat(4, axis=1))
    deep = Image.fromarray(np.asarray(squares).astype(np.uint16) * 257)
    squares = deep if mode == "I;16" else squares.convert(mode)
    shown = np.asarray(decode(encoded(squares, "PNG", compress_level=1)).small())
    assert np.array_equal(shown, values[..., None].repeat(3, axis=-1))


def png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "is empty"),
        (b"Dear teacher, this is not a picture.", "not a PNG"),
        (b"<html><script>alert(1)</script></html>", "not a PNG"),
        (SAMPLES[0].read_bytes()[:3000], "damaged"),
        (png_header(9_000, 9_000), "9000 × 9000 pixels"),
        (png_header(20_000, 20_000), "far more pixels"),
        (png_header(2_000_000_000, 2_000_000_000), "damaged|pixels"),
        (png_header(100, 100), "damaged"),
        (b"\x89PNG\r\n\x1a\n", "not a PNG|damaged"),
    ],
    ids=["empty", "text", "html", "truncated", "large", "bomb", "absurd", "short", "signature"],
)
def test_bad_files_are_answered_in_one_sentence(data: bytes, says: str) -> None:
    with pytest.raises(PictureError, match=says) as caught:
        open_image(data, "holiday.png")
    message = str(caught.value)
    assert message.startswith("holiday.png")
    assert message.endswith(".")
    assert "\n" not in message


def test_large_and_missing_files(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="50 MB; files of up to 40 MB"):
        open_image(bytes(50 * 2**20), "big.png")
    big = tmp_path / "big.png"
    with big.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    with pytest.raises(PictureError, match="files of up to 40 MB"):
        open_image(big)
    with pytest.raises(PictureError, match="No such file"):
        open_image(tmp_path / "missing.png")
    with pytest.raises(PictureError, match="directory"):
        open_image(tmp_path)


def test_broken_exif_does_not_lose_the_picture() -> None:
    data = encoded(Image.fromarray(CORNERS), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xffgarbage")
    assert open_image(data).size == (60, 40)


def test_mutated_files_are_a_picture_or_a_sentence() -> None:
    """Bit flips, cuts and splices over every format: never another exception, never a huge picture."""
    generator = random.Random(0)
    small = Image.fromarray(CORNERS)
    seeds = [encoded(small, f) for f in FORMATS] + [encoded(small.convert("P"), "GIF")]
    opened = 0
    for _ in range(400):
        data = bytearray(generator.choice(seeds))
        for _ in range(generator.randint(1, 8)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        if generator.random() < 0.3:
            del data[generator.randrange(len(data)) :]
        with suppress(PictureError):
            image = open_image(bytes(data))
            opened += 1
            assert image.mode == "RGB"
            assert image.width * image.height <= 10**6
    assert opened > 20
