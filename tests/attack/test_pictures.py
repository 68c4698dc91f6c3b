"""Pictures that attack: each is a picture or a sentence, within 550 MB and little more computing than the largest
ordinary photograph asks for, which is measured beside it: a machine that is slower, or busy, is so with both.
"""

from __future__ import annotations

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pillow_heif
import pytest
from PIL import Image

from tests.attack.bombs import BOMBS, jpeg_with
from tests.attack.good_pictures import small_files
from tests.support.pictures import encoded
from tests.support.places import ROOT
from vit.pictures.limits import overlong_part
from vit.pictures.open import PictureError, open_image

PHOTOGRAPHS = 2.5  # a JPEG of four colours, or one coded in several passes, takes 1.4 to 1.8 of an ordinary one
BYTES = 550 * 10**6


def outcome(seed: int, count: int, bombs: str = "none") -> dict:
    """What a process of its own says, whose memory is nobody else's."""
    command = [sys.executable, "-m", "tests.attack.pictures", str(seed), str(count), bombs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=1200)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def harmless(found: dict) -> None:
    assert not found["wrong"], found["wrong"][:3]
    assert not found["warnings"]
    assert found["longest"]["seconds"] <= PHOTOGRAPHS * found["longest"]["photograph"], found["longest"]
    assert found["largest"]["bytes"] <= BYTES, found["largest"]


def test_sixty_bad_files() -> None:
    found = outcome(seed=0, count=60)
    harmless(found)
    assert found["told"]["pictures"] > 8, "not all were so bad"
    assert found["told"]["refused"] > 8


@pytest.mark.slow
@pytest.mark.whole_machine
@pytest.mark.timeout(1500)
def test_thousands_of_bad_files_and_all_the_bombs() -> None:
    """In two processes at a time: each counts its own seconds and its own memory."""
    with ThreadPoolExecutor(2) as both:
        halves = list(both.map(outcome, (1, 2), (1000, 2500), ("bombs", "none")))
    for found in halves:
        print(found)
        harmless(found)
    assert sum(sum(found["told"].values()) for found in halves) == 3500 + len(BOMBS)


@pytest.mark.parametrize(
    "name",
    ["JPEG scans", "JPEG comments", "JPEG EXIF pieces", "TIFF strips", "TIFF tiles", "TIFF tags", "PNG chunks",
     "GIF comments", "PNG 64 million", "HEIC grid", "HEIC grid of one tile", "AVIF grid", "AVIF grid of one tile",
     "JPEG 2000 tiles", "HEIC boxes of nothing"],
)  # fmt: skip
def test_what_would_keep_a_decoder_busy_is_refused_before_it_is_asked(name: str) -> None:
    with pytest.raises(PictureError, match=r"built to overwhelm|pixels; pictures of up to"):
        open_image(BOMBS[name](), "holiday.png")


@pytest.mark.parametrize("name", small_files())
def test_good_files_are_not_taken_for_bad_ones(name: str) -> None:
    data = small_files()[name]
    assert not overlong_part(data)
    assert not overlong_part(data, 8000, 8000)
    assert open_image(data).size in ((56, 40), (40, 56))


def test_a_telephone_s_grid_is_no_attack() -> None:
    """Forty-eight megapixels in tiles of 512, as telephones write them, in small: 192 tiles of 16."""
    pillow_heif.register_heif_opener()
    picture = Image.effect_mandelbrot((256, 192), (-2, -1, 1, 1), 50).convert("RGB")
    data = encoded(picture, "HEIF", tile_size=16)
    assert data.count(b"infe") > 190
    assert open_image(data).size == (256, 192)


def test_a_camera_s_many_segments_are_no_attack() -> None:
    """A large profile, a preview and a note in many parts, as telephones write them."""
    parts = [(0xE2, b"ICC_PROFILE\0\1\1" + bytes(60_000))] * 50 + [(0xEB, b"JP" + bytes(60_000))] * 200
    assert open_image(jpeg_with(*parts)).size == (56, 40)
