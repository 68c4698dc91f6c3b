"""Every format opens by its content, whatever the file is called; what is no picture is told what it is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pillow_heif
import pillow_jxl  # noqa: F401  (teaches Pillow to write JPEG XL)
import pytest
from PIL import Image

from tests.support.jpeg_xl import turned
from tests.support.pictures import encoded, zipped
from tests.support.places import ROOT
from vit.data.folders import load
from vit.pictures import apart
from vit.pictures.kinds import ENDINGS
from vit.pictures.open import PictureError, decode, open_image

pytestmark = pytest.mark.server  # each picture is unpacked in a process of its own
FAULTS = ROOT / "tests" / "data" / "pictures"
CAT = Image.open(ROOT / "sample_images" / "cat.jpg").convert("RGB").resize((90, 60))
_T = Image.Transpose
TURNS = {2: _T.FLIP_LEFT_RIGHT, 3: _T.ROTATE_180, 4: _T.FLIP_TOP_BOTTOM, 5: _T.TRANSPOSE,
         6: _T.ROTATE_270, 7: _T.TRANSVERSE, 8: _T.ROTATE_90}  # fmt: skip
pillow_heif.register_heif_opener()


@pytest.mark.parametrize("name", ["heic.heic", "avif.avif", "jpeg2000.jp2", "plain.jfif"])
def test_the_cat_of_every_format(name: str) -> None:
    found = np.asarray(open_image(FAULTS / name), dtype=float)
    cat = np.asarray(Image.open(ROOT / "sample_images" / "cat.jpg").convert("RGB").resize(found.shape[1::-1]), float)
    assert np.abs(found - cat).mean() < 6
    assert Path(name).suffix.lstrip(".") in ENDINGS


@pytest.mark.parametrize("file_format", ["HEIF", "AVIF", "JPEG2000", "JXL", "MPO"])
@pytest.mark.parametrize("name", ["photo.png", "photo", "photo.heic"])
def test_formats_are_known_by_their_content(file_format: str, name: str) -> None:
    options = {"save_all": True, "append_images": [CAT.rotate(180)]} if file_format == "MPO" else {}
    found = np.asarray(open_image(encoded(CAT, file_format, **options), name), dtype=float)
    assert np.abs(found - np.asarray(CAT, dtype=float)).mean() < 8


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("file_format", ["HEIF", "AVIF", "JXL"])
def test_they_are_turned_once(file_format: str, orientation: int, order: str) -> None:
    exif = Image.Exif()
    exif.endian = order
    exif[0x0112] = orientation
    shown = open_image(encoded(CAT, file_format, exif=exif.tobytes()))
    right = CAT.transpose(TURNS[orientation]) if orientation > 1 else CAT
    assert shown.size == right.size
    assert np.abs(np.asarray(shown, dtype=float) - np.asarray(right, dtype=float)).mean() < 8


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("in_exif", [1, 6])
def test_a_jpeg_xl_that_its_decoder_turns_is_not_turned_again(orientation: int, in_exif: int) -> None:
    """The code's orientation comes first; where it asks for no turn, writers who know EXIF alone have their way."""
    shown = open_image(turned(CAT.resize((96, 64)), orientation, in_exif))
    turn = TURNS.get(orientation, TURNS.get(in_exif))
    right = CAT.resize((96, 64)).transpose(turn) if turn is not None else CAT.resize((96, 64))
    assert shown.size == right.size
    assert np.abs(np.asarray(shown, dtype=float) - np.asarray(right, dtype=float)).mean() < 8


@pytest.mark.parametrize("file_format", ["JPEG2000", "JXL"])
def test_transparency_of_theirs_lies_on_white(file_format: str) -> None:
    clear = Image.new("RGBA", (32, 32), (255, 0, 0, 0))
    data = encoded(clear, file_format, **({"lossless": True} if file_format == "JXL" else {}))
    assert open_image(data).getpixel((5, 5)) == (255, 255, 255)


