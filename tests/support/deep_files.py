"""PNG and TIFF files of sixteen bits and more, which Pillow reads and does not write."""

from __future__ import annotations

import struct
import zlib

import numpy as np

_PASSES = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
_LETTERS = {3: "H", 4: "I"}  # TIFF's types of whole numbers, as struct calls them


def png16(values: np.ndarray, extra: bytes = b"", interlaced: bool = False) -> bytes:
    """Values (height, width, c) of 16 bits as a PNG: grey, grey with alpha, colour or both by c; ``extra`` chunks."""
    height, width, channels = values.shape
    parts = [values[y::down, x::across] for y, x, down, across in _PASSES] if interlaced else [values]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for part in parts if part.size for row in part)
    colours = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    header = struct.pack(">IIBBBBB", width, height, 16, colours, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND")


def chunk(kind: bytes, data: bytes = b"") -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def colour_key(*values: int) -> bytes:
    """The chunk that says which colour means transparent."""
    return chunk(b"tRNS", struct.pack(f">{len(values)}H", *values))


def tiff(
    values: np.ndarray,
    order: str = "<",
    photometric: int | None = None,
    planes: bool = False,
    packed: bool = False,
    tags: dict[int, list[int]] | None = None,
    tile: int = 0,
    body: bytes = b"",
) -> bytes:
    """Values (height, width, c) of any type as a TIFF in this byte order; ``planes``: each colour by itself.

    ``packed``: deflated. ``tags``: further ones, numbers of 16 bits. ``tile``: the side of tiles, not strips.
    ``body``: what the strip holds in place of the values.
    """
    height, width, channels = values.shape
    parts = list(np.moveaxis(values, -1, 0)[..., None]) if planes else [values]
    if tile:
        parts = [
            np.pad(some, [(0, tile - some.shape[0]), (0, tile - some.shape[1]), (0, 0)])
            for part in parts
            for top in range(0, height, tile)
            for left in range(0, width, tile)
            for some in [part[top : top + tile, left : left + tile]]
        ]
    strips = [body] if body else [part.astype(values.dtype.newbyteorder(order)).tobytes() for part in parts]
    strips = [zlib.compress(strip) for strip in strips] if packed else strips
    colours = {1: 1, 2: 1, 3: 2, 4: 2}[channels] if photometric is None else photometric
    short, long = 3, 4
    entries = {
        256: (long, [width]), 257: (long, [height]), 258: (short, [8 * values.itemsize] * channels),
        259: (short, [8 if packed else 1]), 262: (short, [colours]), 273: (long, [0] * len(strips)),
        277: (short, [channels]), 278: (long, [height]), 279: (long, [len(strip) for strip in strips]),
        284: (short, [2 if planes else 1]), 339: (short, [{"u": 1, "i": 2, "f": 3}[values.dtype.kind]] * channels),
    }  # fmt: skip
    if tile:
        del entries[278]
        entries |= {322: (long, [tile]), 323: (long, [tile]), 324: entries.pop(273), 325: entries.pop(279)}
    if channels in (2, 4) and colours != 5:
        entries[338] = (short, [2])  # the last of them is how opaque it is
    entries |= {tag: (short, numbers) for tag, numbers in (tags or {}).items()}

    def directory(places: list[int]) -> bytes:
        rows, beyond, at = b"", b"", 8 + 2 + 12 * len(entries) + 4
        for tag, (kind, numbers) in sorted((entries | {324 if tile else 273: (long, places)}).items()):
            body = struct.pack(f"{order}{len(numbers)}{_LETTERS[kind]}", *numbers)
            if len(body) > 4:
                body, beyond = struct.pack(order + "I", at + len(beyond)), beyond + body
            rows += struct.pack(order + "HHI", tag, kind, len(numbers)) + body.ljust(4, b"\0")
        return struct.pack(order + "H", len(entries)) + rows + struct.pack(order + "I", 0) + beyond

    start = 8 + len(directory([0] * len(strips)))
    places = [start + sum(map(len, strips[:i])) for i in range(len(strips))]
    head = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "I", 8)
    return head + directory(places) + b"".join(strips)
