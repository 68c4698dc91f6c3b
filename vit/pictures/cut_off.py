"""A JPEG that lacks only its last bytes, as a broken copy leaves it: completed; half a picture is not."""

from __future__ import annotations

from io import BytesIO

from PIL import Image, ImageChops

CUT_OFF = "The file lacks its last bytes; what they held, at most a thin strip at the bottom, was filled in."
_END = b"\xff\xd9"
_NOISE = bytes((37 * i * i + 11 * i + 5) % 251 for i in range(4096))  # never 255, which would begin a marker
_BLOCK = 16  # rows that are coded together


def completed(data: bytes) -> Image.Image | None:
    """The picture, loaded, if at most its last rows are missing; None otherwise.

    The decoder fills what is missing with what came last and does not say how much that is. So it is decoded twice:
    the second time with noise after the last byte, which changes the picture from where the bytes end. A JPEG that
    is coded in several passes must have its last pass, or it is only the blurred beginning of a picture.
    """
    if not _has_last_pass(data):
        return None
    data = data.rstrip(b"\xff")  # half of a marker
    image = _loaded(data + _END)
    changed = ImageChops.difference(image, _loaded(data + _NOISE + _END)).getbbox()
    missing = image.height - changed[1] if changed else 0
    return image if missing <= max(_BLOCK, image.height // 50) and missing <= image.height // 4 else None


def _loaded(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data), formats=("JPEG",))
    image.load()
    return image


def _has_last_pass(data: bytes) -> bool:
    """Whether the last scan that begins in the file is one with the finest bits of the highest frequencies.

    Scan header (ISO 10918-1, B.2.3): marker, length, number of components, two bytes for each, then first and last
    frequency and the bits' positions. A picture coded in one pass has frequencies 0 to 63 in it.
    """
    start = data.rfind(b"\xff\xda")
    if start < 0 or start + 5 > len(data):
        return False
    last = data[start + 5 + 2 * data[start + 4] :][1:3]
    return len(last) == 2 and last[0] == 63 and last[1] & 15 == 0
