"""JPEG XLs that are turned, by their code or by EXIF data, which no library at hand writes."""

from __future__ import annotations

import struct

import pillow_jxl  # noqa: F401  (teaches Pillow to write JPEG XL)
from PIL import Image

from tests.support.pictures import encoded


def turned(image: Image.Image, in_code: int = 1, in_exif: int = 1) -> bytes:
    """A picture of 3:2 whose height is a multiple of eight up to 256, with these orientations (18181-1, annex D)."""
    data = encoded(image, "JXL", quality=95)
    code = data if data.startswith(b"\xff\x0a") else data[data.find(b"jxlc") + 4 :]
    size = [code[2 + n // 8] >> n % 8 & 1 for n in range(9)]
    assert size[0] == 1, "small"
    orientation = [in_code - 1 >> n & 1 for n in range(3)]
    further = [0, 1, *orientation, 0, 0, 0]  # not all as usual; turned, with no size of its own, preview or frames
    depth = [0, 0, 0, 1, 0, 0]  # whole numbers, eight bits, for which sixteen suffice; no further channels
    head = [
        *size,
        *further,
        *depth,
        1,
        1,
        1,
        0,
        0,
        1,
    ]  # the usual colours and tones, no extensions, the usual transform
    packed = sum(bit << n for n, bit in enumerate(head)).to_bytes(-(-len(head) // 8), "little")
    exif = Image.Exif()
    exif[0x0112] = in_exif
    boxes = {b"ftyp": b"jxl " + bytes(4) + b"jxl ", b"Exif": bytes(4) + exif.tobytes().removeprefix(b"Exif\0\0")}
    boxes[b"jxlc"] = code[:2] + packed + code[4:]
    rest = b"".join(struct.pack(">I4s", 8 + len(body), kind) + body for kind, body in boxes.items())
    return b"\0\0\0\x0cJXL \r\n\x87\n" + rest