def test_a_profile_in_a_jpeg_2000_is_followed() -> None:
    """Its box of colours says "sRGB" as Pillow writes it; here it holds a profile."""
    profile = Image.open(FAULTS / "profile-swapped-red-green.jpg").info["icc_profile"]
    data = encoded(CAT, "JPEG2000")
    place, head = data.find(b"colr") - 4, data.find(b"jp2h") - 4
    box = (15 - 4 + len(profile)).to_bytes(4) + b"colr\2\0\0" + profile
    longer = int.from_bytes(data[head : head + 4]) + len(box) - 15
    data = data[:head] + longer.to_bytes(4) + data[head + 4 : place] + box + data[place + 15 :]
    found = decode(data)
    as_png = decode(encoded(CAT, "PNG", icc_profile=profile))
    assert found.notes == as_png.notes
    assert np.abs(np.asarray(found.whole(), dtype=int) - np.asarray(as_png.whole())).mean() < 3


def test_sixteen_bits_of_jpeg_2000() -> None:
    values = np.linspace(0, 4095, 64 * 48).reshape(48, 64).astype(np.uint16)
    found = decode(encoded(Image.fromarray(values), "JPEG2000"))
    assert np.array_equal(np.asarray(found.whole())[..., 0], (values / 4095 * 255).round())
    assert found.notes


def test_a_decoder_that_breaks_down_ends_its_own_process_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    crash = tmp_path / "crash.py"
    crash.write_text("import os, signal, sys\nsys.stdin.buffer.read()\nos.kill(os.getpid(), signal.SIGSEGV)\n")
    monkeypatch.setattr(apart, "_CHILD", crash)
    with pytest.raises(PictureError, match=r"damaged and cannot be opened \(its decoder broke down\)"):
        open_image(FAULTS / "heic.heic")
    crash.write_text("import time\ntime.sleep(60)\n")
    monkeypatch.setattr(apart, "SECONDS", 0.2)
    with pytest.raises(PictureError, match="takes too long"):
        open_image(FAULTS / "heic.heic")


def tiff(entries: list[tuple[int, int, int]]) -> bytes:
    rows = b"".join(
        tag.to_bytes(2, "little") + kind.to_bytes(2, "little") + (1).to_bytes(4, "little") + value.to_bytes(4, "little")
        for tag, kind, value in entries
    )
    return b"II*\0" + (8).to_bytes(4, "little") + len(entries).to_bytes(2, "little") + rows + bytes(4)


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"></svg>', "SVG drawing.*export it as PNG"),
        (b"  <svg></svg>", "SVG drawing"),
        (b"%PDF-1.7 ...", "PDF document.*screenshot"),
        (b"II*\0\x10\0\0\0CR\2\0" + bytes(50), "raw camera file.*JPEG"),
        (tiff([(254, 4, 1), (330, 4, 100)]), "raw camera file"),
        (tiff([(256, 4, 1), (50706, 1, 1)]), "raw camera file"),
        (b"FUJIFILMCCD-RAW 0201", "raw camera file"),
        (b"\0\0\0\x18ftypcrx \0\0\0\0crx isom", "raw camera file"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", "video.*screenshot"),
        (b"8BPS\0\1", "Photoshop"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "damaged"),
    ],
)
def test_what_is_no_picture_is_named_with_the_way_out(data: bytes, says: str) -> None:
    with pytest.raises(PictureError, match=f"holiday.jpg is .*{says}"):
        open_image(data, "holiday.jpg")


def test_they_are_learnt_from_too(tmp_path: Path) -> None:
    files = {f"a/{n}.{kind.lower()[:4]}": encoded(CAT, kind) for n, kind in enumerate(("HEIF", "AVIF", "JXL"))}
    files |= {f"b/{n}.jfif": encoded(CAT, "JPEG") for n in range(3)} | {"b/wrong.heic": encoded(CAT, "PNG")}
    found = load(zipped(tmp_path / "set.zip", files), 32, 0.2, 0)
    assert found.classes == ("a", "b")
    assert not found.skipped
    assert len(found.train) + len(found.held_out) == 7


def test_a_file_that_is_cut_off_in_its_head() -> None:
    for file_format in ("HEIF", "AVIF", "JPEG2000", "JXL"):
        data = encoded(CAT, file_format)
        for kept in (20, 200, len(data) // 2):
            with pytest.raises(PictureError) as caught:
                open_image(data[:kept], "photo")
            assert str(caught.value).endswith(".")
