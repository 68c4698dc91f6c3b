"""Picture files gone bad, the same for the same seed; and a process of its own that opens them and measures.

``python -m tests.attack.pictures SEED COUNT bombs|none`` prints JSON: what became of each kind, the most memory,
and the longest time beside what the largest ordinary photograph takes in the same moments.
"""

from __future__ import annotations

import json
import random
import struct
import sys
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Iterator

from PIL import Image

from benchmarks.measure import forget_peak, resident
from tests.attack.bombs import BOMBS
from tests.attack.good_pictures import small_files
from tests.support.pictures import encoded
from vit.paths import SAMPLE_IMAGES
from vit.pictures.open import PictureError, decode
from vit.pictures.preprocess import Preprocessing

RECIPE = Preprocessing((224, 224), 256)
LONG = 0.7  # seconds of computing, after which a file is compared with a photograph

_EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(chance: random.Random) -> tuple[str, bytes]:
    """One bad file, and which good one it was."""
    files = small_files()
    name = chance.choice(sorted(files))
    data = bytearray(files[name])
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        _spoil(data, chance, files)
    if data[:8] == b"\x89PNG\r\n\x1a\n" and chance.random() < 0.7:  # past the checksums, where decoders are reached
        data = _checksummed(data)
    return name, bytes(data)


def _spoil(data: bytearray, chance: random.Random, files: dict[str, bytes]) -> None:
    if not data:
        return
    place = chance.randrange(len(data)) if chance.random() < 0.5 else chance.randrange(min(200, len(data)))
    how = chance.randrange(9)
    if how == 0:
        data[place] ^= 1 << chance.randrange(8)
    elif how == 1:
        data[place] = chance.randrange(256)
    elif how == 2:
        del data[place:]
    elif how == 3:  # another kind's first bytes
        data[: len(other)] = (other := chance.choice(list(files.values()))[: chance.choice((2, 4, 8, 16))])
    elif how == 4:  # sizes, counts and places beyond reason
        size = chance.choice((1, 2, 4))
        number = chance.choice(_EXTREMES) & (256**size - 1)
        data[place : place + size] = number.to_bytes(size, chance.choice(("little", "big")))
    elif how == 5:
        del data[place : place + chance.randrange(1, 64)]
    elif how == 6:
        data[place:place] = data[place : place + chance.randrange(1, 200)] * chance.choice((1, 2, 500))
    elif how == 7:  # the rest of another file
        other = chance.choice(list(files.values()))
        data[place:] = other[chance.randrange(len(other)) :]
    else:
        data[place:place] = chance.randbytes(chance.randrange(1, 40))


def _checksummed(data: bytearray) -> bytearray:
    place = 8
    while place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4])
        if end + 4 > len(data):
            break
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return data


def files(seed: int, count: int, bombs: bool) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(seed)
    for _ in range(count):
        yield mutated(chance)
    for name, make in BOMBS.items() if bombs else ():
        yield f"bomb: {name}", make()


def measured(name: str, data: bytes) -> dict[str, object]:
    """What became of one file: CPU seconds, bytes, and the words."""
    forget_peak()
    before, began = resident(), time.process_time()
    try:
        picture = decode(data, "x.png")
        shown, seen = picture.small(), RECIPE.crop(picture)  # what the app does with it
        good = shown.mode == seen.mode == "RGB" and min(shown.size) > 0 and seen.size == RECIPE.size
        said = "picture" if good else f"a picture of mode {shown.mode}"
    except PictureError as error:
        said = str(error)
        if "\n" in said or not said.endswith(".") or not said.startswith("x.png "):
            said = f"WRONG SENTENCE {said!r}"
    except BaseException:
        said = f"WRONG EXCEPTION {traceback.format_exc()}"
    seconds = time.process_time() - began
    return {"name": name, "seconds": seconds, "bytes": resident("VmHWM") - before, "said": said}


def largest_ordinary() -> bytes:
    """A photograph of as many pixels as are opened at all: sixty-four million, a plain JPEG."""
    return encoded(Image.open(SAMPLE_IMAGES / "cat.jpg").convert("RGB").resize((8000, 8000)), "JPEG")


def least_seconds(name: str, data: bytes, times: int) -> dict[str, object]:
    """The quickest of so many times: what else this machine does would count as this file's."""
    return min((measured(name, data) for _ in range(times)), key=lambda row: row["seconds"])


def main(seed: int, count: int, bombs: bool) -> dict[str, object]:
    leaked: list[str] = []
    warnings.showwarning = lambda message, *_, **__: leaked.append(str(message))
    warnings.simplefilter("always")
    photograph = largest_ordinary()
    small_files()
    del leaked[:]  # what the good files' makers had to say
    told: Counter[str] = Counter()
    wrong, largest = [], {"bytes": 0}
    longest: dict[str, object] = {"name": "none", "seconds": 0.0, "photograph": 1.0}
    for name, data in files(seed, count, bombs):
        row = measured(name, data)
        if row["seconds"] > LONG:
            row = least_seconds(name, data, 3)
            row["photograph"] = least_seconds("photograph", photograph, 2)["seconds"]
            longest = max(longest, row, key=lambda one: one["seconds"] / one["photograph"])
        told["pictures" if row["said"] == "picture" else "refused"] += 1
        if str(row["said"]).startswith("WRONG"):
            wrong.append([name, row["said"], data.hex() if len(data) < 5000 else len(data)])
        largest = max(largest, row, key=lambda one: one["bytes"])
    return {
        "told": told,
        "wrong": wrong,
        "longest": longest,
        "largest": largest,
        "warnings": leaked[:5],
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "bombs")))
