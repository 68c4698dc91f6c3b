"""Picture files gone bad, the same for the same seed; and a process of its own that opens them and measures.

``python -m tests.attack.pictures SEED COUNT`` prints JSON: what became of each kind, the worst time and memory.
"""

from __future__ import annotations

import json
import random
import struct
import sys
import time
import traceback
import warnings
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from vit.images import PictureError, open_image

Made = Callable[[], bytes]
BIG = 5000  # pixels a side: 25 million, the most that is opened


def saved(image: Image.Image, file_format: str, **options: object) -> bytes:
    file = BytesIO()
    image.save(file, file_format, **options)
    return file.getvalue()


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
    data = saved(Image.new("L", (4000, 4000), 128), "JPEG", progressive=True)
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


# Each far smaller than what it asks of whoever opens it, or built to keep a decoder busy.
BOMBS: dict[str, Made] = {
    "PNG RGBA": lambda: png(BIG, BIG, 6),
    "PNG RGB": lambda: png(BIG, BIG, 2),
    "PNG LA": lambda: png(BIG, BIG, 4),
    "PNG palette": lambda: png(BIG, BIG, 3),
    "PNG 1 bit": lambda: png(BIG, BIG, 0, 1),
    "PNG 16 bit": lambda: png(BIG, BIG, 0, 16),
    "PNG RGBA 16 bit": lambda: png(BIG, BIG, 6, 16),
    "PNG 64 million": lambda: png(8000, 8000, 2, rows=9),
    "PNG of noise": lambda: saved(noise("RGBA"), "PNG", compress_level=1),
    "WebP RGBA": lambda: saved(Image.new("RGBA", (BIG, BIG)), "WEBP", lossless=True, quality=0, method=0),
    "GIF": lambda: saved(Image.new("P", (BIG, BIG)), "GIF"),
    "BMP": lambda: saved(Image.new("1", (BIG, BIG)), "BMP"),
    "JPEG": lambda: saved(Image.new("RGB", (8000, 8000)), "JPEG"),
    "JPEG CMYK": lambda: saved(Image.new("CMYK", (8000, 8000)), "JPEG"),
    "JPEG progressive": lambda: saved(Image.new("RGB", (8000, 8000)), "JPEG", progressive=True),
    "JPEG scans": many_scans,
    "JPEG segments": lambda: jpeg_with(*[(0xE5, b"")] * 3_000_000),
    "JPEG comments": lambda: jpeg_with(*[(0xFE, b"")] * 3_000_000),
    "JPEG EXIF pieces": lambda: jpeg_with(*[(0xE1, b"Exif\0\0" + bytes(20_000))] * 1900),
    "JPEG ICC": lambda: jpeg_with(*[(0xE2, b"ICC_PROFILE\0\1\1" + bytes(20_000))] * 1900),
    "JPEG fill": lambda: b"\xff\xd8" + b"\xff" * 30_000_000,
    "TIFF float": lambda: saved(Image.new("F", (BIG, BIG)), "TIFF", compression="tiff_deflate"),
    "TIFF CMYK": lambda: saved(Image.new("CMYK", (BIG, BIG)), "TIFF", compression="tiff_lzw"),
    "TIFF RGBA": lambda: saved(Image.new("RGBA", (BIG, BIG)), "TIFF", compression="tiff_adobe_deflate"),
    "TIFF strips": strips,
    "TIFF tiles": lambda: strips(324),
    "TIFF tags": lambda: tiff([(1000 + i, 7, 10**6, 8) for i in range(60_000)], bytes(10**6)),
    "EXIF in JPEG": lambda: in_jpeg(exif_bomb()),
    "EXIF in PNG": lambda: after_header(chunk(b"eXIf", exif_bomb())),
    "EXIF in WebP": lambda: saved(Image.new("RGB", (64, 64)), "WEBP", exif=exif_bomb()),
    "PNG chunks": lambda: after_header(chunk(b"teSt", b"") * 2_000_000),
    "PNG text": lambda: after_header(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(50_000_000)))),
    "PNG texts": lambda: after_header(chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1_000_000))) * 15_000),
    "PNG profile": lambda: after_header(chunk(b"iCCP", b"a\0\0" + zlib.compress(bytes(300_000_000)))),
    "GIF comments": gif_comments,
    "GIF frames": lambda: saved(
        Image.new("P", (50, 50)), "GIF", save_all=True, append_images=[Image.new("P", (50, 50), i) for i in range(250)]
    ),
    "WebP chunks": lambda: (lambda d: d[:4] + struct.pack("<I", len(d) + 16_000_000 - 8) + d[8:] + bytes(16_000_000))(
        small_files()["WEBP"]
    ),
}


