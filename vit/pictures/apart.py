"""Pictures of formats whose decoders are young or large, unpacked in a process of their own.

HEIC, AVIF, JPEG 2000 and JPEG XL have seen a fault a year that a hostile file could use. There a crash ends that
process and nothing else, and memory and time have a limit that the decoder cannot pass. The price is the start of a
Python, about a tenth of a second, and the pixels' way through a pipe.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from PIL import ExifTags, Image

MEMORY = 1_500_000_000  # bytes of addresses, the interpreter and its libraries included
SECONDS = 15  # of computing, and of waiting twice as many
_CHILD = Path(__file__).with_name("child.py")


class TooLargeError(ValueError):
    """A picture of more pixels than were allowed: its (width, height)."""

    def __init__(self, width: int, height: int) -> None:
        super().__init__(f"{width} × {height}")
        self.size = width, height


def unpacked(data: bytes, kind: str, most: int) -> Image.Image:
    """The picture in a file of this kind (Pillow's name of the format), of at most so many pixels, loaded.

    TooLargeError for more; OSError, in a few words, for a file that cannot be unpacked.
    """
    command = [sys.executable, "-P", str(_CHILD), kind, str(most), str(MEMORY), str(SECONDS)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=2 * SECONDS)
    except subprocess.TimeoutExpired:
        raise OSError("it takes too long") from None
    line, _, rest = done.stdout.partition(b"\n")
    if done.returncode != 0 or not line:
        raise OSError("its decoder broke down")
    head = json.loads(line)
    if head.get("error") == "too large":
        raise TooLargeError(*head["size"])
    if "error" in head:
        raise OSError(head["error"])
    size, profile = (head["size"][0], head["size"][1]), rest[: head["profile"]]
    image = Image.frombuffer(head["mode"], size, rest[len(profile) :], "raw", head["mode"], 0, 1)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = head["orientation"]
    image.info["exif"] = exif.tobytes()
    if profile:
        image.info["icc_profile"] = profile
    return image
