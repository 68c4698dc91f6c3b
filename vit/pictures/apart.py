"""Pictures of formats whose decoders are young or large, unpacked in a process of their own.

HEIC, AVIF, JPEG 2000 and JPEG XL have seen a fault a year that a hostile file could use. There a crash ends that
process and nothing else, and memory and time have a limit that the decoder cannot pass. The price is the pixels' way
through a pipe, and the start of a Python, about a tenth of a second.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from threading import Timer
from typing import Any

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
    process, late = _started(kind, most), False

    def stop() -> None:
        nonlocal late
        late = True
        process.kill()

    clock = Timer(2 * SECONDS, stop)
    with process:
        try:
            clock.start()
            head, profile, pixels = _asked(process, data)
        except (OSError, ValueError):
            raise OSError("it takes too long" if late else "its decoder broke down") from None
        finally:
            clock.cancel()
            process.kill()
    if head.get("error") == "too large":
        raise TooLargeError(*head["size"])
    if "error" in head:
        raise OSError(head["error"])
    size = head["size"][0], head["size"][1]
    image = Image.frombuffer(head["mode"], size, pixels, "raw", head["mode"], head["stride"], 1)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = head["orientation"]
    image.info["exif"] = exif.tobytes()
    if profile:
        image.info["icc_profile"] = profile
    return image


def _started(kind: str, most: int) -> subprocess.Popen[bytes]:
    """A process that unpacks a picture of this kind."""
    command = [sys.executable, "-P", str(_CHILD), kind, str(most), str(MEMORY), str(SECONDS)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)


def _asked(process: subprocess.Popen[bytes], data: bytes) -> tuple[dict[str, Any], bytes, bytes]:
    """What the process says of the picture in this file, its colour profile and its pixels.

    OSError or ValueError where it ends before it has said all.
    """
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(data)
    process.stdin.close()
    head = json.loads(process.stdout.readline())
    profile, pixels = (process.stdout.read(head.get(part, 0)) for part in ("profile", "pixels"))
    if (len(profile), len(pixels)) != (head.get("profile", 0), head.get("pixels", 0)):
        raise ValueError("it ended early")
    return head, profile, pixels