_SMALL: dict[str, bytes] = {}


def small_files() -> dict[str, bytes]:
    """A good file of every format and mode, from which the bad ones are made."""
    if _SMALL:
        return _SMALL
    ramp = np.linspace(0, 255, 40 * 56).reshape(40, 56).astype(np.uint8)
    grey = Image.fromarray(ramp)
    colour = Image.merge("RGB", [grey, grey.rotate(180), grey.transpose(Image.Transpose.FLIP_TOP_BOTTOM)])
    clear = colour.copy()
    clear.putalpha(grey)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a picture"
    for mode in ("1", "L", "LA", "P", "RGB", "RGBA"):
        source = clear if mode in ("LA", "RGBA") else colour
        _SMALL[f"PNG {mode}"] = saved(source.convert(mode), "PNG")
    _SMALL["PNG clear palette"] = saved(colour.convert("P"), "PNG", transparency=bytes(range(256)))
    _SMALL["PNG 16 bit"] = saved(Image.fromarray(ramp.astype(np.uint16) * 257), "PNG")
    _SMALL["PNG annotated"] = saved(colour, "PNG", exif=exif, icc_profile=bytes(500), dpi=(72, 72))
    _SMALL["APNG"] = saved(colour, "PNG", save_all=True, append_images=[clear.convert("RGB"), colour.rotate(90)])
    _SMALL["JPEG"] = saved(colour, "JPEG")
    _SMALL["JPEG progressive"] = saved(colour, "JPEG", progressive=True, exif=exif, icc_profile=bytes(500))
    _SMALL["JPEG L"] = saved(grey, "JPEG", comment=b"words")
    _SMALL["JPEG CMYK"] = saved(colour.convert("CMYK"), "JPEG")
    _SMALL["WEBP"] = saved(colour, "WEBP", exif=exif)
    _SMALL["WEBP lossless"] = saved(clear, "WEBP", lossless=True)
    _SMALL["WEBP animated"] = saved(colour, "WEBP", save_all=True, append_images=[colour.rotate(90)])
    for mode in ("1", "L", "P", "RGB", "RGBA"):
        _SMALL[f"BMP {mode}"] = saved((clear if mode == "RGBA" else colour).convert(mode), "BMP")
    _SMALL["GIF"] = saved(colour.convert("P"), "GIF")
    frames = [colour.convert("P"), colour.rotate(90).convert("P")]
    _SMALL["GIF animated"] = saved(frames[0], "GIF", save_all=True, append_images=frames[1:], loop=0, transparency=3)
    for how in ("raw", "tiff_lzw", "tiff_deflate", "jpeg", "packbits", "tiff_lzma", "zstd"):
        _SMALL[f"TIFF {how}"] = saved(colour, "TIFF", compression=None if how == "raw" else how)
    for mode in ("1", "L", "LA", "CMYK", "YCbCr", "LAB", "RGBA", "I", "F", "I;16"):
        deep = {"I": np.int32, "F": np.float32, "I;16": np.uint16}.get(mode)
        image = Image.fromarray(ramp.astype(deep) * 257) if deep else None
        if mode == "LAB":
            image = Image.merge("LAB", colour.split())
        _SMALL[f"TIFF {mode}"] = saved(image or (clear if mode in ("LA", "RGBA") else colour).convert(mode), "TIFF")
    _SMALL["TIFF group 4"] = saved(colour.convert("1"), "TIFF", compression="group4")
    _SMALL["BigTIFF"] = saved(colour, "TIFF", big_tiff=True)
    return _SMALL


_EXTREMES = (0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)


