"""Count the parts of a picture's file before a decoder reads them one by one.

A file of a few megabytes can consist of millions of empty chunks, of strips a byte long, of a hundred thousand tiles,
or of one scan of the whole picture after another: decoders then take minutes or all the memory for a few pixels.
No camera and no program writes such files, so a file with more parts than these limits is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import islice
from math import ceil

from vit.pictures import boxes

PARTS = 20_000  # chunks of a PNG (one of 40 MB in IDATs of 8 KB has 5,000), values of a tag of a TIFF
SEGMENTS = 2_000  # of a JPEG before its first scan
EXIF_SEGMENTS = 16  # of those: each is copied together with all before it
BLOCKS = 5_000  # of a GIF before its first frame
SCANNED = 1_000_000_000  # pixels of a JPEG times its scans; a progressive one has about ten
_CODE = b"\xff\x4f\xff\x51"  # a JPEG 2000 begins, and its first segment
_BYTES = (1, 2, 6, 7)  # types of a TIFF's values that are read as a run of bytes, however many there are


def overlong_part(data: bytes, width: int = 0, height: int = 0) -> str:
    """What a file has too many of, in a few words; empty for one within the limits, or of another format.

    With ``width`` and ``height``, known once a JPEG is open, the pixels of all its scans count as well.
    """
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _more_than(PARTS, _png(data), "chunks")
    if data.startswith(b"\xff\xd8"):
        if width and (scans := data.count(b"\xff\xda")) * width * height > SCANNED:
            return f"{scans:,} scans of {width * height:,} pixels"
        exif = (part for part in islice(_jpeg(data), SEGMENTS) if part)
        return _more_than(SEGMENTS, _jpeg(data), "segments") or _more_than(EXIF_SEGMENTS, exif, "parts of EXIF data")
    if data.startswith((b"GIF87a", b"GIF89a")):
        return _more_than(BLOCKS, _gif(data), "blocks before its first frame")
    if data[4:8] == b"ftyp":
        return boxes.overlong(data)
    if (tiles := _tiles_of_jpeg_2000(data)) > PARTS:
        return f"{tiles:,} tiles"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return _tiff(data)
    return ""


def _more_than(most: int, parts: Iterator[object], name: str) -> str:
    return next((f"more than {most:,} {name}" for count, _ in enumerate(parts) if count >= most), "")


def _png(data: bytes) -> Iterator[int]:
    place = 8
    while place + 8 <= len(data):
        yield place
        place += 12 + int.from_bytes(data[place : place + 4])


def _jpeg(data: bytes) -> Iterator[bool]:
    """Its segments up to the first scan; whether each is EXIF."""
    place = 2
    while 0 <= (place := data.find(b"\xff", place)) < len(data) - 3:
        kind = data[place + 1]
        if kind == 0xDA:  # the scan begins
            return
        yield kind == 0xE1 and data[place + 4 : place + 8] == b"Exif"
        bare = kind in (0x00, 0x01, 0xFF) or 0xD0 <= kind <= 0xD9  # a marker without a length
        place += (1 if kind == 0xFF else 2) if bare else 2 + int.from_bytes(data[place + 2 : place + 4])


def _gif(data: bytes) -> Iterator[int]:
    place = 13 + (3 * (2 << (data[10] & 7)) if len(data) > 10 and data[10] & 0x80 else 0)
    while place < len(data) and data[place] != 0x2C:  # a frame begins
        yield place
        if data[place] != 0x21:  # neither an extension nor a frame: skip a byte
            place += 1
            continue
        place += 2
        while place < len(data) and data[place]:
            yield place
            place += 1 + data[place]
        place += 1


def _tiles_of_jpeg_2000(data: bytes) -> int:
    """How many tiles a JPEG 2000 is cut into, by its code's first segment (ISO 15444-1, A.5.1); 0 in other files."""
    start = data.find(_CODE) if data.startswith((_CODE, b"\0\0\0\x0cjP  ")) else -1
    if start < 0 or start + 40 > len(data):
        return 0
    width, height, _, _, across, down, left, top = struct.unpack_from(">8I", data, start + 8)
    tiles: int = ceil((width - left) / max(1, across)) * ceil((height - top) / max(1, down))
    return tiles


def _tiff(data: bytes) -> str:
    """The first directory: (tag, type, count, value) an entry."""
    order, big = "<" if data[:2] == b"II" else ">", 43 in data[2:4]
    start, number, row = ("Q", "Q", "HHQQ") if big else ("I", "H", "HHII")
    head = struct.calcsize(order + number)
    try:
        (place,) = struct.unpack_from(order + start, data, 8 if big else 4)
        (entries,) = struct.unpack_from(order + number, data, place)
    except (struct.error, OverflowError):  # a directory beyond the end, which the decoder refuses
        return ""
    if entries > PARTS:
        return f"{entries:,} tags"
    size, claimed = struct.calcsize(order + row), 0
    for entry in range(entries):
        try:
            tag, kind, count, _ = struct.unpack_from(order + row, data, place + head + entry * size)
        except (struct.error, OverflowError):
            break
        if kind not in _BYTES and count > PARTS:
            return f"{count:,} values of tag {tag}"
        claimed += count
    # Entries may point to the same bytes, and each is copied on its own.
    return f"tags of {claimed:,} values, more than it has bytes" if claimed > len(data) else ""
