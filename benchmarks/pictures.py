"""How long a picture's file takes until a model can read it, and the memory of many at once.

``python -m benchmarks.pictures`` tells seconds of computing by megapixels, beside those of a picture that is reduced
before it is resized, as this project once did; then of thirty pictures of twelve megapixels brought at the same moment.
"""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Iterator
from functools import partial
from math import ceil, sqrt
from threading import Thread

import numpy as np
import pillow_heif
from PIL import Image

from benchmarks import report
from benchmarks.measure import forget_peak, resident
from benchmarks.report import Row
from ui.server.unpacking import Unpacking
from vit.paths import SAMPLE_IMAGES
from vit.pictures.decoded import KEPT_PIXELS
from vit.pictures.preprocess import Preprocessing

RECIPE = Preprocessing((224, 224), 256)
SIZES = {2: (1632, 1224), 12: (4000, 3000), 25: (5700, 4300), 48: (8000, 6000), 64: (9200, 6900)}


def photograph(width: int, height: int, seed: int = 0, kind: str = "JPEG") -> bytes:
    """A file of this kind with a camera's grain; a JPEG has about the bytes that a telephone writes,
    a HEIF three quarters of them."""
    if kind == "HEIF":
        pillow_heif.register_heif_opener()
    large = Image.open(SAMPLE_IMAGES / "coffee.jpg").convert("RGB").resize((width, height))
    grain = np.random.default_rng(seed).integers(-9, 10, (height, width, 1), dtype=np.int16)
    file = io.BytesIO()
    options = {"PNG": {"compress_level": 1}, "HEIF": {"quality": 48, "tile_size": 512}}.get(kind, {"quality": 88})
    Image.fromarray((np.asarray(large) + grain).clip(0, 255).astype(np.uint8)).save(file, kind, **options)
    return file.getvalue()


def bring(unpacking: Unpacking, data: bytes) -> None:
    """What the app does with an upload: show it, then read it for a model."""
    unpacking.show(data, "photo.jpg", False, lambda picture: picture.small())
    unpacking.read(data, "photo.jpg", False, RECIPE)


def reduced_first(data: bytes) -> None:
    """What that is compared with: a JPEG unpacked small, reduced to one megapixel, and that resized for a model."""
    picture: Image.Image = Image.open(io.BytesIO(data))
    picture.draft("RGB", (1632, 1224))
    factor = ceil(sqrt(picture.width * picture.height / KEPT_PIXELS))
    RECIPE(picture.reduce(factor) if factor > 1 else picture)


def best(work: Callable[[], object]) -> float:
    """Processor seconds of the best of three, whatever else the machine does."""
    seconds = []
    for _ in range(3):
        began = time.process_time()
        work()
        seconds.append(time.process_time() - began)
    return min(seconds)


def rows() -> Iterator[Row]:
    unpacking, files = Unpacking(), {megapixels: photograph(*size) for megapixels, size in SIZES.items()}
    for megapixels, data in files.items():
        exact, before = best(partial(bring, unpacking, data)), best(partial(reduced_first, data))
        what = f"a JPEG of {megapixels} megapixels unpacked, shown small and read at 224 px"
        yield what, f"{exact:.2f} s of computing; reduced first, as before: {before:.2f} s"
    people = [Thread(target=bring, args=(unpacking, files[12])) for _ in range(30)]
    forget_peak()
    before, began = resident(), time.perf_counter()
    for person in people:
        person.start()
    for person in people:
        person.join()
    took, more = time.perf_counter() - began, (resident("VmHWM") - before) / 1e6
    yield "thirty of 12 megapixels brought at the same moment", f"{more:.0f} MB more; the last read after {took:.1f} s"


if __name__ == "__main__":
    report.table(rows())
