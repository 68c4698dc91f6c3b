"""The program that unpacks one picture in a process of its own: the file on its input, the pixels on its output.

It is run by :mod:`vit.pictures.apart` and imports nothing of this project. What comes out is a line of JSON, with the
mode, the size, the orientation and the length of the colour profile, or with an ``error``; then the profile, then the
pixels.
"""

from __future__ import annotations

import io
import json
import sys
import warnings

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
    """Teach Pillow a format that it does not know by itself."""
    if kind == "HEIF":
        import pillow_heif

        pillow_heif.register_heif_opener(thumbnails=False, depth_images=False, aux_images=False)
    elif kind == "JXL":
        import pillow_jxl  # noqa: F401  (registers itself)


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


def main(kind: str, pixels: int, memory: int, seconds: int) -> None:
    warnings.simplefilter("ignore")
    know(kind)
    limit(memory, seconds)
    profile, body = b"", b""
    head: dict[str, object]
    try:
        data = sys.stdin.buffer.read()
        image: Image.Image = Image.open(io.BytesIO(data), formats=[kind])
        width, height = image.size
        if width * height > pixels:
            head = {"size": [width, height], "error": "too large"}
        else:
            image.load()
            turned = kind == "JXL" and not getattr(image, "jpeg", False) and turned_by_its_decoder(data)
            orientation = 1 if turned else image.getexif().get(ExifTags.Base.Orientation, 1)
            if image.mode in ("P", "PA"):
                image = image.convert("RGBA")
            profile, body = image.info.get("icc_profile") or profile_of_jpeg_2000(kind, data), image.tobytes()
            head = {"mode": image.mode, "size": image.size, "orientation": orientation, "profile": len(profile)}
    except MemoryError:
        head = {"error": "it needs more memory than there is for one picture"}
    except UnidentifiedImageError:
        head = {"error": "it holds no picture that can be read"}
    except Exception as error:  # whatever a decoder raises on a broken file
        head = {"error": str(error).split("\n")[0][:80] or type(error).__name__}
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + profile)
    sys.stdout.buffer.write(body)


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
