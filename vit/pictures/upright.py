"""The turn that a picture's EXIF orientation asks for, done part by part."""

from __future__ import annotations

from PIL import ExifTags, Image

_T = Image.Transpose
_TURNS = {
    2: _T.FLIP_LEFT_RIGHT,
    3: _T.ROTATE_180,
    4: _T.FLIP_TOP_BOTTOM,
    5: _T.TRANSPOSE,
    6: _T.ROTATE_270,
    7: _T.TRANSVERSE,
    8: _T.ROTATE_90,
}
_SIDEWAYS = (_T.TRANSPOSE, _T.ROTATE_270, _T.TRANSVERSE, _T.ROTATE_90)  # these exchange width and height
_FROM_THE_RIGHT = (_T.FLIP_LEFT_RIGHT, _T.ROTATE_180, _T.ROTATE_270, _T.TRANSVERSE)  # stored first, shown last
_FROM_BELOW = (_T.ROTATE_180, _T.FLIP_TOP_BOTTOM, _T.TRANSVERSE, _T.ROTATE_90)
Box = tuple[int, int, int, int]  # left, top, right, bottom; the last two just beyond it


class Upright:
    """A decoded picture that is handed out the right way up; ``size`` is its (width, height) then."""

    def __init__(self, stored: Image.Image) -> None:
        """``stored`` is loaded. A decoder that has turned the picture itself (TIFF) then reports no orientation any
        more, so nothing is turned twice."""
        self.stored = stored
        self.turn = _TURNS.get(_orientation(stored))
        self._sideways = self.turn in _SIDEWAYS
        self.size = (stored.height, stored.width) if self._sideways else stored.size

    def part(self, box: Box) -> Image.Image:
        """The part in ``box`` of the upright picture, in the mode it is stored in."""
        left, top, right, bottom = box
        if self.turn in _FROM_THE_RIGHT:
            left, right = self.size[0] - right, self.size[0] - left
        if self.turn in _FROM_BELOW:
            top, bottom = self.size[1] - bottom, self.size[1] - top
        where = (top, left, bottom, right) if self._sideways else (left, top, right, bottom)
        part = self.stored if where == (0, 0, *self.stored.size) else self.stored.crop(where)
        return part if self.turn is None else part.transpose(self.turn)


def _orientation(image: Image.Image) -> int:
    """The EXIF orientation, 1 (upright) where there is none or the EXIF block is broken."""
    try:
        orientation: int = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # broken metadata says nothing about the pixels: they stay as stored
        return 1
    return orientation if isinstance(orientation, int) else 1
