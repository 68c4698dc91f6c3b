"""Pictures of HEIC, AVIF and JPEG 2000 that are put together from more tiles than anybody's camera writes."""

from __future__ import annotations

import struct

MOST = 65_280  # references: 255 rows of 256, as many as a grid may have columns, in a count of 16 bits
SIDE = 4096  # pixels of the picture


def box(kind: bytes, *parts: bytes) -> bytes:
    """ISO 14496-12, 4.2."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def full(kind: bytes, version: int, *parts: bytes) -> bytes:
    return box(kind, bytes([version, 0, 0, 0]), *parts)


def grid(brand: bytes, codec: bytes, items: int) -> bytes:
    """So many items, the first of them a grid of ``MOST`` tiles, made of the others again and again (ISO 23008-12)."""
    numbers = range(1, items + 1)
    entries = [full(b"infe", 3, struct.pack(">IH4sx", n, 0, b"grid" if n == 1 else codec)) for n in numbers]
    places = [struct.pack(">IHHHII", n, n == 1, 0, 1, 0, 8) for n in numbers]
    tiles = [struct.pack(">I", 2 + n % (items - 1)) for n in range(MOST)]
    sizes = [full(b"ispe", 0, struct.pack(">II", side, side)) for side in (SIDE, SIDE // 256)]
    properties = [struct.pack(">IBB", n, 1, 1 if n == 1 else 2) for n in numbers]
    meta = full(
        b"meta", 0,
        full(b"hdlr", 0, struct.pack(">I4s13x", 0, b"pict")),
        full(b"pitm", 1, struct.pack(">I", 1)),
        full(b"iloc", 2, struct.pack(">BBI", 0x44, 0, items), *places),
        full(b"iinf", 1, struct.pack(">I", items), *entries),
        full(b"iref", 1, box(b"dimg", struct.pack(">IH", 1, MOST), *tiles)),
        box(b"iprp", box(b"ipco", *sizes), full(b"ipma", 1, struct.pack(">I", items), *properties)),
        box(b"idat", struct.pack(">BBBBHH", 0, 0, 254, 255, SIDE, SIDE)),
    )  # fmt: skip
    return box(b"ftyp", brand, bytes(4), b"mif1", brand) + meta + box(b"mdat", bytes(1000))


def jpeg_2000_in_tiles(side: int) -> bytes:
    """The head of a JPEG 2000 of 5,000 × 5,000 pixels, cut into tiles of ``side`` (ISO 15444-1, A.5.1)."""
    sizes = struct.pack(">H8IH3B", 0, 5000, 5000, 0, 0, side, side, 0, 0, 1, 7, 1, 1)
    return b"\xff\x4f\xff\x51" + struct.pack(">H", 2 + len(sizes)) + sizes + bytes(100)
