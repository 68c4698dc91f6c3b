"""The program that unpacks one picture in a process of its own: the file on its input, the pixels on its output.

It is run by :mod:`vit.pictures.apart` and imports nothing of this project. What comes out is a line of JSON, with the
mode, the size, the orientation, the length of the colour profile, of the pixels and of a row of them, or with an
``error``; then the profile, then the pixels.
"""

from __future__ import annotations

import io
import json
import sys
import warnings
from dataclasses import dataclass

from PIL import ExifTags, Image, UnidentifiedImageError


def limit(memory: int, seconds: int) -> None:
    """Let this process have so many bytes and so many seconds of computing; not on Windows, which knows no such."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))


def know(kind: str) -> None:
    """Load what a format needs that Pillow does not know by itself."""
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.options.THUMBNAILS = pillow_heif.options.DEPTH_IMAGES = pillow_heif.options.AUX_IMAGES = False
    elif kind == "JXL":
        import pillow_jxl  # noqa: F401  (registers itself)


@dataclass
class Unpacked:
    """``stride``: bytes from one row of ``pixels`` to the next."""

    mode: str
    size: tuple[int, int]
    orientation: int
    profile: bytes
    pixels: bytes | memoryview
    stride: int = 0


class TooLargeError(Exception):
    """A picture of more pixels than it may have: its (width, height)."""


def check(size: tuple[int, int], most: int) -> None:
    if size[0] * size[1] > most:
        raise TooLargeError(*size)


def unpack_heif(data: bytes, most: int) -> Unpacked:
    """Straight from the library: through Pillow the pixels would be copied twice more. It has turned them already."""
    import pillow_heif

    try:
        file = pillow_heif.open_heif(data, remove_stride=False)
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError):
        raise UnidentifiedImageError from None
    image = file[file.primary_index]
    check(image.size, most)
    profile = image.info.get("icc_profile")  # of a table of many kinds
    pixels = image.data  # the size may be another after this
    return Unpacked(image.mode, image.size, 1, profile if isinstance(profile, bytes) else b"", pixels, image.stride)


def unpack(kind: str, data: bytes, most: int) -> Unpacked:
    """The picture in a file of this kind (Pillow's name of the format)."""
    if kind == "HEIF":
        return unpack_heif(data, most)
    image: Image.Image = Image.open(io.BytesIO(data), formats=[kind])
    check(image.size, most)
    image.load()
    turned = kind == "JXL" and not getattr(image, "jpeg", False) and turned_by_its_decoder(data)
    orientation = 1 if turned else image.getexif().get(ExifTags.Base.Orientation, 1)
    if image.mode in ("P", "PA"):
        image = image.convert("RGBA")
    profile = image.info.get("icc_profile") or profile_of_jpeg_2000(kind, data)
    return Unpacked(image.mode, image.size, orientation, profile, image.tobytes())


def profile_of_jpeg_2000(kind: str, data: bytes) -> bytes:
    """The colour profile in the head of a JPEG 2000, which Pillow passes over (ISO 15444-1, I.5.3.3); else empty."""
    place = data.find(b"colr", 0, data.find(b"\xff\x4f\xff\x51")) if kind == "JPEG2000" else -1
    if place < 4 or data[place + 4] not in (2, 3):  # how colours are told: by a profile
        return b""
    return data[place + 7 : place - 4 + int.from_bytes(data[place - 4 : place])]


def turned_by_its_decoder(data: bytes) -> bool:
    """Whether the head of a JPEG XL's code asks for a turn, which its decoder then does (ISO 18181-1, annex D).

    Size (a flag for small ones, height, ratio, width where there is none), then whether all else is as usual, whether
    there are further fields, and the first of those, the orientation less 1.
    """
    start = 0
    if not data.startswith(b"\xff\x0a"):  # in a box, or in several, which are numbered
        whole, part = data.find(b"jxlc"), data.find(b"jxlp")
        start = whole + 4 if whole >= 0 else part + 8
    bits = int.from_bytes(data[start + 2 : start + 34], "little")

    def read(count: int) -> int:
        nonlocal bits
        value, bits = bits & ((1 << count) - 1), bits >> count
        return value

    def read_side() -> int:
        return read(5 if small else (9, 13, 18, 30)[read(2)])

    small = read(1)
    read_side()
    if read(3) == 0:
        read_side()
    return not read(1) and bool(read(1)) and read(3) > 0


def main(kind: str, most: int, memory: int, seconds: int) -> None:
    warnings.simplefilter("ignore")
    know(kind)
    limit(memory, seconds)
    parts: list[bytes | memoryview] = []
    head: dict[str, object]
    try:
        found = unpack(kind, sys.stdin.buffer.read(), most)
        parts = [found.profile, found.pixels]
        head = {"mode": found.mode, "size": found.size, "orientation": found.orientation, "stride": found.stride}
        head |= {"profile": len(found.profile), "pixels": len(found.pixels)}
    except TooLargeError as error:
        head = {"size": error.args, "error": "too large"}
    except MemoryError:
        head = {"error": "it needs more memory than there is for one picture"}
    except UnidentifiedImageError:
        head = {"error": "it holds no picture that can be read"}
    except Exception as error:  # whatever a decoder raises on a broken file
        head = {"error": str(error).split("\n")[0][:80] or type(error).__name__}
    for part in (json.dumps(head).encode() + b"\n", *parts):
        sys.stdout.buffer.write(part)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
