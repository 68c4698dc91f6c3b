"""HEIC and AVIF are made of boxes (ISO 14496-12): how many pictures one file says it consists of, before any is read.

A photograph of a telephone is a grid of fifty tiles, each an item of the file. A file of a few megabytes can list a
hundred thousand, or put together one picture of the same tile again and again: decoders take minutes over them.
"""

from __future__ import annotations

from collections.abc import Iterator

BOXES = 20_000  # beside each other
ITEMS = 2_000  # tiles, previews and notes; libheif reads files of up to 1,000
_Box = tuple[bytes, int, int]  # its kind, and where its content begins and ends


def overlong(data: bytes) -> str:
    """What the file has too many of, in a few words; empty for one within the limits."""
    try:
        for meta in (box for box in _boxes(data, 0, len(data)) if box[0] == b"meta"):
            items = tiles = 0
            for kind, start, end in _boxes(data, meta[1] + 4, meta[2]):
                wide = data[start : start + 1] not in (b"", b"\0")  # a version above 0: numbers of more bytes
                if kind == b"iinf":
                    items += int.from_bytes(data[start + 4 : start + (8 if wide else 6)])
                elif kind == b"iref":
                    tiles += _references(data, start + 4, end, 4 if wide else 2)
            if items > ITEMS or tiles > ITEMS:
                return f"{items:,} pictures in one" if items > ITEMS else f"{tiles:,} tiles in one picture"
    except OverflowError:
        return f"more than {BOXES:,} boxes"
    return ""


def _references(data: bytes, start: int, end: int, width: int) -> int:
    """To how many items others refer: the tiles that a grid is put together from, among them."""
    return sum(int.from_bytes(data[first + width : first + width + 2]) for _, first, _ in _boxes(data, start, end))


def _boxes(data: bytes, start: int, end: int) -> Iterator[_Box]:
    """The boxes side by side in a part of the file (14496-12, 4.2). OverflowError for too many."""
    for _ in range(BOXES):
        if start + 8 > end:
            return
        size, content = int.from_bytes(data[start : start + 4]), start + 8
        if size == 1:  # a size of 64 bits follows
            size, content = int.from_bytes(data[content : content + 8]), start + 16
        stop = end if size == 0 else start + size  # 0: to the end
        if stop < content:
            return
        yield data[start + 4 : start + 8], content, min(stop, end)
        start = stop
    raise OverflowError
