"""Pictures that ask for far more than they are, or keep a decoder busy."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable

import numpy as np
from PIL import Image

from tests.attack.good_pictures import small_files
from tests.attack.grids import box, grid, jpeg_2000_in_tiles
from tests.support.deep_files import tiff as deep_tiff
from tests.support.pictures import encoded

Made = Callable[[], bytes]
BIG = 5000  # pixels a side: 25 million, the most that is opened


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, colour: int, bits: int = 8, rows: int | None = None, extra: bytes = b"") -> bytes:
    """A PNG of nothing but zeros: thousands of times smaller than its pixels."""
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    pack = zlib.compressobj(9)
    row = bytes(1 + (width * channels * bits + 7) // 8)
    body = b"".join(pack.compress(row) for _ in range(height if rows is None else rows)) + pack.flush()
    palette = chunk(b"PLTE", bytes(768)) + chunk(b"tRNS", bytes(256)) if colour == 3 else b""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + palette + extra + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def tiff(entries: list[tuple[int, int, int, int]], rest: bytes) -> bytes:
    """A TIFF, or EXIF data, with these (tag, type, count, value)."""
    rows = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + rows + struct.pack("<I", 0) + rest


def jpeg_with(*segments: tuple[int, bytes]) -> bytes:
    data = small_files()["JPEG"]
    inside = b"".join(b"\xff" + bytes([kind]) + struct.pack(">H", len(body) + 2) + body for kind, body in segments)
    return data[:2] + inside + data[2:]


def exif_bomb() -> bytes:
    """Tags that all claim the same bytes: 20,000 copies of 300 KB, if somebody makes them."""
    n, size = 20_000, 300_000
    return tiff([(1000 + i, 7, size, 8 + 2 + 12 * n + 4) for i in range(n)], bytes(size))


def many_scans() -> bytes:
    data = encoded(Image.new("L", (4000, 4000), 128), "JPEG", progressive=True)
    last, end = data.rfind(b"\xff\xda"), data.rfind(b"\xff\xd9")
    return data[:end] + data[last:end] * 400 + data[end:]


def in_jpeg(exif: bytes) -> bytes:
    parts = [exif[i : i + 65_000] for i in range(0, len(exif), 65_000)]
    return jpeg_with(*((0xE1, b"Exif\0\0" + part) for part in parts))


def after_header(extra: bytes) -> bytes:
    data = small_files()["PNG RGB"]
    return data[:33] + extra + data[33:]


def gif_comments() -> bytes:
    data = small_files()["GIF"]
    place = 13 + 3 * (2 << (data[10] & 7))
    return data[:place] + b"\x21\xfe\x01a\0" * 2_000_000 + data[place:]


def strips(tag: int = 273) -> bytes:
    n = 3_000_000
    fixed = [(256, 4, 1, 100), (257, 4, 1, 100), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1)]
    rows = sorted([*fixed, (278, 4, 1, 1), (tag, 4, n, 134), (279 if tag == 273 else 325, 4, n, 134)])
    return tiff(rows, bytes(4 * n))


def noise(mode: str) -> Image.Image:
    pixels = np.random.default_rng(0).integers(0, 64, (2600, 2600, len(mode)), dtype=np.uint8)
    return Image.fromarray(pixels.squeeze(), mode)


def boxes(count: int, size: int) -> bytes:
    """A HEIC of so many boxes that each claim ``size`` bytes."""
    return struct.pack(">I4s4sI4s", 20, b"ftyp", b"heic", 0, b"mif1") + struct.pack(">I4s", size, b"meta") * count


# Each far smaller than what it asks of whoever opens it, or built to keep a decoder busy.
BOMBS: dict[str, Made] = {
    "PNG RGBA": lambda: png(BIG, BIG, 6),
    "PNG RGB": lambda: png(BIG, BIG, 2),
    "PNG LA": lambda: png(BIG, BIG, 4),
    "PNG palette": lambda: png(BIG, BIG, 3),
    "PNG 1 bit": lambda: png(BIG, BIG, 0, 1),
    "PNG 16 bit": lambda: png(BIG, BIG, 0, 16),
    "PNG RGBA 16 bit": lambda: png(BIG, BIG, 6, 16),
    "PNG 16 bit colours": lambda: png(4000, 4000, 6, 16),
    "PNG 64 million": lambda: png(8000, 8000, 2, rows=9),
    "PNG of noise": lambda: encoded(noise("RGBA"), "PNG", compress_level=1),
    "WebP RGBA": lambda: encoded(Image.new("RGBA", (BIG, BIG)), "WEBP", lossless=True, quality=0, method=0),
    "GIF": lambda: encoded(Image.new("P", (BIG, BIG)), "GIF"),
    "BMP": lambda: encoded(Image.new("1", (BIG, BIG)), "BMP"),
    "JPEG": lambda: encoded(Image.new("RGB", (8000, 8000)), "JPEG"),
    "JPEG CMYK": lambda: encoded(Image.new("CMYK", (8000, 8000)), "JPEG"),
    "JPEG progressive": lambda: encoded(Image.new("RGB", (8000, 8000)), "JPEG", progressive=True),
    "JPEG scans": many_scans,
    "JPEG segments": lambda: jpeg_with(*[(0xE5, b"")] * 3_000_000),
    "JPEG comments": lambda: jpeg_with(*[(0xFE, b"")] * 3_000_000),
    "JPEG EXIF pieces": lambda: jpeg_with(*[(0xE1, b"Exif\0\0" + bytes(20_000))] * 1900),
    "JPEG ICC": lambda: jpeg_with(*[(0xE2, b"ICC_PROFILE\0\1\1" + bytes(20_000))] * 1900),
    "JPEG fill": lambda: b"\xff\xd8" + b"\xff" * 30_000_000,
    "TIFF float": lambda: encoded(Image.new("F", (BIG, BIG)), "TIFF", compression="tiff_deflate"),
    "TIFF of 64 bits": lambda: deep_tiff(np.zeros((3000, 5000, 1)), packed=True),
    "TIFF of 64 bits, too large": lambda: deep_tiff(np.zeros((5000, 5000, 1)), packed=True),
    "TIFF CMYK": lambda: encoded(Image.new("CMYK", (BIG, BIG)), "TIFF", compression="tiff_lzw"),
    "TIFF RGBA": lambda: encoded(Image.new("RGBA", (BIG, BIG)), "TIFF", compression="tiff_adobe_deflate"),
    "TIFF strips": strips,
    "TIFF tiles": lambda: strips(324),
    "TIFF tags": lambda: tiff([(1000 + i, 7, 10**6, 8) for i in range(60_000)], bytes(10**6)),
    "EXIF in JPEG": lambda: in_jpeg(exif_bomb()),
    "EXIF in PNG": lambda: after_header(chunk(b"eXIf", exif_bomb())),
    "EXIF in WebP": lambda: encoded(Image.new("RGB", (64, 64)), "WEBP", exif=exif_bomb()),
    "PNG chunks": lambda: after_header(chunk(b"teSt", b"") * 2_000_000),
    "PNG text": lambda: after_header(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))),
    "PNG texts": lambda: after_header(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000))) * 15_000),
    "PNG profile": lambda: after_header(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(300_000_000)))),
    "GIF comments": gif_comments,
    "GIF frames": lambda: encoded(
        Image.new("P", (50, 50)), "GIF", save_all=True, append_images=[Image.new("P", (50, 50), i) for i in range(250)]
    ),
    "JPEG 2000": lambda: encoded(Image.new("RGB", (BIG, BIG)), "JPEG2000"),
    "JPEG 2000 too large": lambda: encoded(Image.new("L", (BIG, BIG + 1)), "JPEG2000"),
    "AVIF": lambda: encoded(Image.new("RGB", (BIG, BIG)), "AVIF", speed=10),
    "JPEG XL": lambda: encoded(Image.new("RGB", (BIG, BIG)), "JXL", effort=1),
    "JPEG XL too large": lambda: encoded(Image.new("RGB", (8000, 8000)), "JXL", effort=1),
    "HEIC grid": lambda: grid(b"heic", b"hvc1", 100_000),
    "HEIC grid of one tile": lambda: grid(b"heic", b"hvc1", 3),
    "AVIF grid": lambda: grid(b"avif", b"av01", 100_000),
    "AVIF grid of one tile": lambda: grid(b"avif", b"av01", 3),
    "JPEG 2000 tiles": lambda: jpeg_2000_in_tiles(15),
    "HEIC boxes of nothing": lambda: box(b"ftyp", b"heic" + bytes(4) + b"mif1") + box(b"free") * 1_000_000,
    "HEIC boxes": lambda: boxes(200_000, 2**31 - 1),
    "HEIC boxes in boxes": lambda: boxes(200_000, 1_000_000),
    "WebP chunks": lambda: (lambda d: d[:4] + struct.pack("<I", len(d) + 16_000_000 - 8) + d[8:] + bytes(16_000_000))(
        small_files()["WEBP"]
    ),
}
