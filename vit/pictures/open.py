"""A picture's file → RGB pixels, the right way up; :class:`PictureError` says what is wrong with any other file."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from vit.pictures.apart import TooLargeError, unpacked
from vit.pictures.cut_off import CUT_OFF, completed
from vit.pictures.decoded import Decoded
from vit.pictures.decoded import PictureError as PictureError
from vit.pictures.deep_colour import DeepColourError, as_meant
from vit.pictures.kinds import NAMES, TIFF, apart, no_picture
from vit.pictures.limits import overlong_part
from vit.pictures.tiff_values import TiffError, TiffValues

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")
MAX_MEGABYTES = 40  # of a file
MAX_BYTES = MAX_MEGABYTES * 2**20
MAX_PIXELS = 25_000_000
MAX_PIXELS_JPEG = 64_000_000
MAX_SIDE = 100_000
_JPEG = b"\xff\xd8"


def open_image(source: bytes | Path, name: str = "") -> Image.Image:
    """The picture in ``source`` (the bytes of a file, or its path) in RGB; :func:`decode` says how."""
    return decode(source, name).whole()


def decode(source: bytes | Path, name: str = "", *, plain: bool = False) -> Decoded:
    """The picture in ``source`` (the bytes of a file, or its path), unpacked.

    PNG, JPEG, WebP, HEIC, AVIF, JPEG 2000, JPEG XL, BMP, GIF or TIFF, in any mode, known by its content and not by its
    name; of several pictures or frames the first.
    Time and memory are bounded whatever the file is made of (:mod:`vit.pictures.limits`). ``plain``: as Pillow alone
    converts it, see :class:`Decoded`. :class:`PictureError` names what is wrong with anything else.
    """
    return PictureFile(source, name).decode(plain=plain)


class PictureFile:
    """A picture's file, of which only the head has been read: ``size`` is its (width, height) as stored, or the most
    that it may be where the head is read elsewhere (:mod:`vit.pictures.apart`)."""

    def __init__(self, source: bytes | Path, name: str = "") -> None:
        """PictureError for a file that is none of a picture, or that is too large."""
        self.name = name or (source.name if isinstance(source, Path) else "This file")
        self._data = _read(source, self.name) if isinstance(source, Path) else source
        if not self._data:
            raise PictureError(f"{self.name} is empty: it holds no picture.")
        if len(self._data) > MAX_BYTES:
            raise _too_large(self.name, len(self._data))
        if what := no_picture(self._data):
            raise PictureError(f"{self.name} is {what}.")
        self._opened: Image.Image | TiffValues | None = None
        self.size = MAX_PIXELS, 1
        with _in_a_sentence(self.name):
            _refuse_overlong(self.name, self._data)
            if not apart(self._data):
                self._open()

    def decode(self, *, plain: bool = False) -> Decoded:
        """Unpack it. PictureError says what is damaged."""
        with _in_a_sentence(self.name):
            image, notes = self._unpacked()
            if isinstance(self._opened, Image.Image) and not plain:
                image, note = as_meant(self._data, image)
                notes += (note,) if note else ()
            return Decoded(image, plain=plain, notes=notes)

    def _open(self) -> None:
        try:
            self._opened = Image.open(BytesIO(self._data), formats=FORMATS)
        except UnidentifiedImageError:
            if self._data[:4] not in TIFF:
                raise
            self._opened = TiffValues(self._data)
        self.size = width, height = self._opened.size
        most = MAX_PIXELS_JPEG if self._data.startswith(_JPEG) else MAX_PIXELS
        if width * height > most or max(width, height) > MAX_SIDE:
            raise _too_many_pixels(self.name, width, height)
        _refuse_overlong(self.name, self._data, width, height)

    def _unpacked(self) -> tuple[Image.Image, tuple[str, ...]]:
        """The picture, loaded, and what was done to have it."""
        if isinstance(self._opened, TiffValues):
            image, note = self._opened.picture()
            return image, (note,)
        if self._opened is None:
            try:
                image = unpacked(self._data, apart(self._data), MAX_PIXELS)
            except TooLargeError as error:
                raise _too_many_pixels(self.name, *error.size) from None
            return image, ()
        try:
            self._opened.load()
        except OSError:
            found = completed(self._data) if self._data.startswith(_JPEG) else None
            if found is None:
                raise
            return found, (CUT_OFF,)
        return self._opened, ()


@contextmanager
def _in_a_sentence(name: str) -> Iterator[None]:
    """Whatever a decoder raises, as a PictureError."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow's own size warning: the limit above is stricter
        try:
            yield
        except PictureError:
            raise
        except (DeepColourError, TiffError) as error:
            raise PictureError(f"{name} {error}") from None
        except UnidentifiedImageError:
            raise PictureError(f"{name} is not a {NAMES} picture.") from None
        except Image.DecompressionBombError:
            raise PictureError(f"{name} claims far more pixels than can be opened.") from None
        except Exception as error:  # a decoder may raise anything on a broken file
            reason = str(error).split("\n")[0][:80].rstrip(". ") or type(error).__name__
            raise PictureError(f"{name} is damaged and cannot be opened ({reason}).") from None


def _read(path: Path, name: str) -> bytes:
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            raise _too_large(name, size)
        return path.read_bytes()
    except OSError as error:
        raise PictureError(f"{name} cannot be read: {error.strerror}.") from None


def _refuse_overlong(name: str, data: bytes, width: int = 0, height: int = 0) -> None:
    if what := overlong_part(data, width, height):
        raise PictureError(f"{name} is built to overwhelm whoever opens it: it has {what}.")


def _too_many_pixels(name: str, width: int, height: int) -> PictureError:
    return PictureError(
        f"{name} has {width} × {height} pixels; pictures of up to {MAX_PIXELS // 10**6} million pixels can be opened, "
        f"JPEG of up to {MAX_PIXELS_JPEG // 10**6}, and no side may have more than {MAX_SIDE:,}."
    )


def _too_large(name: str, size: int) -> PictureError:
    return PictureError(f"{name} has {size / 2**20:.0f} MB; files of up to {MAX_MEGABYTES} MB can be opened.")