def mutated(chance: random.Random) -> tuple[str, bytes]:
    """One bad file, and which good one it was."""
    files = small_files()
    name = chance.choice(sorted(files))
    data = bytearray(files[name])
    for _ in range(chance.choice((1, 1, 1, 2, 3, 8))):
        _spoil(data, chance, files)
    if data[:8] == b"\x89PNG\r\n\x1a\n" and chance.random() < 0.7:  # past the checksums, where decoders are reached
        data = _checksummed(data)
    return name, bytes(data)


def _spoil(data: bytearray, chance: random.Random, files: dict[str, bytes]) -> None:
    if not data:
        return
    place = chance.randrange(len(data)) if chance.random() < 0.5 else chance.randrange(min(200, len(data)))
    how = chance.randrange(9)
    if how == 0:
        data[place] ^= 1 << chance.randrange(8)
    elif how == 1:
        data[place] = chance.randrange(256)
    elif how == 2:
        del data[place:]
    elif how == 3:  # another kind's first bytes
        data[: len(other)] = (other := chance.choice(list(files.values()))[: chance.choice((2, 4, 8, 16))])
    elif how == 4:  # sizes, counts and places beyond reason
        size = chance.choice((1, 2, 4))
        number = chance.choice(_EXTREMES) & (256**size - 1)
        data[place : place + size] = number.to_bytes(size, chance.choice(("little", "big")))
    elif how == 5:
        del data[place : place + chance.randrange(1, 64)]
    elif how == 6:
        data[place:place] = data[place : place + chance.randrange(1, 200)] * chance.choice((1, 2, 500))
    elif how == 7:  # the rest of another file
        other = chance.choice(list(files.values()))
        data[place:] = other[chance.randrange(len(other)) :]
    else:
        data[place:place] = chance.randbytes(chance.randrange(1, 40))


def _checksummed(data: bytearray) -> bytearray:
    place = 8
    while place + 12 <= len(data):
        end = place + 8 + int.from_bytes(data[place : place + 4])
        if end + 4 > len(data):
            break
        data[end : end + 4] = struct.pack(">I", zlib.crc32(data[place + 4 : end]))
        place = end + 4
    return data


def files(seed: int, count: int, bombs: bool) -> Iterator[tuple[str, bytes]]:
    chance = random.Random(seed)
    for _ in range(count):
        yield mutated(chance)
    for name, make in BOMBS.items() if bombs else ():
        yield f"bomb: {name}", make()


def _peak() -> int:
    """The most memory this process has had since the last call, in bytes (Linux)."""
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _now() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def measured(name: str, data: bytes) -> dict[str, object]:
    """What became of one file: CPU seconds, bytes, and the words."""
    _peak()
    before, began = _now(), time.process_time()
    try:
        image = open_image(data, "x.png")
        said = "picture" if image.mode == "RGB" and min(image.size) > 0 else f"a picture of mode {image.mode}"
    except PictureError as error:
        said = str(error)
        if "\n" in said or not said.endswith(".") or not said.startswith("x.png "):
            said = f"WRONG SENTENCE {said!r}"
    except BaseException:
        said = f"WRONG EXCEPTION {traceback.format_exc()}"
    seconds = time.process_time() - began
    return {"name": name, "seconds": seconds, "bytes": _peak() - before, "said": said}


def main(seed: int, count: int, bombs: bool) -> dict[str, object]:
    leaked: list[str] = []
    warnings.showwarning = lambda message, *_, **__: leaked.append(str(message))
    warnings.simplefilter("always")
    small_files()
    del leaked[:]  # what the good files' makers had to say
    told: Counter[str] = Counter()
    wrong, slowest, largest = [], {"seconds": 0.0}, {"bytes": 0}
    for name, data in files(seed, count, bombs):
        row = measured(name, data)
        for _ in range(2):  # what else this machine does counts as ours: the best of three
            if row["seconds"] > 0.7:
                row = min(row, measured(name, data), key=lambda one: one["seconds"])
        told["pictures" if row["said"] == "picture" else "refused"] += 1
        if str(row["said"]).startswith("WRONG"):
            wrong.append([name, row["said"], data.hex() if len(data) < 5000 else len(data)])
        slowest = max(slowest, row, key=lambda one: one["seconds"])
        largest = max(largest, row, key=lambda one: one["bytes"])
    return {"told": told, "wrong": wrong, "slowest": slowest, "largest": largest, "warnings": leaked[:5]}


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "bombs")))
