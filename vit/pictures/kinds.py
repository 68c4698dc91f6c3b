"""What a file is, by its first bytes and never by its name; which kinds open, and what to say of the others."""

from __future__ import annotations

import struct
from pathlib import PurePath

# Endings that a file dialog offers, and that a picture in an archive is known by.
ENDINGS = (
    *("png", "apng", "jpg", "jpeg", "jfif", "jpe", "jfi", "mpo", "webp", "gif", "bmp", "tif", "tiff"),
    *("heic", "heif", "hif", "avif", "jp2", "j2k", "jpx", "jxl"),
)
TIFF = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")  # the first bytes, the last two of files that may be over 4 GB
NAMES = "PNG, JPEG, WebP, HEIC, AVIF, JPEG 2000, JPEG XL, BMP, GIF or TIFF"
_APART = {  # first bytes → Pillow's name of the format, for those that are unpacked in a process of their own
    b"\0\0\0\x0cjP  \r\n\x87\n": "JPEG2000",
    b"\xff\x4f\xff\x51": "JPEG2000",
    b"\0\0\0\x0cJXL \r\n\x87\n": "JXL",
    b"\xff\x0a": "JXL",
}
_HEIF = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_VIDEO = {b"isom", b"iso2", b"mp41", b"mp42", b"qt  ", b"M4V ", b"3gp4", b"3gp5", b"avc1"}
_AS_PNG = "export it as PNG from the program that made it, and bring that"
_RAW = "a raw camera file, from which a picture has yet to be developed: export it as JPEG, and bring that"
_VIDEO_SAYS = "a video: bring one picture of it, as a screenshot"
_OTHERS = {  # first bytes → what it is, and the way out
    b"%PDF": "a PDF document: take a screenshot of the page, or " + _AS_PNG,
    b"%!PS": "a PostScript drawing: " + _AS_PNG,
    b"8BPS": "a Photoshop document: " + _AS_PNG,
    b"II*\0\x10\0\0\0CR": _RAW,  # Canon
    b"FUJIFILMCCD-RAW": _RAW,
    b"IIRO": _RAW,  # Olympus
    b"IIRS": _RAW,
    b"IIU\0": _RAW,  # Panasonic
    b"FOVb": _RAW,  # Sigma
    b"\0MRM": _RAW,  # Minolta
    b"\x1aE\xdf\xa3": _VIDEO_SAYS,
}


def called_a_picture(path: PurePath) -> bool:
    """Whether a file in a folder or archive has a picture's ending."""
    return path.suffix.lower().lstrip(".") in ENDINGS


def apart(data: bytes) -> str:
    """Pillow's name of the format, if it is one that is unpacked in a process of its own; empty for all others."""
    brands = _brands(data)
    if brands & {b"avif", b"avis"}:
        return "AVIF"
    if brands & _HEIF:
        return "HEIF"
    return next((kind for start, kind in _APART.items() if data.startswith(start)), "")


def no_picture(data: bytes) -> str:
    """What else a file is, with the way out, as the end of a sentence; empty for what may be a picture."""
    brands = _brands(data)
    if b"crx " in brands or _is_raw_tiff(data):
        return _RAW
    if brands & _VIDEO and not apart(data):
        return _VIDEO_SAYS
    head = data[:1000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if head.startswith((b"<svg", b"<?xml", b"<!--", b"<!doctype svg")) and b"<svg" in data[:4000].lower():
        return "an SVG drawing, made of lines and not of pixels: " + _AS_PNG
    return next((what for start, what in _OTHERS.items() if data.startswith(start)), "")


def _brands(data: bytes) -> set[bytes]:
    """The brands of an ISO base media file (ISO 14496-12, 4.3); none of any other file."""
    if data[4:8] != b"ftyp":
        return set()
    end = min(int.from_bytes(data[:4]), 400)
    return {data[8:12], *(data[at : at + 4] for at in range(16, end, 4))}


def _is_raw_tiff(data: bytes) -> bool:
    """Whether a TIFF is a camera's: of Adobe's DNG, or with a preview first and the picture in a directory below."""
    if data[:4] not in TIFF[:2]:
        return False
    order = "<" if data[:2] == b"II" else ">"
    try:
        (place,) = struct.unpack_from(order + "I", data, 4)
        (entries,) = struct.unpack_from(order + "H", data, place)
        tags = {}
        for at in range(min(entries, 200)):
            tag, kind, _, value = struct.unpack_from(order + "HHI4s", data, place + 2 + 12 * at)
            tags[tag] = struct.unpack(order + ("H2x" if kind == 3 else "I"), value)[0]
    except struct.error:  # cut off: the decoder says so
        return False
    return 50706 in tags or (tags.get(254, 0) & 1 == 1 and 330 in tags)
